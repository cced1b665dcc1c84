/** The sum over neighbors of all subsets, the step that makes a convolution one on a graph. */
import {
  add,
  batchNorm,
  expand,
  type Initializer,
  inferenceAffine,
  matmul,
  matmulTransposed,
  mix,
  multiply,
  reduceSum,
  reshape,
  type Scope,
  swapLast,
  transpose,
  type Value,
  withGradient,
} from '@kinegraph/core/graph';

/**
 * `y_w = sum_k W_k sum_v G_k[v, w] x_v` as two products: one gathers the neighbors of all subsets side by side, one mixes the channels.
 *
 * @param x `[N, C, V, T]`
 * @param graph `[K, V, V]`, or `[N, K, V, V]` where it depends on the sample; from row to column
 * @param weight `[width, C, K]`
 * @returns `[N, width, V, T]`
 */
export function gatherAndMix(x: Value, graph: Value, weight: Value): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const [width, , subsets] = weight.shape as [number, number, number];
  const perSample = graph.shape.length === 4;
  const gather = reshape(swapLast(graph), perSample ? [n, 1, subsets * v, v] : [subsets * v, v]);
  const gathered = perSample ? matmul(gather, x) : gatherByShared(gather, x);
  return mix(reshape(gathered, [n, c * subsets, v, t]), reshape(weight, [width, c * subsets]));
}

/** The product with one matrix for all samples, whose gradient is `sum x dyᵀ`, transposed: onnxruntime would copy x to transpose it. */
function gatherByShared(gather: Value, x: Value): Value {
  return withGradient(matmul(gather, x), [gather, x], (dy) => [
    swapLast(reduceSum(matmul(x, swapLast(dy)), { axes: [0, 1], keep: false })),
    matmulTransposed(gather, dy),
  ]);
}

/** Where {@link graphConvolution} has its parameters, and their first values. */
export interface GraphConvolutionOptions {
  readonly conv: Scope;
  readonly norm: Scope;
  readonly weight: Initializer;
  readonly bias: Initializer;
  /** First value of the normalization's scale; ones by default. */
  readonly scale?: Initializer;
}

/**
 * A 1x1 convolution to all subsets, the sum over their neighbors, and a normalization: the graph convolution of ST-GCN and ST-GCN++.
 *
 * @param x `[N, C, V, T]`
 * @param graph `[K, V, V]`, the same for every sample
 * @returns `[N, width, V, T]`; parameters `weight [K * width, C, 1, 1]` and `bias [K * width]` in `conv`
 */
export function graphConvolution(x: Value, graph: Value, width: number, options: GraphConvolutionOptions): Value {
  const { conv, norm, ...first } = options;
  const [, c, v, frames] = x.shape as [number, number, number, number];
  const subsets = graph.shape[0] as number;
  const weight = reshape(conv.param('weight', [subsets * width, c, 1, 1], first.weight), [subsets, width, c]);
  const bias = reshape(conv.param('bias', [subsets * width], first.bias), [subsets, width]);
  const bySubset = transpose(weight, [1, 2, 0]);

  // The bias of a subset reaches joint w through the sum of its column w.
  const columnSums = reduceSum(graph, { axes: [1], keep: false });
  const spread = reshape(matmul(transpose(bias, [1, 0]), columnSums), [width, v, 1]);
  const scale = first.scale && { scale: first.scale };
  if (norm.training) return batchNorm(norm, add(gatherAndMix(x, graph, bySubset), spread), scale);
  const affine = inferenceAffine(norm, width, scale);
  const across = reshape(affine.scale, [width, 1, 1]);
  // Frames last in it as well: onnxruntime adds rows of a few frames in half the speed of whole samples.
  const shift = add(multiply(spread, across), reshape(affine.shift, [width, 1, 1]));
  const framed = expand(shift, [width, v, frames]);
  return add(gatherAndMix(x, graph, multiply(bySubset, across)), framed);
}
