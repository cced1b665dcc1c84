/** Untrusted JSON: parsed without dangerous keys and checked against a schema, with errors that name the field. */
import * as v from 'valibot';
import { shorten } from '../onnx/invalid-bundle.ts';
import { type ErrorCode, KinegraphError } from '../tensor/error.ts';

/** Who reads the JSON, for errors. */
export interface JsonReader {
  readonly where: string;
  readonly code: ErrorCode;
}

/** Keys that reach an object's prototype when a value is copied or merged. */
export const dangerousKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses JSON text and refuses {@link dangerousKeys}, at any depth.
 *
 * @throws with the reader's code
 */
export function parseJson(text: string, reader: JsonReader): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (dangerousKeys.has(key)) {
        throw new KinegraphError({ ...reader, expected: 'keys that are safe to copy', actual: `"${key}"` });
      }
      return value;
    });
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    throw new KinegraphError({
      ...reader,
      expected: 'JSON',
      actual: `${text.length} characters of something else`,
      cause,
    });
  }
}

/**
 * The value, typed, if it fits the schema.
 *
 * @throws with the reader's code and the path of the first field that does not fit
 */
export function checkJson<Output>(
  schema: v.GenericSchema<unknown, Output>,
  value: unknown,
  reader: JsonReader,
): Output {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = shorten(v.getDotPath(issue) ?? 'a value');
  if (issue.expected === 'never') {
    throw new KinegraphError({ ...reader, expected: 'only known fields', actual: `"${path}"` });
  }
  if (issue.received === 'undefined') {
    throw new KinegraphError({ ...reader, expected: `a field "${path}"`, actual: 'none' });
  }
  const rule = issue.kind === 'schema' ? (issue.expected ?? issue.message) : issue.message;
  throw new KinegraphError({ ...reader, expected: `${path}: ${rule}`, actual: shorten(issue.received) });
}
