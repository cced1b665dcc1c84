/**
 * InfoGCN: a graph convolution whose graph is self-attention between the joints of each frame.
 *
 * Chi, Ha, Chi, Lee, Huang, Ramani, "InfoGCN: Representation Learning for Human Skeleton-based Action Recognition", CVPR 2022.
 * Parameters are named as in the authors' state dict.
 *
 * For head h with value map W, query and key maps q and k of width C / 8, and a learned graph P that all samples share:
 * `graph_h = P_h * softmax(q_h(x) k_h(x)ᵀ / sqrt(C / 8))` and `y = sum_h W_h graph_h x`, frame by frame.
 * Two parts of the paper are not the encoder's: its k-mode representation is an input stream (`mode-1`, ...), and its information
 * bottleneck is the option `bottleneck` of the classification task.
 */
import { elementCount } from '@kinegraph/core';
import {
  add,
  batchNorm,
  concat,
  defaultUniform,
  defineEncoder,
  divide,
  exp,
  expand,
  fill,
  type Initializer,
  inferenceAffine,
  layerNorm,
  matmul,
  matmulTransposed,
  maximum,
  mix,
  multiply,
  normal,
  reduceMax,
  reduceSum,
  relu,
  reshape,
  type Scope,
  slice,
  stopGradient,
  subtract,
  swapLast,
  tapFolded,
  transpose,
  unfoldPersons,
  type Value,
  zero,
} from '@kinegraph/core/graph';
import { checkCount } from './blocks/counts.ts';
import { multiScaleTemporal } from './blocks/multi-scale.ts';
import { skip } from './blocks/skip.ts';
import { planBlocks } from './blocks/stages.ts';

/** Options of {@link infogcn}. */
export interface InfogcnOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. A multiple of 8. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
  /** Graphs of each block. */
  readonly heads: number;
}

/**
 * The InfoGCN encoder. Output width is `width * 2^(stages - 1)`.
 *
 * Taps: `block.i`, `block.i.spatial` `[B, M, C, T, V]`, and `block.i.topology` `[N, T, heads V, V]`, the attention of each frame from each
 * joint (rows, of each head) to each joint (columns, which sum to 1 in each head), before the shared graph multiplies it.
 *
 * @example
 * ```ts
 * const encoder = infogcn({ width: 32, heads: 2 });
 * ```
 */
export const infogcn = defineEncoder<InfogcnOptions>({
  id: 'infogcn',
  defaults: { width: 64, stages: [3, 3, 3], heads: 3 },
  build(scope, x, { options, persons }) {
    const { heads } = options;
    checkCount('encoder infogcn', 'heads', heads);
    const plan = planBlocks('encoder infogcn', options, 8);
    let y = embedJoints(scope, x, options.width);
    plan.forEach(({ width, stride }, i) => {
      const block = scope.child(`l${i + 1}`);
      const attended = attentionConvolution(block.child('agcn'), y, width, heads, (topology) =>
        scope.tap(`block.${i}.topology`, topology),
      );
      const spatial = tapFolded(scope, `block.${i}.spatial`, attended, persons);
      const temporal = relu(multiScaleTemporal(block.child('tcn'), spatial, stride, {}));
      // The first block has its skip path here, unlike elsewhere in the family.
      const names = { conv: 'conv', norm: 'bn' };
      const sum = add(temporal, skip(block.child('residual'), y, width, stride, names));
      y = tapFolded(scope, `block.${i}`, relu(sum), persons);
    });
    return unfoldPersons(y, persons);
  },
});

/** Coordinates mapped to `width` channels, plus a learned place for each joint, normalized: `[B, M, C, T, V]` to `[N, width, V, T]`. */
function embedJoints(scope: Scope, x: Value, width: number): Value {
  const [b, m, c, t, v] = x.shape as [number, number, number, number, number];
  const map = scope.child('to_joint_embedding');
  const weight = map.param('weight', [width, c], defaultUniform(c));
  const place = scope.param('pos_embedding', [1, v, width], normal(1));
  // What is added to a joint's channel everywhere is left to the normalization, which cancels it in training.
  const constant = add(place, map.param('bias', [width], defaultUniform(c)));
  const bias = reshape(expand(constant, [m, v, width]), [m * v * width]);
  const embedded = reshape(matmul(weight, transpose(x, [0, 1, 4, 2, 3])), [b, m * v * width, t]);
  const normalized = batchNorm(scope.child('data_bn'), embedded, { bias });
  return transpose(reshape(normalized, [b * m, v, width, t]), [0, 2, 1, 3]);
}

/** The graph convolution with its normalization and skip path: `[N, C, V, T]` to `[N, width, V, T]`. */
function attentionConvolution(
  scope: Scope,
  x: Value,
  width: number,
  heads: number,
  tap: (topology: Value) => Value,
): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const attention = tap(reshape(attend(scope.child('attn'), x, heads), [n, t, heads * v, v]));
  const shared = swapLast(scope.param('shared_topology', [heads, v, v], identity));
  const graphs = reshape(multiply(reshape(attention, [n, t, heads, v, v]), shared), [n, t, heads * v, v]);

  const maps = Array.from({ length: heads }, (_, head) => {
    const map = scope.child('conv_d').child(head);
    const weight = map.param('weight', [width, c, 1, 1], normal(Math.sqrt(2 / (width * c * heads))));
    return { weight: reshape(weight, [width, c]), bias: map.param('bias', [width], zero) };
  });
  const weight = concat(
    maps.map((map) => map.weight),
    1,
  );
  const bias = maps.map((map) => map.bias).reduce((sum, part) => add(sum, part));
  const norm = scope.child('bn');
  const options = { scale: fill(1e-6), bias };
  // What the heads map a joint to lies side by side, so that one product for each frame adds up heads and joints.
  const gathered = (matrix: Value) => {
    const mapped = framesFirst(mix(x, reshape(matrix, [width * heads, c])));
    return framesLast(matmul(reshape(mapped, [n, t, width, heads * v]), graphs));
  };
  let y: Value;
  if (scope.training) {
    y = batchNorm(norm, gathered(weight), options);
  } else {
    const { scale, shift } = inferenceAffine(norm, width, options);
    y = add(gathered(multiply(weight, reshape(scale, [width, 1]))), reshape(shift, [width, 1, 1]));
  }
  return relu(add(y, skip(scope.child('down'), x, width, 1, { conv: '0', norm: '1' })));
}

/** Scaled dot-product attention of the joints of each frame, `[N, C, V, T]` to `[N, T, heads, source V, target V]`. */
function attend(scope: Scope, x: Value, heads: number): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const size = c / 8;
  const map = scope.child('to_qk');
  const normalized = layerNorm(scope.child('ln'), x, 1);
  const weight = map.param('weight', [2 * heads * size, c], normal(1));
  const bias = map.param('bias', [2 * heads * size], defaultUniform(c));
  const mapped = add(mix(normalized, weight), reshape(bias, [2 * heads * size, 1, 1]));
  const byHead = reshape(framesFirst(mapped), [n, t, 2 * heads, size, v]);
  const query = multiply(slice(byHead, 2, 0, heads), 1 / Math.sqrt(size));
  const scores = matmulTransposed(slice(byHead, 2, heads), query);
  const below = subtract(scores, stopGradient(reduceMax(scores, { axes: [3] })));
  // Weights under e^-30 are lost in rounding beside the largest, which is 1, but denormal numbers would slow the products down tenfold.
  const powers = exp(maximum(below, -30));
  return divide(powers, reduceSum(powers, { axes: [3] }));
}

/** `[N, C, V, T]` to `[N, T, C, V]`: one axis moves, which onnxruntime does ten times as fast as reversing three. */
const framesFirst = (x: Value): Value => transpose(x, [0, 3, 1, 2]);

/** Undoes {@link framesFirst}. */
const framesLast = (x: Value): Value => transpose(x, [0, 2, 3, 1]);

/** The identity matrix for each head. */
const identity: Initializer = (shape) => {
  const [, rows, columns] = shape as [number, number, number];
  return Float32Array.from({ length: elementCount(shape) }, (_, at) => {
    const place = at % (rows * columns);
    return Math.floor(place / columns) === place % columns ? 1 : 0;
  });
};
