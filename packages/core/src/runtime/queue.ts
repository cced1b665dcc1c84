/** Runs asynchronous work one at a time, in the order it was asked for. */
import { type AbortSignalLike, throwIfAborted } from '../tensor/error.ts';
import { abortError } from './abort.ts';

/** Who asks for the work, for errors, and what may call it off before its turn. */
export interface Turn {
  readonly where: string;
  readonly signal?: AbortSignalLike | undefined;
}

/** Starts `work` when everything asked for earlier has settled; failed work does not stop the queue. */
export type Queue = <T>(turn: Turn, work: () => T | Promise<T>) => Promise<T>;

/**
 * Makes an empty queue.
 *
 * A signal that fires before the work's turn rejects at once, and the work never starts; work that has started is not
 * interrupted.
 */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return ({ where, signal }, work) =>
    new Promise((resolve, reject) => {
      const cancel = () => reject(abortError(where, signal));
      if (signal?.aborted) return cancel();
      signal?.addEventListener('abort', cancel);
      const turn = last.then(() => {
        signal?.removeEventListener('abort', cancel);
        throwIfAborted(signal, where);
        return work();
      });
      last = turn.catch(() => undefined);
      turn.then(resolve, reject);
    });
}
