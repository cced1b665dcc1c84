/**
 * Skeletons side by side: every person of every sample as more joints of one sample, where a graph is the same for all of them. Each map
 * of channels, and each frequency of a convolution over time, is then one product for the whole batch, and nothing is transposed for it.
 */
import { reshape, type Scope, transpose, type Value } from '@kinegraph/core/graph';

/** How many joints a skeleton has, and how many persons a sample. */
export interface Skeletons {
  readonly joints: number;
  readonly persons: number;
}

/**
 * Places skeletons side by side: row `v * B * M + n` of the result is joint v of skeleton n.
 *
 * @param x `[B*M, V, C, T]`
 * @returns `[1, C, V*B*M, T]`
 */
export function placeSideBySide(x: Value): Value {
  const [n, v, c, t] = x.shape as [number, number, number, number];
  return reshape(transpose(x, [2, 1, 0, 3]), [1, c, v * n, t]);
}

/**
 * Undoes {@link placeSideBySide}.
 *
 * @param y `[1, C, V*B*M, T]`
 * @returns `[B, M, C, T, V]`
 */
export function takeApart(y: Value, { joints, persons }: Skeletons): Value {
  const [, c, rows, t] = y.shape as [number, number, number, number];
  return transpose(reshape(y, [c, joints, rows / (joints * persons), persons, t]), [2, 3, 0, 4, 1]);
}

/**
 * Taps skeletons that lie side by side: whoever asked for it sees `[B, M, C, T, V]`, and what they put in its place is placed side by side.
 *
 * @param y `[1, C, V*B*M, T]`
 */
export function tapSideBySide(scope: Scope, name: string, y: Value, skeletons: Skeletons): Value {
  const shown = takeApart(y, skeletons);
  const result = scope.tap(name, shown);
  if (result === shown) return y;
  const [b, m, c, t, v] = result.shape as [number, number, number, number, number];
  return reshape(transpose(result, [2, 4, 0, 1, 3]), [1, c, v * b * m, t]);
}
