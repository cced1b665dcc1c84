/** Carries errors across a structured clone, which keeps neither the class nor the code of an error. */
import { type ErrorParts, KinegraphError } from '../tensor/error.ts';

/** A {@link KinegraphError} as plain data. */
export type Failure = Omit<ErrorParts, 'cause'> & { readonly cause?: string };

/** The outcome of a call on the other side. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** Settles `work` into a reply; never rejects. */
export async function replyOf<T>(where: string, work: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, failure: failureOf(where, error) };
  }
}

/**
 * The value of a reply.
 *
 * @throws the error of the other side, with its code and message, and its stack as the cause
 */
export function unwrap<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value;
  throw new KinegraphError(reply.failure);
}

function failureOf(where: string, error: unknown): Failure {
  const cause = error instanceof Error ? (error.stack ?? error.message) : `${error}`;
  if (KinegraphError.is(error)) {
    const { code, expected, actual, hint } = error;
    return { code, where: error.where, expected, actual, cause, ...(hint !== undefined && { hint }) };
  }
  return { code: 'internal', where, expected: 'the runtime to answer', actual: `${error}`, cause };
}
