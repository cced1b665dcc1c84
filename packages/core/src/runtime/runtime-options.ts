/** Checks of the options that the runtimes of every host take. */
import { badOption, checkOptions } from '../tensor/options.ts';

/**
 * Checks what a host's `createRuntime` was given.
 *
 * @throws `invalid-argument` for options that are not among `known`, and for threads that are no positive whole number
 */
export function checkRuntimeOptions(options: { readonly threads?: number }, known: readonly string[]): void {
  checkOptions('createRuntime', options, known);
  const { threads = 1 } = options;
  if (Number.isInteger(threads) && threads > 0) return;
  throw badOption('createRuntime', 'threads as a whole number of at least 1', `${threads}`);
}
