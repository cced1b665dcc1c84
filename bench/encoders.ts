/** Inference and training step of the encoders, with the measurements of the PyTorch script beside them. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Encoder } from '@kinegraph/core/graph';
import { buildInference, buildStep, classification, initialWeights, sgd } from '@kinegraph/core/train';
import { ctrgcn } from '@kinegraph/encoders';
import { createRandom, createRuntime, filled, float32, int64, ntu25, type Runtime, type Tensor } from '@kinegraph/node';
import { type BenchOptions, type Measurement, timed } from './measure.ts';

const encoders: Readonly<Record<string, Encoder>> = { ctrgcn: ctrgcn() };
const classes = 60;
const input = { layout: ntu25, frames: 64, persons: 2 };
const task = classification(Array.from({ length: classes }, (_, i) => `${i}`));

/** Measures every encoder, then the rivals that were asked for. */
export async function* benchEncoders(options: BenchOptions): AsyncGenerator<Measurement> {
  await using runtime = createRuntime({ threads: options.threads });
  const ours = new Map<string, number>();
  for (const [model, encoder] of Object.entries(encoders)) {
    for (const batch of options.batches) {
      for (const mode of options.modes) {
        const measurement = await (mode === 'infer' ? infer : train)(runtime, encoder, batch, options.runs);
        ours.set(`${model} ${mode} ${batch}`, measurement.medianMs);
        yield { model, mode, batch, ...measurement };
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

async function infer(runtime: Runtime, encoder: Encoder, batch: number, runs: number) {
  const weights = initialWeights({ encoder, task, input, random: createRandom(0) });
  const started = performance.now();
  await using session = await runtime.load(buildInference({ encoder, task, input, weights }));
  const sessionMs = Math.round(performance.now() - started);
  const positions = randomPositions([batch, 2, 3, 64, 25]);
  return { ...(await timed(() => session.run({ positions }, { fetch: ['logits'] }), runs)), sessionMs };
}

async function train(runtime: Runtime, encoder: Encoder, batch: number, runs: number) {
  const optimizer = sgd({ momentum: 0.9, nesterov: true, weightDecay: 4e-4 });
  const step = buildStep({ encoder, task, input, batch, optimizer, random: createRandom(0) });
  const started = performance.now();
  await using session = await runtime.load(step.bytes, { carry: step.carry, state: step.state });
  const sessionMs = Math.round(performance.now() - started);
  const feeds = {
    positions: randomPositions([batch, 2, 3, 64, 25]),
    'target.classes': int64(Array.from({ length: batch }, (_, i) => i % classes)),
    rate: filled([], 0.01),
  };
  const times = await timed(() => session.run(feeds, { fetch: ['loss'] }), Math.max(3, runs >> 1));
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  return { ...times, sessionMs, peakMb };
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

function randomPositions(shape: readonly number[]): Tensor<'float32'> {
  const random = createRandom(1);
  const count = shape.reduce((product, size) => product * size, 1);
  return float32(Array.from({ length: count }, random.normal), shape);
}
