/** The graph convolution of 2s-AGCN and AAGCN, whose graph depends on the sample (Shi et al. 2019, §4.1). */
import { elementCount } from '@kinegraph/core';
import {
  add,
  batchNorm,
  concat,
  fill,
  type Initializer,
  inferenceAffine,
  kaimingFanOut,
  matmulByTransposed,
  mix,
  multiply,
  normal,
  reduceSum,
  relu,
  reshape,
  type Scope,
  slice,
  type Value,
  zero,
} from '@kinegraph/core/graph';
import { gatherAndMix } from './neighbors.ts';
import { skip } from './skip.ts';

/**
 * How alike joints move, `theta_k(x)ᵀ phi_k(x) / (E T)` for each subset k, with E = floor(width / 4) channels.
 *
 * @param x `[N, C, V, T]`
 * @returns `[N, subsets, V, V]`; 1x1 convolutions `conv_a.k` (theta, rows) and `conv_b.k` (phi, columns)
 */
export function affinity(scope: Scope, x: Value, width: number, subsets: number): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const embedded = Math.floor(width / 4);
  const maps = ['conv_a', 'conv_b'].flatMap((name) =>
    pointwiseMaps(scope.child(name), subsets, [embedded, c], kaimingFanOut),
  );
  const weight = concat(
    maps.map((map) => map.weight),
    0,
  );
  const bias = concat(
    maps.map((map) => map.bias),
    0,
  );
  const both = reshape(add(mix(x, weight), reshape(bias, [-1, 1, 1])), [n, 2 * subsets, embedded, v, t]);
  const [theta, phi] = [slice(both, 1, 0, subsets), slice(both, 1, subsets)];
  const products = reduceSum(matmulByTransposed(theta, phi), { axes: [2], keep: false });
  return multiply(products, 1 / (embedded * t));
}

/**
 * `ReLU(BN(sum_k W_k x G_k) + skip(x))`. The normalization starts at a scale of 1e-6, so that at first only the skip path acts.
 *
 * @param x `[N, C, V, T]`
 * @param graph `[N, 1, subsets * V, V]`, from each joint of each subset to each joint
 * @returns `[N, width, V, T]`; 1x1 convolutions `conv_d.k`, normalization `bn`, skip path `down`
 */
export function adaptiveConvolution(scope: Scope, x: Value, width: number, graph: Value): Value {
  const [n, c, v] = x.shape as [number, number, number, number];
  const subsets = (graph.shape[2] as number) / v;
  const graphs = reshape(graph, [n, subsets, v, v]);
  const maps = pointwiseMaps(scope.child('conv_d'), subsets, [width, c], branchNormal(subsets));
  const weight = concat(
    maps.map((map) => reshape(map.weight, [width, c, 1])),
    2,
  );
  const norm = scope.child('bn');
  const options = { scale: fill(1e-6), bias: maps.map(({ bias }) => bias).reduce((sum, bias) => add(sum, bias)) };
  let y: Value;
  if (scope.training) {
    y = batchNorm(norm, gatherAndMix(x, graphs, weight), options);
  } else {
    const { scale, shift } = inferenceAffine(norm, width, options);
    const folded = multiply(weight, reshape(scale, [width, 1, 1]));
    y = add(gatherAndMix(x, graphs, folded), reshape(shift, [width, 1, 1]));
  }
  return relu(add(y, skip(scope.child('down'), x, width, 1, { conv: '0', norm: '1' })));
}

/** Weights `[width, C]` and biases `[width]` of the 1x1 convolutions `0` to `count - 1`. */
function pointwiseMaps(
  scope: Scope,
  count: number,
  shape: readonly [width: number, channels: number],
  first: Initializer,
) {
  const [width] = shape;
  return Array.from({ length: count }, (_, k) => {
    const map = scope.child(k);
    const weight = reshape(map.param('weight', [...shape, 1, 1], first), shape);
    return { weight, bias: map.param('bias', [width], zero) };
  });
}

/** Normal with deviation `sqrt(2 / (elements * branches))`, for convolutions whose results are added. */
function branchNormal(branches: number): Initializer {
  return (shape, random) => normal(Math.sqrt(2 / (elementCount(shape) * branches)))(shape, random);
}
