/** The batch normalization of input coordinates ("data BN"), whose channels are joint by coordinate, or person by joint by coordinate. */
import { batchNorm, type Initializer, reshape, type Scope, transpose, type Value } from '@kinegraph/core/graph';

/**
 * Normalizes each coordinate of each joint over batch and frames, and folds persons into the batch.
 *
 * @param x `[B, M, C, T, V]`
 * @param perPerson whether each person slot has statistics of its own (M·V·C channels) or all share them (V·C)
 * @param scale first value of the scale; ones by default
 * @returns `[B*M, C, V, T]`
 */
export function normalizeInput(scope: Scope, x: Value, perPerson: boolean, scale?: Initializer): Value {
  return transpose(normalizeByJoint(scope, x, perPerson, scale), [0, 2, 1, 3]);
}

/** The same as {@link normalizeInput}, joints before coordinates: `[B*M, V, C, T]`. */
export function normalizeByJoint(scope: Scope, x: Value, perPerson: boolean, scale?: Initializer): Value {
  const [b, m, c, t, v] = x.shape as [number, number, number, number, number];
  const [batch, channels] = perPerson ? [b, m * v * c] : [b * m, v * c];
  const ordered = reshape(transpose(x, [0, 1, 4, 2, 3]), [batch, channels, t]);
  return reshape(batchNorm(scope, ordered, scale && { scale }), [b * m, v, c, t]);
}
