/** Inference and training step of the encoders, with the measurements of the PyTorch script beside them. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Encoder } from '@kinegraph/core/graph';
import { aagcn, agcn, ctrgcn, infogcn, shiftgcn, stgcn, stgcnpp } from '@kinegraph/encoders';
import { createRuntime, type Runtime } from '@kinegraph/node';
import { gigaMultiplyAdds, passes, productRate } from './floor.ts';
import { type BenchOptions, type Measurement, rounded, timed } from './measure.ts';
import { randomPositions, timeNetwork } from './network.ts';

const encoders: Readonly<Record<string, Encoder>> = {
  stgcn: stgcn(),
  stgcnpp: stgcnpp(),
  agcn: agcn(),
  aagcn: aagcn(),
  ctrgcn: ctrgcn(),
  infogcn: infogcn(),
  shiftgcn: shiftgcn(),
};
/** Those that the PyTorch script has as well. */
const timedByScript = ['stgcn', 'ctrgcn'];

/** The encoders by name. */
export const encoderNames = Object.keys(encoders);

/** Measures the chosen encoders, then the rivals that were asked for. */
export async function* benchEncoders(options: BenchOptions): AsyncGenerator<Measurement> {
  await using runtime = createRuntime({ threads: options.threads });
  const ours = new Map<string, number>();
  const rate = await productRate(runtime, options.runs);
  yield { model: 'product of matrices', gmacsPerSecond: rounded(rate, 2) };
  for (const model of options.models) {
    const encoder = encoders[model] as Encoder;
    const gmacs = gigaMultiplyAdds(encoder);
    for (const batch of options.batches) {
      for (const mode of options.modes) {
        const { times } = await timeNetwork(runtime, { encoder, mode, batch }, options.runs);
        ours.set(`${model} ${mode} ${batch}`, times.medianMs);
        const floorMs = ((gmacs * batch * (passes[mode] as number)) / rate) * 1000;
        const peak = mode === 'infer' ? {} : { peakMb: Math.round(process.resourceUsage().maxRSS / 1024) };
        yield {
          model,
          mode,
          batch,
          ...times,
          gmacs: rounded(gmacs, 2),
          timesFloor: rounded(times.medianMs / floorMs, 2),
          ...peak,
        };
      }
    }
  }
  for (const file of options.onnx) yield* timeFile(runtime, file, options);
  if (options.python && options.models.some((model) => timedByScript.includes(model))) {
    for await (const rival of torch(options.python, options)) {
      const median = ours.get(`${rival.model} ${rival.mode} ${rival.batch}`);
      const ratio = median === undefined ? {} : { ratio: rounded(median / Number(rival.medianMs), 3) };
      yield { rival: 'pytorch', ...rival, ...ratio };
    }
  }
}

/** Times the inference of any ONNX file with one input `[N, 3, 64, 25, 2]`. */
async function* timeFile(runtime: Runtime, file: string, { batches, runs }: BenchOptions): AsyncGenerator<Measurement> {
  await using session = await runtime.load(await readFile(file));
  const [spec] = session.inputs;
  for (const batch of batches) {
    if (!spec || (typeof spec.shape[0] === 'number' && spec.shape[0] !== batch)) continue;
    const feeds = { [spec.name]: randomPositions([batch, 3, 64, 25, 2]) };
    yield { rival: file, mode: 'infer', batch, ...(await timed(() => session.run(feeds), runs)) };
  }
}

/** Lines of the PyTorch script. */
async function* torch(
  python: string,
  { batches, threads, runs, models: chosen }: BenchOptions,
): AsyncGenerator<Measurement> {
  const script = join(process.env.KINEGRAPH_SHARED ?? join('..', 'shared'), 'bench', 'torch_bench.py');
  const models = chosen.filter((model) => timedByScript.includes(model));
  const settings = [
    '--threads',
    `${threads}`,
    '--runs',
    `${runs}`,
    '--batch',
    ...batches.map(String),
    '--model',
    ...models,
  ];
  const child = spawn(python, [script, ...settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Measurement;
}
