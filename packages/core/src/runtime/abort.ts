/** Abort signals for code that has no host globals: the error they cause, and a signal to fire by hand. */
import { type AbortSignalLike, KinegraphError } from '../tensor/error.ts';

/** The error of an operation that `signal` called off. */
export function abortError(where: string, signal: AbortSignalLike | undefined): KinegraphError {
  return new KinegraphError({
    code: 'aborted',
    where,
    expected: 'to finish',
    actual: 'an abort signal',
    cause: signal?.reason,
  });
}

/** A signal and the function that fires it: what `AbortController` is where there is one. */
export interface Abort {
  readonly signal: AbortSignalLike;
  abort(reason?: unknown): void;
}

/** Makes a signal that has not fired. */
export function createAbort(): Abort {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_type: 'abort', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: () => void) => void listeners.delete(listener),
  };
  return {
    signal,
    abort(reason) {
      if (signal.aborted) return;
      signal.aborted = true;
      signal.reason = reason;
      for (const listener of [...listeners]) listener();
    },
  };
}
