/** Errors about what a caller passed. */
import { KinegraphError } from '@kinegraph/core';

/** An `invalid-argument` error. */
export function refuse(where: string, expected: string, actual: string, hint?: string): KinegraphError {
  const advice = hint === undefined ? {} : { hint };
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual, ...advice });
}
