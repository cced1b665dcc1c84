/**
 * CTR-GCN: a graph convolution whose adjacency is refined for each channel and sample.
 *
 * Chen, Zhang, Yuan, Li, Deng, Hu, "Channel-wise Topology Refinement Graph Convolution for Skeleton-Based Action Recognition",
 * ICCV 2021, https://arxiv.org/abs/2107.12213. Parameters are named as in the authors' state dict.
 *
 * For subset k with value map W, relation maps q and r, and refinement map U (§3.2, eq. 3-6):
 * `graph_k = A_k + alpha · U tanh(q(x)_u - r(x)_v)` and `y = sum_k graph_k W x`, with A learned from the spatial partition.
 * The three products are one, over joints of all subsets side by side; q and r act on the mean over frames, which they commute with.
 *
 * PYSKL's network of this name (Duan et al. 2022) is another one: `y = sum_k graph_kᵀ W x`, and a ReLU after the temporal convolutions.
 */
import { adjacency, filled, type Tensor } from '@kinegraph/core';
import {
  add,
  after,
  batchNorm,
  concat,
  constant,
  copyOf,
  defineEncoder,
  fill,
  inferenceAffine,
  kaimingFanOut,
  matmul,
  mix,
  multiply,
  pad,
  pointwise,
  reduceMean,
  reduceSum,
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
  withGradient,
  zero,
} from '@kinegraph/core/graph';
import { normalizeInput } from './blocks/input-norm.ts';
import { multiScaleTemporal } from './blocks/multi-scale.ts';
import { skip } from './blocks/skip.ts';
import { planBlocks } from './blocks/stages.ts';
import { checkWord } from './blocks/words.ts';

/** Options of {@link ctrgcn}. */
export interface CtrgcnOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. A multiple of 4. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
  /** The authors' network, `original`, or PYSKL's, which reads each graph the other way and has a ReLU after the temporal convolutions. */
  readonly variant: 'original' | 'pyskl';
}

const variants = ['original', 'pyskl'] as const;
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
  defaults: { width: 64, stages: [4, 3, 3], variant: 'original' },
  build(scope, x, { layout, options, persons }) {
    checkWord('encoder ctrgcn', 'variant', options.variant, variants);
    const isPyskl = options.variant === 'pyskl';
    const graph = adjacency(layout, 'spatial');
    let y = normalizeInput(scope.child('data_bn'), x, true);
    planBlocks('encoder ctrgcn', options, 4).forEach(({ width, stride, residual }, i) => {
      const block = scope.child(`l${i + 1}`);
      const tap = (topology: Value) => scope.tap(`block.${i}.topology`, topology);
      const refined = refinedConvolution(block.child('gcn1'), y, width, { graph, isPyskl, tap });
      const spatial = tapFolded(scope, `block.${i}.spatial`, refined, persons);
      const tcn = block.child('tcn1');
      const temporal = isPyskl
        ? relu(multiScaleTemporal(tcn, spatial, stride, convolution))
        : multiScaleTemporal(tcn, spatial, stride);
      const names = { conv: 'conv', norm: 'bn' };
      const sum = residual ? add(temporal, skip(block.child('residual'), y, width, stride, names)) : temporal;
      y = tapFolded(scope, `block.${i}`, relu(sum), persons);
    });
    return unfoldPersons(y, persons);
  },
});

/** What {@link refinedConvolution} needs beside its input. */
interface Refinement {
  /** The partition that the learned adjacency starts from, `[K, V, V]`. */
  readonly graph: Tensor<'float32'>;
  readonly isPyskl: boolean;
  tap(topology: Value): Value;
}

/** The channel-wise refined graph convolution with its normalization and skip path: `[N, C, V, T]` to `[N, width, V, T]`. */
function refinedConvolution(scope: Scope, x: Value, width: number, { graph, isPyskl, tap }: Refinement): Value {
  const [n, c, v] = x.shape as [number, number, number, number];
  const subsets = graph.shape[0] as number;
  const learned = scope.param('PA', graph.shape, copyOf(graph));
  const alpha = scope.param('alpha', [1], zero);
  const pooled = reduceMean(x, { axes: [3] });
  const parts = Array.from({ length: subsets }, (_, k) =>
    subset(scope.child('convs').child(k), pooled, width, isPyskl),
  );
  const { relations, coefficients } = factors(parts, isPyskl ? learned : swapLast(learned), alpha);

  // Joints of all subsets lie side by side, [N, C, subset and source joint, target joint], so that one product sums over both.
  const graphs = matmul(coefficients, reshape(relations, [n, subsets, -1, v * v]));
  const ordered = transpose(reshape(graphs, [n, subsets, width, v, v]), [0, 2, 1, 3, 4]);
  const refined = reshape(ordered, [n, width, subsets * v, v]);
  const topology = tap(refined);

  const norm = scope.child('bn');
  const affine = scope.training ? undefined : inferenceAffine(norm, width, { scale: fill(1e-6) });
  const scaled = (value: Value) => (affine ? multiply(value, reshape(affine.scale, [1, width, 1])) : value);
  const weight = scaled(join(parts.map((part) => reshape(part.value, [1, width, c]))));
  const bias = scaled(join(parts.map((part) => reshape(part.valueBias, [1, width, 1]))));
  const product = aggregate(topology, x, reshape(transpose(weight, [1, 0, 2]), [width * subsets, c]));
  const spread = topology === refined ? spreadOfFactors(bias, coefficients, relations) : spreadOf(bias, topology);
  const y = affine
    ? add(product, add(spread, reshape(affine.shift, [width, 1, 1])))
    : batchNorm(norm, add(product, spread), { scale: fill(1e-6) });
  return relu(add(y, skip(scope.child('down'), x, width, 1, { conv: '0', norm: '1' })));
}

/**
 * Joins the values `maps x` of all subsets along the graph `[N, C, subset and source V, target V]`: `[N, C, target V, T]`.
 *
 * The gradient of the graph needs the values, three times the size of the result. They are computed once more then, in place of being kept:
 * a third of a training step's memory for a twentieth of its time. The second product has an axis more than the first, because onnxruntime
 * holds a buffer from one result to the next of the same shape, which would keep it through the whole step.
 */
function aggregate(topology: Value, x: Value, maps: Value): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const [, width, rows] = topology.shape as [number, number, number];
  const values = reshape(mix(x, maps), [n, width, rows, t]);
  return withGradient(matmul(swapLast(topology), values), [topology, values], (dy) => {
    const again = matmul(after(maps, dy), reshape(x, [n, 1, c, v * t]));
    return [matmul(reshape(again, values.shape), swapLast(dy)), matmul(topology, dy)];
  });
}

/**
 * The graphs as a product, so that none of their size is added up: coefficients `[K, C, R + 2]` times relations `[N, K, R + 2, V, V]`.
 * After the R learned relations come a constant one for the bias of the refinement, and the learned adjacency, shared by all channels.
 *
 * @param learned `[K, source V, target V]`
 */
function factors(parts: readonly Subset[], learned: Value, alpha: Value) {
  const [subsets, v] = learned.shape as [number, number];
  const relations = concat(
    parts.map(({ relation }) => reshape(relation, [relation.shape[0] as number, 1, -1, v, v])),
    1,
  );
  const rank = relations.shape[2] as number;
  const common = concat([constant(filled([subsets, 1, v, v], 1)), reshape(learned, [subsets, 1, v, v])], 1);
  return {
    relations: add(pad(relations, 2, 0, 2), pad(common, 1, rank, 0)),
    coefficients: pad(multiply(join(parts.map(({ refine }) => refine)), alpha), 2, 0, 1, 1),
  };
}

/** What the bias of the values `[K, C, 1]` adds to each channel and target joint, `[N, C, V, 1]`: the bias times the sums of the graph's columns. */
function spreadOf(bias: Value, topology: Value): Value {
  const [subsets, width] = bias.shape as [number, number];
  const [n, , rows, v] = topology.shape as [number, number, number, number];
  const graphs = reshape(topology, [n, width, subsets, rows / subsets, v]);
  const weighted = multiply(graphs, reshape(transpose(bias, [1, 0, 2]), [width, subsets, 1, 1]));
  return reshape(reduceSum(weighted, { axes: [2, 3] }), [n, width, v, 1]);
}

/** {@link spreadOf} from the factors of the graph, which are far smaller. */
function spreadOfFactors(bias: Value, coefficients: Value, relations: Value): Value {
  const [n, subsets, terms, v] = relations.shape as [number, number, number, number];
  const width = bias.shape[1] as number;
  const sums = reshape(reduceSum(relations, { axes: [3] }), [n, subsets * terms, v]);
  const weighted = reshape(transpose(multiply(coefficients, bias), [1, 0, 2]), [width, subsets * terms]);
  return reshape(matmul(weighted, sums), [n, width, v, 1]);
}

/** Joins one value of each subset along the first axis. */
function join(values: readonly Value[]): Value {
  return concat(values, 0);
}

/** The maps of one subset. */
interface Subset {
  /** `[N, R, source V, target V]` */
  readonly relation: Value;
  /** Weight and bias of the refinement, `[1, C, R + 1]`. */
  readonly refine: Value;
  readonly value: Value;
  readonly valueBias: Value;
}

function subset(scope: Scope, pooled: Value, width: number, isPyskl: boolean): Subset {
  const [n, channels, v] = pooled.shape as [number, number, number, number];
  const rank = channels <= 16 ? 8 : Math.floor(channels / 8);
  const query = pointwise(scope.child('conv1'), pooled, rank, convolution);
  const key = pointwise(scope.child('conv2'), pooled, rank, convolution);
  const value = scope.child('conv3');
  const refine = scope.child('conv4');
  const refineWeight = refine.param('weight', [width, rank, 1, 1], kaimingFanOut);
  const refineBias = refine.param('bias', [width], zero);
  const across = (value: Value) => reshape(value, [n, rank, 1, v]);
  return {
    relation: tanh(isPyskl ? subtract(query, across(key)) : subtract(across(query), key)),
    refine: concat([reshape(refineWeight, [1, width, rank]), reshape(refineBias, [1, width, 1])], 2),
    value: value.param('weight', [width, channels, 1, 1], kaimingFanOut),
    valueBias: value.param('bias', [width], zero),
  };
}
