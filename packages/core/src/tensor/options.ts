/** Checks of arguments at run time, for callers whose types are not checked. */
import { KinegraphError } from './error.ts';

/** Throws `invalid-argument` for an option that is not among `known`, usually a typing error, and for what is no object at all. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw badOption(where, `an object with options among ${known.join(', ')}`, `${options}`);
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw badOption(where, `options among ${known.join(', ')}`, `"${unknown}"`);
}

/** Throws `invalid-argument` for what are no bytes: a path, an `ArrayBuffer`, or nothing. */
export function checkBytes(where: string, bytes: Uint8Array): void {
  if (ArrayBuffer.isView(bytes)) return;
  const actual = (bytes as object | undefined) instanceof ArrayBuffer ? 'an ArrayBuffer' : `${bytes}`;
  throw badOption(where, 'the bytes of a file, a Uint8Array', actual);
}

/** An `invalid-argument` error. */
export function badOption(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
