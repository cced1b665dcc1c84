/**
 * AAGCN, the later form of 2s-AGCN: the whole graph is learned, the part that depends on the sample is gated, and attention over joints,
 * frames and channels follows. One stream of it.
 *
 * Shi, Zhang, Cheng, Lu, "Skeleton-Based Action Recognition with Multi-Stream Adaptive Graph Convolutional Networks", IEEE TIP 2020,
 * https://arxiv.org/abs/1912.06971. Parameters are named as in the authors' state dict.
 *
 * `y = sum_k W_k x (B_k + alpha C_k)` (§IV-A): B starts as the spatial partition (`PA`), `C_k = tanh(theta_k(x)ᵀ phi_k(x) / (E T))`, and
 * alpha starts at 0. Then, one after the other, `y <- y + y sigmoid(M(y))` (§IV-B), where M is a convolution over joints of the mean over
 * frames, one over frames of the mean over joints, and two linear layers on the mean over both.
 *
 * Left to options: width, depth and attention. Without attention it is what PYSKL and MMAction2 call AGCN. The authors keep `PA` fixed for
 * the first 5 epochs; that is up to whoever trains.
 */
import { adjacency } from '@kinegraph/core';
import {
  add,
  copyOf,
  defineEncoder,
  type Initializer,
  linear,
  multiply,
  normal,
  reduceMean,
  relu,
  reshape,
  type Scope,
  sigmoid,
  tanh,
  tapFolded,
  unfoldPersons,
  type Value,
  zero,
} from '@kinegraph/core/graph';
import { adaptiveConvolution, affinity } from './blocks/adaptive-graph.ts';
import { normalizeInput } from './blocks/input-norm.ts';
import { nineFrames } from './blocks/nine-frames.ts';
import { skip } from './blocks/skip.ts';
import { slidingSum } from './blocks/sliding-sum.ts';
import { planBlocks } from './blocks/stages.ts';

/** Options of {@link aagcn}. */
export interface AagcnOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. At least 4. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
  /** Whether attention over joints, frames and channels follows each graph convolution. */
  readonly attention: boolean;
}

/**
 * The AAGCN encoder. Output width is `width * 2^(stages - 1)`; any number of frames, halved (rounding up) by each stage but the first.
 *
 * Taps: `block.i`, `block.i.spatial` (after attention) `[B, M, C, T, V]`, and `block.i.topology` `[N, 1, 3 V, V]`, the graph
 * B + alpha C from each joint of each subset to each joint, the same for all channels.
 *
 * @example
 * ```ts
 * const encoder = aagcn({ width: 32, attention: false });
 * ```
 */
export const aagcn = defineEncoder<AagcnOptions>({
  id: 'aagcn',
  defaults: { width: 64, stages: [4, 3, 3], attention: true },
  build(scope, x, { layout, options, persons }) {
    const partition = adjacency(layout, 'spatial');
    const [subsets, joints] = partition.shape as readonly [number, number];
    let y = normalizeInput(scope.child('data_bn'), x, true);
    planBlocks('encoder aagcn', options, 1, 4).forEach(({ width, stride, residual }, i) => {
      const block = scope.child(`l${i + 1}`);
      const gcn = block.child('gcn1');
      const learned = gcn.param('PA', partition.shape, copyOf(partition));
      const related = tanh(affinity(gcn, y, width, subsets));
      const graph = add(learned, multiply(related, gcn.param('alpha', [1], zero)));
      const topology = scope.tap(`block.${i}.topology`, reshape(graph, [-1, 1, subsets * joints, joints]));
      const convolved = adaptiveConvolution(gcn, y, width, topology);
      const attended = options.attention ? attend(gcn, convolved) : convolved;
      const spatial = tapFolded(scope, `block.${i}.spatial`, attended, persons);
      const temporal = nineFrames(block.child('tcn1'), spatial, stride);
      const names = { conv: 'conv', norm: 'bn' };
      const sum = residual ? add(temporal, skip(block.child('residual'), y, width, stride, names)) : temporal;
      y = tapFolded(scope, `block.${i}`, relu(sum), persons);
    });
    return unfoldPersons(y, persons);
  },
});

/** Attention over joints, then frames, then channels: `[N, C, V, T]` to the same. */
function attend(scope: Scope, x: Value): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const odd = v % 2 === 0 ? v - 1 : v;
  const byJoint = slidingSum(
    scope.child('conv_sa'),
    reshape(reduceMean(x, { axes: [3] }), [n, c, v]),
    odd,
    xavierNormal,
  );
  const joints = gate(x, reshape(byJoint, [n, 1, v, 1]));
  const byFrame = slidingSum(scope.child('conv_ta'), reshape(reduceMean(joints, { axes: [2] }), [n, c, t]), 9, zero);
  const frames = gate(joints, reshape(byFrame, [n, 1, 1, t]));
  const pooled = reduceMean(frames, { axes: [2, 3], keep: false });
  const half = Math.floor(c / 2);
  const hidden = relu(linear(scope.child('fc1c'), pooled, half, { weight: normal(Math.sqrt(2 / c)), bias: zero }));
  const byChannel = linear(scope.child('fc2c'), hidden, c, { weight: zero, bias: zero });
  return gate(frames, reshape(byChannel, [n, c, 1, 1]));
}

/** `x + x sigmoid(weight)`. */
function gate(x: Value, weight: Value): Value {
  return multiply(x, add(sigmoid(weight), 1));
}

/** Glorot and Bengio 2010, normal: deviation `sqrt(2 / (fanIn + fanOut))`; weight `[1, C, K]`. */
const xavierNormal: Initializer = (shape, random) => {
  const [outputs, inputs, kernel] = shape as readonly [number, number, number];
  return normal(Math.sqrt(2 / ((outputs + inputs) * kernel)))(shape, random);
};
