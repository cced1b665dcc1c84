/** What all verbs take, and checks of their options. */
import type { AbortSignalLike } from '../tensor/error.ts';
import { badOption } from '../tensor/options.ts';

export { badOption, checkOptions } from '../tensor/options.ts';

/** What every verb takes. */
export interface VerbOptions {
  /** Abandons the call: between batches, or at once where the runtime has a worker. */
  readonly signal?: AbortSignalLike | undefined;
}

/** Throws `invalid-argument` unless `top` is a whole number of at least 1, or infinite. */
export function checkTop(where: string, top: number): void {
  if (!(top >= 1 && (Number.isInteger(top) || top === Infinity))) {
    throw badOption(where, 'top as a whole number of at least 1', String(top));
  }
}
