/** Open until disposed, disposed once: the same rule for runtimes and sessions on every host. */
import { KinegraphError } from '../tensor/error.ts';

/** Whether something may still be used. */
export interface Lifetime {
  readonly open: boolean;
  /** @throws `runtime` after {@link Lifetime.end} */
  ensureOpen(where: string): void;
  /** Ends it, and does `work` the first time; later calls wait for the same work. */
  end(work: () => Promise<void>): Promise<void>;
}

/**
 * Starts a lifetime.
 *
 * @param what - `session` or `runtime`, for errors
 */
export function createLifetime(what: string): Lifetime {
  let ending: Promise<void> | undefined;
  return {
    get open() {
      return ending === undefined;
    },
    ensureOpen(where) {
      if (ending !== undefined) throw disposedError(where, what);
    },
    end(work) {
      ending ??= work();
      return ending;
    },
  };
}

/** The error of using something that has been disposed. */
export function disposedError(where: string, what: string): KinegraphError {
  return new KinegraphError({ code: 'runtime', where, expected: `an open ${what}`, actual: 'a disposed one' });
}
