/** Run-time checks of option objects, for callers whose types are not checked. */
import { type AbortSignalLike, KinegraphError } from '../tensor/error.ts';

/** What every verb takes. */
export interface VerbOptions {
  /** Abandons the call: between batches, or at once where the runtime has a worker. */
  readonly signal?: AbortSignalLike | undefined;
}

/** Throws `invalid-argument` for an option that is not among `known`: usually a typing error. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw badOption(where, `options among ${known.join(', ')}`, `"${unknown}"`);
}

/** Throws `invalid-argument` unless `top` is a whole number of at least 1, or infinite. */
export function checkTop(where: string, top: number): void {
  if (!(top >= 1 && (Number.isInteger(top) || top === Infinity))) {
    throw badOption(where, 'top as a whole number of at least 1', String(top));
  }
}

/** An `invalid-argument` error. */
export function badOption(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
