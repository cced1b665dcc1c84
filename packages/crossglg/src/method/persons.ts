/** Persons in a batch: who is there, and their joint features as one. */
import { KinegraphError } from '@kinegraph/core';
import {
  absolute,
  cast,
  divide,
  greater,
  maximum,
  multiply,
  reduceMax,
  reduceMean,
  reduceSum,
  reshape,
  type Value,
} from '@kinegraph/core/graph';

/**
 * 1 for a person with any joint in any frame, 0 for an absent one.
 *
 * @param positions `[B, M, C, T, V]`, as fed: what is missing is 0
 * @returns `[B, M]`
 */
export function presence(positions: Value): Value {
  return cast(greater(reduceMax(absolute(positions), { axes: [2, 3, 4], keep: false }), 0), 'float32');
}

/**
 * Features of each joint: the mean over frames, then over persons. Absent persons count as zeros' features (`mean`), or not at all.
 *
 * @param encoded `[B, M, C, T, V]`
 * @returns `[B, 1, C, 1, V]`
 */
export function jointFeatures(encoded: Value, positions: Value, pooling: 'mean' | 'masked-mean'): Value {
  const each = reduceMean(encoded, { axes: [3] });
  if (pooling === 'mean') return reduceMean(each, { axes: [1] });
  const present = presence(positions);
  const [b, m] = present.shape as [number, number];
  const share = divide(present, maximum(reduceSum(present, { axes: [1] }), 1));
  return reduceSum(multiply(each, reshape(share, [b, m, 1, 1, 1])), { axes: [1] });
}

/**
 * Checks that texts speak of as many joints as features have.
 *
 * @throws `invalid-shape`
 */
export function checkJointCount(found: number, described: number): void {
  if (found === described) return;
  throw new KinegraphError({
    code: 'invalid-shape',
    where: 'crossglg: texts',
    expected: `descriptions over the ${found} joints of the input's layout`,
    actual: `${described}`,
    hint: 'Give encodeDescriptions the layout of the input.',
  });
}
