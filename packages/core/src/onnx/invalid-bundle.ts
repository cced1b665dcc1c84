/** The error of everything that reads model files. */
import { KinegraphError } from '../tensor/error.ts';

/** An `invalid-bundle` error; `more` holds what helps the user and what caused it. */
export function invalidBundle(
  where: string,
  expected: string,
  actual: string,
  more: { readonly hint?: string; readonly cause?: unknown } = {},
): KinegraphError {
  return new KinegraphError({ code: 'invalid-bundle', where, expected, actual, ...more });
}
