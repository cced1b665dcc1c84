/**
 * CTR-GCN: a graph convolution whose adjacency is refined for each channel and sample.
 *
 * Chen, Zhang, Yuan, Li, Deng, Hu, "Channel-wise Topology Refinement Graph Convolution for Skeleton-Based Action Recognition",
 * ICCV 2021, https://arxiv.org/abs/2107.12213. Parameters are named as in the authors' state dict.
 *
 * For subset k with value map W, relation maps q and r, and refinement map U (§3.2, eq. 3-6):
 * `graph_k = A_k + alpha · U tanh(q(x)_u - r(x)_v)` and `y = sum_k graph_k W x`, with A learned from the spatial partition.
 * The three products are one, over joints of all subsets side by side; q and r act on the mean over frames, which they commute with.
 */
import { adjacency, type Tensor } from '@kinegraph/core';
import {
  add,
  batchNorm,
  concat,
  copyOf,
  defineEncoder,
  fill,
  inferenceAffine,
  kaimingFanOut,
  matmul,
  matmulTransposed,
  mix,
  multiply,
  pointwise,
  reduceMean,
  relu,
  reshape,
  type Scope,
  subtract,
  swapLast,
  tanh,
  tapFolded,
  transpose,
  unfoldPersons,
  type Value,
  zero,
} from '@kinegraph/core/graph';
import { normalizeInput } from './blocks/input-norm.ts';
import { multiScaleTemporal } from './blocks/multi-scale.ts';
import { skip } from './blocks/skip.ts';
import { planBlocks } from './blocks/stages.ts';

/** Options of {@link ctrgcn}. */
export interface CtrgcnOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. A multiple of 4. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
}

const convolution = { weight: kaimingFanOut, bias: zero };

/**
 * The CTR-GCN encoder. Output width is `width * 2^(stages - 1)`.
 *
 * Taps: `block.i`, `block.i.spatial` `[B, M, C, T, V]`, and `block.i.topology` `[N, C, 3 V, V]`, the refined graph
 * from each joint of each subset to each joint.
 *
 * @example
 * ```ts
 * const encoder = ctrgcn({ width: 32 }); // half the published width
 * ```
 */
export const ctrgcn = defineEncoder<CtrgcnOptions>({
  id: 'ctrgcn',
  defaults: { width: 64, stages: [4, 3, 3] },
  build(scope, x, { layout, options, persons }) {
    const graph = adjacency(layout, 'spatial');
    let y = normalizeInput(scope.child('data_bn'), x, true);
    planBlocks('encoder ctrgcn', options, 4).forEach(({ width, stride, residual }, i) => {
      const block = scope.child(`l${i + 1}`);
      const refined = refinedConvolution(block.child('gcn1'), y, width, graph, (topology) =>
        scope.tap(`block.${i}.topology`, topology),
      );
      const spatial = tapFolded(scope, `block.${i}.spatial`, refined, persons);
      const temporal = multiScaleTemporal(block.child('tcn1'), spatial, stride);
      const names = { conv: 'conv', norm: 'bn' };
      const sum = residual ? add(temporal, skip(block.child('residual'), y, width, stride, names)) : temporal;
      y = tapFolded(scope, `block.${i}`, relu(sum), persons);
    });
    return unfoldPersons(y, persons);
  },
});

/** The channel-wise refined graph convolution with its normalization and skip path: `[N, C, V, T]` to `[N, width, V, T]`. */
function refinedConvolution(
  scope: Scope,
  x: Value,
  width: number,
  partition: Tensor<'float32'>,
  tap: (topology: Value) => Value,
): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const subsets = partition.shape[0] as number;
  const learned = scope.param('PA', partition.shape, copyOf(partition));
  const alpha = scope.param('alpha', [1], zero);
  const pooled = reduceMean(x, { axes: [3] });
  const parts = Array.from({ length: subsets }, (_, k) => subset(scope.child('convs').child(k), pooled, c, width));

  // Joints of all subsets lie side by side, [N, C, subset and source joint, target joint], so that one product sums over both.
  const relations = join(parts.map(({ relation }) => reshape(relation, [n, 1, -1, v * v])));
  const refine = reshape(join(parts.map((part) => part.refine)), [subsets, width, -1]);
  const refined = reshape(matmul(multiply(refine, alpha), relations), [n, subsets, width, v, v]);
  const refineBias = reshape(join(parts.map((part) => part.refineBias)), [subsets, width, 1, 1]);
  const shared = add(reshape(swapLast(learned), [subsets, 1, v, v]), multiply(refineBias, alpha));
  const graphs = transpose(add(refined, shared), [0, 2, 1, 3, 4]);
  const topology = tap(reshape(graphs, [n, width, subsets * v, v]));

  const norm = scope.child('bn');
  const affine = scope.training ? undefined : inferenceAffine(norm, width, { scale: fill(1e-6) });
  const weight = reshape(join(parts.map((part) => reshape(part.value, [width, 1, c]))), [width * subsets, c]);
  const bias = reshape(join(parts.map((part) => reshape(part.valueBias, [width, 1]))), [width * subsets, 1, 1]);
  const values = reshape(add(mix(x, weight), bias), [n, width, subsets * v, t]);
  const product = matmulTransposed(topology, values);
  const y = affine
    ? add(multiply(product, reshape(affine.scale, [width, 1, 1])), reshape(affine.shift, [width, 1, 1]))
    : batchNorm(norm, product, { scale: fill(1e-6) });
  return relu(add(y, skip(scope.child('down'), x, width, 1, { conv: '0', norm: '1' })));
}

/** Joins one value of each subset along axis 1. */
function join(values: readonly Value[]): Value {
  return concat(values, 1);
}

/** The maps of one subset: relations `[N, R, source V, target V]`, and the weights of the refinement and of the value map. */
function subset(scope: Scope, pooled: Value, channels: number, width: number) {
  const [n, , v] = pooled.shape as [number, number, number, number];
  const rank = channels <= 16 ? 8 : Math.floor(channels / 8);
  const query = pointwise(scope.child('conv1'), pooled, rank, convolution);
  const key = pointwise(scope.child('conv2'), pooled, rank, convolution);
  const value = scope.child('conv3');
  const refine = scope.child('conv4');
  return {
    relation: tanh(subtract(reshape(query, [n, rank, 1, v]), key)),
    value: value.param('weight', [width, channels, 1, 1], kaimingFanOut),
    valueBias: value.param('bias', [width], zero),
    refine: reshape(refine.param('weight', [width, rank, 1, 1], kaimingFanOut), [1, width * rank]),
    refineBias: reshape(refine.param('bias', [width], zero), [1, width]),
  };
}
