/**
 * 2s-AGCN: ST-GCN with a graph that is learned, in part freely and in part from how joints of the sample at hand relate. One stream of it.
 *
 * Shi, Zhang, Cheng, Lu, "Two-Stream Adaptive Graph Convolutional Networks for Skeleton-Based Action Recognition", CVPR 2019,
 * https://arxiv.org/abs/1805.07694. Parameters are named as in the authors' state dict.
 *
 * `y = sum_k W_k x (A_k + B_k + C_k)` (§4.1, eq. 3-5): A is the spatial partition, B is free (`PA`, about 0 at first), and
 * `C_k = softmax(theta_k(x)ᵀ phi_k(x) / (E T))` over the joints that a joint gathers from. Around it a normalization and a skip path, then
 * a 9x1 convolution over time and the block's own skip path. The division by E T is in the code only.
 *
 * Left to options: width and depth. The two streams, joints and bones, are two such networks.
 */
import { adjacency } from '@kinegraph/core';
import {
  add,
  constant,
  defineEncoder,
  divide,
  exp,
  fill,
  reduceMax,
  reduceSum,
  relu,
  reshape,
  stopGradient,
  subtract,
  tapFolded,
  unfoldPersons,
  type Value,
} from '@kinegraph/core/graph';
import { adaptiveConvolution, affinity } from './blocks/adaptive-graph.ts';
import { normalizeInput } from './blocks/input-norm.ts';
import { nineFrames } from './blocks/nine-frames.ts';
import { skip } from './blocks/skip.ts';
import { planBlocks } from './blocks/stages.ts';

/** Options of {@link agcn}. */
export interface AgcnOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. At least 4. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
}

/**
 * The 2s-AGCN encoder. Output width is `width * 2^(stages - 1)`; any number of frames, halved (rounding up) by each stage but the first.
 *
 * Taps: `block.i`, `block.i.spatial` `[B, M, C, T, V]`, and `block.i.topology` `[N, 1, 3 V, V]`, the graph A + B + C
 * from each joint of each subset to each joint, the same for all channels.
 *
 * @example
 * ```ts
 * const encoder = agcn({ width: 32 }); // half the published width
 * ```
 */
export const agcn = defineEncoder<AgcnOptions>({
  id: 'agcn',
  defaults: { width: 64, stages: [4, 3, 3] },
  build(scope, x, { layout, options, persons }) {
    const partition = adjacency(layout, 'spatial');
    const [subsets, joints] = partition.shape as readonly [number, number];
    let y = normalizeInput(scope.child('data_bn'), x, true);
    planBlocks('encoder agcn', options, 1, 4).forEach(({ width, stride, residual }, i) => {
      const block = scope.child(`l${i + 1}`);
      const gcn = block.child('gcn1');
      const shared = add(constant(partition), gcn.param('PA', partition.shape, fill(1e-6)));
      const graph = add(shared, softmaxOfColumns(affinity(gcn, y, width, subsets)));
      const topology = scope.tap(`block.${i}.topology`, reshape(graph, [-1, 1, subsets * joints, joints]));
      const convolved = adaptiveConvolution(gcn, y, width, topology);
      const spatial = tapFolded(scope, `block.${i}.spatial`, convolved, persons);
      const temporal = nineFrames(block.child('tcn1'), spatial, stride);
      const names = { conv: 'conv', norm: 'bn' };
      const sum = residual ? add(temporal, skip(block.child('residual'), y, width, stride, names)) : temporal;
      y = tapFolded(scope, `block.${i}`, relu(sum), persons);
    });
    return unfoldPersons(y, persons);
  },
});

/** Softmax over the rows of the last two axes: what flows into a joint sums to 1. */
function softmaxOfColumns(x: Value): Value {
  const grown = exp(subtract(x, stopGradient(reduceMax(x, { axes: [-2] }))));
  return divide(grown, reduceSum(grown, { axes: [-2] }));
}
