/** Untrusted JSON, read field by field, with errors that name the file and the field. */
import { readFile, stat } from 'node:fs/promises';
import { KinegraphError } from '@kinegraph/core';

/** A JSON object that is being read. */
export interface JsonRecord {
  /** Where it stands, for errors: a file, or a file and a path such as `clips[3]`. */
  readonly where: string;
  readonly keys: readonly string[];
  /** The value of a key; undefined if there is none. */
  get(key: string): unknown;
  /** Text of 1 to `longest` characters. */
  text(key: string, longest?: number): string;
  /** A whole number of a range. */
  whole(key: string, lowest: number, highest: number): number;
  /** A list of 1 to `longest` items. */
  list(key: string, longest: number): readonly unknown[];
  /** An `invalid-data` error about a key. */
  wrong(key: string, expected: string): KinegraphError;
}

const dangerousKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads a JSON file that holds an object.
 *
 * @param maxBytes larger files are refused unread.
 * @throws `not-found`, `io`, or `invalid-data` for anything but a JSON object, or for a key that reaches an object's prototype.
 */
export async function readJsonFile(path: string, maxBytes: number): Promise<JsonRecord> {
  const size = await fileSize(path);
  if (size > maxBytes) throw invalidData(path, `a JSON file of at most ${maxBytes} bytes`, `${size}`);
  return parseJsonRecord(await readFile(path, 'utf8'), path);
}

/**
 * Parses JSON text that holds an object.
 *
 * @throws `invalid-data` for anything else, or for a key that reaches an object's prototype.
 */
export function parseJsonRecord(text: string, where: string): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(text, (key, item: unknown) => {
      if (dangerousKeys.has(key)) throw invalidData(where, 'keys that are safe to copy', `"${key}"`);
      return item;
    });
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    throw invalidData(where, 'JSON', cause instanceof Error ? cause.message : 'something else');
  }
  return jsonRecord(value, where);
}

/**
 * A parsed value as a record.
 *
 * @throws `invalid-data` unless it is an object.
 */
export function jsonRecord(value: unknown, where: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidData(where, 'a JSON object', describeJson(value));
  }
  const get = (key: string): unknown =>
    Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  const wrong = (key: string, expected: string) => invalidData(where, `${key}: ${expected}`, describeJson(get(key)));
  return {
    where,
    keys: Object.keys(value),
    get,
    wrong,
    text(key, longest = 10_000) {
      const text = get(key);
      if (typeof text !== 'string' || text.length < 1 || text.length > longest) {
        throw wrong(key, `text of 1 to ${longest} characters`);
      }
      return text;
    },
    whole(key, lowest, highest) {
      const number = get(key);
      if (typeof number !== 'number' || !Number.isInteger(number) || number < lowest || number > highest) {
        throw wrong(key, `a whole number from ${lowest} to ${highest}`);
      }
      return number;
    },
    list(key, longest) {
      const list = get(key);
      if (!Array.isArray(list) || list.length < 1 || list.length > longest) {
        throw wrong(key, `a list of 1 to ${longest}`);
      }
      return list;
    },
  };
}

/** The size of a file in bytes; `not-found` or `io` if it cannot be looked at. */
export async function fileSize(path: string): Promise<number> {
  try {
    const entry = await stat(path);
    if (entry.isFile()) return entry.size;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw new KinegraphError({ code: 'io', where: path, expected: 'a file', actual: message, cause });
    }
    throw new KinegraphError({ code: 'not-found', where: path, expected: 'a file', actual: 'nothing of that name' });
  }
  throw new KinegraphError({ code: 'not-found', where: path, expected: 'a file', actual: 'something else' });
}

/** An `invalid-data` error. */
export function invalidData(where: string, expected: string, actual: string, hint?: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-data', where, expected, actual, ...(hint ? { hint } : {}) });
}

/**
 * Runs `make` on what a file holds.
 *
 * @throws `invalid-data` of the file for whatever `make` refuses.
 */
export function asInvalidData<R>(where: string, make: () => R): R {
  try {
    return make();
  } catch (error) {
    if (!KinegraphError.is(error)) throw error;
    const { expected, actual } = error;
    throw new KinegraphError({ code: 'invalid-data', where, expected, actual, cause: error });
  }
}

/** A JSON value in at most 60 characters, for errors. */
function describeJson(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
