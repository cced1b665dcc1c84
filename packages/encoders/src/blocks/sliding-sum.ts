/** The one-channel convolution over joints or frames by which AAGCN decides where to look. */
import {
  add,
  type Initializer,
  matmul,
  pad,
  reduceSum,
  reshape,
  type Scope,
  slice,
  transpose,
  type Value,
  zero,
} from '@kinegraph/core/graph';

/**
 * A convolution to one channel along the last axis, padded to keep its length.
 *
 * All positions of the kernel are one product; rows of the result are then sheared, so that what belongs together stands in one column.
 *
 * @param x `[N, C, L]`
 * @param kernel odd
 * @returns `[N, L]`; parameters `weight [1, C, kernel]`, `bias [1]`.
 */
export function slidingSum(scope: Scope, x: Value, kernel: number, first: Initializer): Value {
  const [n, c, length] = x.shape as [number, number, number];
  const weight = reshape(scope.param('weight', [1, c, kernel], first), [c, kernel]);
  const bias = scope.param('bias', [1], zero);
  const products = matmul(transpose(weight, [1, 0]), x);
  const padding = (kernel - 1) / 2;
  const padded = length + kernel - 1;
  const rows = reshape(pad(products, 2, padding, padding), [n, kernel * padded]);
  const sheared = reshape(pad(rows, 1, 0, kernel), [n, kernel, padded + 1]);
  const columns = slice(sheared, 2, 0, length);
  return add(reduceSum(columns, { axes: [1], keep: false }), bias);
}
