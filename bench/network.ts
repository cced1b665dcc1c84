/** Inference and training step of one encoder, on whichever runtime is passed in: the same work in Node and in a page. */
import {
  createRandom,
  filled,
  float32,
  int64,
  type LoadOptions,
  ntu25,
  type Runtime,
  type RuntimeReport,
  type Tensor,
} from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';
import { buildInference, buildStep, classification, initialWeights, sgd } from '@kinegraph/core/train';
import { timed } from './measure.ts';

/** What is measured: a network for 60 classes and two persons of 25 joints. */
export interface Network {
  readonly encoder: Encoder;
  /** `infer` or `train`. */
  readonly mode: string;
  readonly batch: number;
  /** 64 by default. */
  readonly frames?: number;
}

/** CTR-GCN as plain numbers, which other processes and pages can be sent. */
export interface CtrgcnNetwork extends Omit<Network, 'encoder'> {
  readonly width: number;
}

/** What {@link timeNetwork} finds. */
export interface NetworkTimes {
  /** Of a run, and in `sessionMs` of opening the session. */
  readonly times: { readonly medianMs: number; readonly minMs: number; readonly sessionMs: number };
  readonly report: RuntimeReport;
}

const classes = 60;
/** A network soon knows one batch by heart: its gradients vanish, and numbers too small for full speed take its place. */
const trainingBatches = 8;
const task = classification(Array.from({ length: classes }, (_, i) => `${i}`));

/** Opens the network in a runtime and times it on random input. */
export async function timeNetwork(runtime: Runtime, network: Network, runs: number): Promise<NetworkTimes> {
  const { bytes, options, feeds, fetch } = buildNetwork(network);
  const turns = inTurns(feeds);
  const started = performance.now();
  await using session = await runtime.load(bytes, options);
  const sessionMs = Math.round(performance.now() - started);
  const times = await timed(() => session.run(turns(), { fetch: [fetch] }), runs);
  return { times: { ...times, sessionMs }, report: session.report };
}

/** The network as an ONNX model, what to load it with, the inputs of successive runs, and the output. */
export function buildNetwork({ encoder, mode, batch, frames = 64 }: Network) {
  const input = { layout: ntu25, frames, persons: 2 };
  const random = createRandom(0);
  const positions = [batch, 2, 3, frames, 25];
  if (mode === 'infer') {
    const weights = initialWeights({ encoder, task, input, random });
    const options: LoadOptions = {};
    const feeds = [{ positions: randomPositions(positions) }];
    return { bytes: buildInference({ encoder, task, input, weights }), options, feeds, fetch: 'logits' };
  }
  const optimizer = sgd({ momentum: 0.9, nesterov: true, weightDecay: 4e-4 });
  const { bytes, carry, state } = buildStep({ encoder, task, input, batch, optimizer, random });
  const feeds = Array.from({ length: trainingBatches }, (_, seed) => ({
    positions: randomPositions(positions, seed + 1),
    'target.classes': int64(Array.from({ length: batch }, (_, i) => (seed * batch + 7 * i) % classes)),
    rate: filled([], 0.01),
  }));
  return { bytes, options: { carry, state }, feeds, fetch: 'loss' };
}

/** One after the other, and from the first again. */
function inTurns<T>(values: readonly T[]): () => T {
  let next = 0;
  return () => values[next++ % values.length] as T;
}

/** Normally distributed numbers, the same for the same seed. */
export function randomPositions(shape: readonly number[], seed = 1): Tensor<'float32'> {
  const random = createRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return float32(Array.from({ length: count }, random.normal), shape);
}
