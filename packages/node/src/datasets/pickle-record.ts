/** Dictionaries of untrusted pickles, read key by key, with errors that name the file and the key. */
import { invalidData } from './json-record.ts';
import { NumpyArray } from './numpy-globals.ts';

/** A dictionary that is being read. */
export interface PickleRecord {
  /** Where it stands, for errors: a file, or a file and a path such as `annotations[3]`. */
  readonly where: string;
  readonly keys: readonly string[];
  /** The value of a key; undefined if there is none. */
  get(key: string): unknown;
  text(key: string): string;
  /** A whole number from 0 to `highest`. */
  whole(key: string, highest: number): number;
  list(key: string): readonly unknown[];
  /** An array with so many axes. */
  array(key: string, axes: number): NumpyArray;
}

const longestText = 1000;

/**
 * A value of a pickle as a record.
 *
 * @throws `invalid-data` unless it is a dictionary.
 */
export function pickleRecord(value: unknown, where: string): PickleRecord {
  if (!(value instanceof Map)) throw invalidData(where, 'a dictionary', describe(value));
  const wrong = (key: string, expected: string) => invalidData(where, `${key}: ${expected}`, describe(value.get(key)));
  return {
    where,
    keys: [...value.keys()].filter((key) => typeof key === 'string'),
    get: (key) => value.get(key),
    text(key) {
      const text: unknown = value.get(key);
      if (typeof text === 'string' && text !== '' && text.length <= longestText) return text;
      throw wrong(key, `text of 1 to ${longestText} characters`);
    },
    whole(key, highest) {
      const number: unknown = value.get(key);
      if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= highest) return number;
      throw wrong(key, `a whole number from 0 to ${highest}`);
    },
    list(key) {
      const list: unknown = value.get(key);
      if (Array.isArray(list)) return list;
      throw wrong(key, 'a list');
    },
    array(key, axes) {
      const array: unknown = value.get(key);
      if (array instanceof NumpyArray && array.shape.length === axes) return array;
      throw wrong(key, `a numpy array with ${axes} axes`);
    },
  };
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (value instanceof NumpyArray) return `one of shape [${value.shape}]`;
  if (value instanceof Map) return 'a dictionary';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'something else' : String(value).slice(0, 60);
}
