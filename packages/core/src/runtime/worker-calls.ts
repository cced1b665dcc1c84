/** Calls into a worker that always settle: by the reply, by a signal, or by the end of the worker. */
import { type AbortSignalLike, KinegraphError } from '../tensor/error.ts';
import { abortError } from './abort.ts';
import { type Reply, unwrap } from './failure.ts';
import { reasonOf } from './reason.ts';

/** A call that a signal may call off. */
export interface CallOptions {
  readonly where: string;
  readonly signal?: AbortSignalLike | undefined;
  /** Tells the worker that nobody waits any more. */
  readonly abandon?: () => void;
}

/** The calls that wait for a worker. */
export interface WorkerCalls {
  readonly ended: boolean;
  call<T>(options: CallOptions, request: () => Promise<Reply<T>>): Promise<T>;
  /** Rejects what is pending and whatever comes later; the first reason stays. */
  end(reason: (where: string) => KinegraphError): void;
}

/**
 * Starts an empty table of calls.
 *
 * @param hold - told when the first call starts to wait and when the last has settled
 */
export function createCalls(hold: (busy: boolean) => void = () => undefined): WorkerCalls {
  const pending = new Set<() => void>();
  let ended: ((where: string) => KinegraphError) | undefined;

  return {
    get ended() {
      return ended !== undefined;
    },
    call: ({ where, signal, abandon }, request) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended(where));
        if (signal?.aborted) return reject(abortError(where, signal));
        const settle = () => {
          // The reply to a call that was called off comes in late, and counts for nothing.
          if (!pending.delete(fail)) return;
          signal?.removeEventListener('abort', abort);
          if (pending.size === 0) hold(false);
        };
        const fail = () => {
          settle();
          if (ended) reject(ended(where));
        };
        const abort = () => {
          settle();
          reject(abortError(where, signal));
          abandon?.();
        };
        if (pending.size === 0) hold(true);
        pending.add(fail);
        signal?.addEventListener('abort', abort);
        send(where, request).then(resolve, reject).finally(settle);
      }),
    end(reason) {
      ended ??= reason;
      for (const fail of [...pending]) fail();
    },
  };
}

async function send<T>(where: string, request: () => Promise<Reply<T>>): Promise<T> {
  try {
    return unwrap(await request());
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    // What cannot be cloned makes the request itself throw.
    throw new KinegraphError({
      code: 'invalid-argument',
      where,
      expected: 'tensors and options that a worker can be sent',
      actual: reasonOf(cause),
      cause,
    });
  }
}
