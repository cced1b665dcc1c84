/** Options that say how many of something an encoder has. */
import { KinegraphError } from '@kinegraph/core';

/**
 * Refuses what is no whole number of at least 1.
 *
 * @param where the encoder, for errors
 * @param name the option
 */
export function checkCount(where: string, name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: `${name}, a whole number of at least 1`,
    actual: `${value}`,
  });
}
