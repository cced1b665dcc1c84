/** Inference and training step of the encoders, with the measurements of the PyTorch script beside them. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Encoder } from '@kinegraph/core/graph';
import { ctrgcn } from '@kinegraph/encoders';
import { createRuntime, type Runtime } from '@kinegraph/node';
import { type BenchOptions, type Measurement, timed } from './measure.ts';
import { randomPositions, timeNetwork } from './network.ts';

const encoders: Readonly<Record<string, Encoder>> = { ctrgcn: ctrgcn() };

/** Measures every encoder, then the rivals that were asked for. */
export async function* benchEncoders(options: BenchOptions): AsyncGenerator<Measurement> {
  await using runtime = createRuntime({ threads: options.threads });
  const ours = new Map<string, number>();
  for (const [model, encoder] of Object.entries(encoders)) {
    for (const batch of options.batches) {
      for (const mode of options.modes) {
        const { times } = await timeNetwork(runtime, { encoder, mode, batch }, options.runs);
        ours.set(`${model} ${mode} ${batch}`, times.medianMs);
        const peak = mode === 'infer' ? {} : { peakMb: Math.round(process.resourceUsage().maxRSS / 1024) };
        yield { model, mode, batch, ...times, ...peak };
      }
    }
  }
  for (const file of options.onnx) yield* timeFile(runtime, file, options);
  if (options.python) {
    for await (const rival of torch(options.python, options)) {
      const median = ours.get(`${rival.model} ${rival.mode} ${rival.batch}`);
      const ratio = median === undefined ? {} : { ratio: Math.round((median / Number(rival.medianMs)) * 1000) / 1000 };
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
async function* torch(python: string, { batches, threads, runs }: BenchOptions): AsyncGenerator<Measurement> {
  const script = join(process.env.KINEGRAPH_SHARED ?? join('..', 'shared'), 'bench', 'torch_bench.py');
  const models = Object.keys(encoders);
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
