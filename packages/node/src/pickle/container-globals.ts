/** Globals by which pickles write plain containers: sets and bytes in the older protocols, and ordered dictionaries. */
import { KinegraphError } from '@kinegraph/core';
import type { PickleGlobal, PickleObject } from './pickle-global.ts';
import { kindOf } from './pickle-machine.ts';

/** A dictionary whose attributes are let go; PyTorch gives state dicts a `_metadata` that only its module classes read. */
class OrderedDict extends Map<unknown, unknown> implements PickleObject {
  setState(): void {}
}

/** Old protocols have no opcode for bytes and write `_codecs.encode(text, 'latin1')`. */
const encode: PickleGlobal = (text, encoding) => {
  const isLatin = encoding === 'latin1' || encoding === 'latin-1';
  if (typeof text !== 'string' || !isLatin) throw refuse('_codecs.encode', 'text in latin1', kindOf(text));
  return new Uint8Array(Buffer.from(text, 'latin1'));
};

const bytes: PickleGlobal = (source, encoding) => {
  if (source === undefined) return new Uint8Array(0);
  if (encoding !== undefined) return encode(source, encoding);
  if (source instanceof Uint8Array) return source;
  throw refuse('bytes', 'bytes', kindOf(source));
};

const set: PickleGlobal = (members = []) => {
  if (Array.isArray(members)) return new Set(members);
  throw refuse('set', 'a list', kindOf(members));
};

const orderedDict: PickleGlobal = (entries = []) => {
  if (Array.isArray(entries) && entries.every((entry) => Array.isArray(entry) && entry.length === 2)) {
    return new OrderedDict(entries as [unknown, unknown][]);
  }
  throw refuse('OrderedDict', 'pairs', kindOf(entries));
};

/** The globals of plain containers, for `readPickle`. */
export const containerGlobals: Readonly<Record<string, PickleGlobal>> = {
  '_codecs.encode': encode,
  'builtins.bytes': bytes,
  '__builtin__.bytes': bytes,
  'builtins.bytearray': bytes,
  '__builtin__.bytearray': bytes,
  'builtins.set': set,
  '__builtin__.set': set,
  'builtins.frozenset': set,
  '__builtin__.frozenset': set,
  'collections.OrderedDict': orderedDict,
};

function refuse(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-data', where, expected, actual });
}
