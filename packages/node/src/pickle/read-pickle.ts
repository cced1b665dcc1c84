/** A restricted reader of Python's pickle format, protocols 0 to 5: it builds plain values and calls nothing but what it was given. */
import type { ReadPickleOptions } from './pickle-global.ts';
import { pickleMachine } from './pickle-machine.ts';
import { operations } from './pickle-operations.ts';
import { pickleSource } from './pickle-source.ts';

/**
 * Reads one pickle, which is a program for a stack machine (https://docs.python.org/3/library/pickletools.html). Python would import and
 * call whatever the program names; here a name that is not in `globals` is an error.
 *
 * Integers become numbers where that is exact and bigints elsewhere, `bytes` and `bytearray` views of the file, strings of Python 2
 * Latin-1 text, tuples and lists arrays, dictionaries Maps, sets Sets, None null. A global mentioned as a value is the function of
 * `globals` itself. Values may be shared, and may contain themselves: walk only as deep as you know the data to be.
 *
 * @returns the value, and the position after its last byte.
 * @throws `invalid-data` for a name that is not in `globals`, for a damaged file, and for one that asks for too much.
 */
export function readPickle(
  bytes: Uint8Array,
  options: ReadPickleOptions,
): { readonly value: unknown; readonly next: number } {
  const { offset = 0, where = 'readPickle' } = options;
  const source = pickleSource(where, bytes, offset);
  const machine = pickleMachine(source, options);
  try {
    for (let code = source.unsigned(1); code !== stop; code = source.unsigned(1)) {
      const operation = operations[code];
      if (!operation) throw source.refuse('an opcode of protocols 0 to 5', `0x${code.toString(16)}`, unread);
      operation(machine);
    }
  } catch (cause) {
    // What no Map, Set or text of JavaScript can hold.
    if (cause instanceof RangeError) throw source.refuse('containers of a size that can be read', cause.message);
    throw cause;
  }
  return { value: machine.result(), next: source.position() };
}

const stop = '.'.charCodeAt(0);
const unread = 'Extension registries and buffers outside of the pickle are not read.';
