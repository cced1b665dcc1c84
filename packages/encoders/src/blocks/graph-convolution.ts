/** The graph convolution of ST-GCN and ST-GCN++, with its normalization. */
import type { Tensor } from '@kinegraph/core';
import {
  add,
  batchNorm,
  type Initializer,
  inferenceAffine,
  matmul,
  multiply,
  reduceSum,
  reshape,
  type Scope,
  transpose,
  type Value,
} from '@kinegraph/core/graph';
import { gatherAndMixSparse } from './neighbors.ts';

/** Where {@link graphConvolution} has its parameters, their first values, and what is known of the graph. */
export interface GraphConvolutionOptions {
  readonly conv: Scope;
  readonly norm: Scope;
  readonly weight: Initializer;
  readonly bias: Initializer;
  /** First value of the normalization's scale; ones by default. */
  readonly scale?: Initializer;
  /** `[K, V, V]`, 0 wherever the graph is sure to have no edge; by default edges may be anywhere. */
  readonly edges?: Tensor<'float32'>;
}

/**
 * A 1x1 convolution to all subsets, the sum over their neighbors, and a normalization: the graph convolution of ST-GCN and ST-GCN++.
 *
 * @param x `[N, C, V*S, T]`, S skeletons side by side: row `v * S + s` is joint v of skeleton s
 * @param graph `[K, V, V]`, the same for every sample
 * @returns `[N, width, V*S, T]`; parameters `weight [K * width, C, 1, 1]` and `bias [K * width]` in `conv`
 */
export function graphConvolution(x: Value, graph: Value, width: number, options: GraphConvolutionOptions): Value {
  const { conv, norm, edges, ...first } = options;
  const [n, c, rows, t] = x.shape as [number, number, number, number];
  const [subsets, v] = graph.shape as [number, number];
  const weight = reshape(conv.param('weight', [subsets * width, c, 1, 1], first.weight), [subsets, width, c]);
  const bias = reshape(conv.param('bias', [subsets * width], first.bias), [subsets, width]);

  // The bias of a subset reaches joint w through the sum of its column w.
  const columnSums = reduceSum(graph, { axes: [1], keep: false });
  const spread = reshape(matmul(transpose(bias, [1, 0]), columnSums), [width, v, 1]);
  const joints = reshape(x, [n, c, v, (rows / v) * t]);
  const convolved = (maps: Value, shift: Value) =>
    reshape(add(gatherAndMixSparse(joints, graph, maps, edges), shift), [n, width, rows, t]);
  const scale = first.scale && { scale: first.scale };
  if (norm.training) return batchNorm(norm, convolved(weight, spread), scale);
  const affine = inferenceAffine(norm, width, scale);
  const shift = add(multiply(spread, reshape(affine.scale, [width, 1, 1])), reshape(affine.shift, [width, 1, 1]));
  return convolved(multiply(weight, reshape(affine.scale, [width, 1])), shift);
}
