/** The one error class of Kinegraph: where it happened, what was expected, what came, and what to do. */

/** Machine-readable reason of a {@link KinegraphError}. */
export type ErrorCode =
  | 'invalid-argument'
  | 'invalid-shape'
  | 'invalid-layout'
  | 'invalid-clip'
  | 'invalid-bundle'
  | 'invalid-data'
  | 'unsupported'
  | 'not-found'
  | 'io'
  | 'aborted'
  | 'runtime'
  | 'internal';

const marker = Symbol.for('kinegraph.error');

/** Parts of a {@link KinegraphError}; the message is `<where>: expected <expected>, got <actual>. <hint>`. */
export interface ErrorParts {
  readonly code: ErrorCode;
  /** The function or scope path that refused, for example `clip` or `stgcnpp/gcn.3.tcn`. */
  readonly where: string;
  /** What would have been right, without the word "expected". */
  readonly expected: string;
  /** What came instead, without the word "got". */
  readonly actual: string;
  /** What the user can do about it: a sentence with its full stop. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * Every error that Kinegraph throws on purpose.
 *
 * Test with {@link KinegraphError.is}, which also works across two installed copies of the library.
 */
export class KinegraphError extends Error {
  override readonly name = 'KinegraphError';
  readonly code: ErrorCode;
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
  readonly hint: string | undefined;

  constructor(parts: ErrorParts) {
    const { where, expected, actual, hint, cause } = parts;
    super(
      `${where}: expected ${expected}, got ${actual}.${hint ? ` ${hint}` : ''}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = parts.code;
    this.where = where;
    this.expected = expected;
    this.actual = actual;
    this.hint = hint;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Whether `error` is a {@link KinegraphError}, optionally with the given code. */
  static is(error: unknown, code?: ErrorCode): error is KinegraphError {
    return (
      typeof error === 'object' &&
      error !== null &&
      (error as Record<symbol, unknown>)[marker] === true &&
      (code === undefined || (error as KinegraphError).code === code)
    );
  }
}

/** Throws an `aborted` {@link KinegraphError} if the signal has fired. */
export function throwIfAborted(signal: AbortSignalLike | undefined, where: string): void {
  if (signal?.aborted) {
    throw new KinegraphError({
      code: 'aborted',
      where,
      expected: 'to finish',
      actual: 'an abort signal',
      cause: signal.reason,
    });
  }
}

/** The part of the standard `AbortSignal` that Kinegraph uses; every host's signal fits. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
