/** The error of everything that reads model files. */
import { KinegraphError } from '../tensor/error.ts';

/** An `invalid-bundle` error; `more` holds what helps the user and what caused it. */
export function invalidBundle(
  where: string,
  expected: string,
  actual: string,
  more: { readonly hint?: string; readonly cause?: unknown } = {},
): KinegraphError {
  const parts = { where: shorten(where), expected: shorten(expected), actual: shorten(actual) };
  return new KinegraphError({ code: 'invalid-bundle', ...parts, ...more });
}

/** Text from a file, short enough for a message. */
export function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
