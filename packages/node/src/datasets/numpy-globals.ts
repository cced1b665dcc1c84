/** numpy's arrays, types and numbers inside of pickles, as `readPickle` builds them. */
import type { PickleGlobal, PickleObject } from '../pickle/pickle-global.ts';
import { invalidData } from './json-record.ts';

/** How the numbers of a type are read from bytes. */
type ReadNumber = (view: DataView, offset: number, little: boolean) => number;

const readers: Readonly<Record<string, ReadNumber>> = {
  f2: (view, offset, little) => float16(view.getUint16(offset, little)),
  f4: (view, offset, little) => view.getFloat32(offset, little),
  f8: (view, offset, little) => view.getFloat64(offset, little),
  i1: (view, offset) => view.getInt8(offset),
  i2: (view, offset, little) => view.getInt16(offset, little),
  i4: (view, offset, little) => view.getInt32(offset, little),
  i8: (view, offset, little) => Number(view.getBigInt64(offset, little)),
  u1: (view, offset) => view.getUint8(offset),
  u2: (view, offset, little) => view.getUint16(offset, little),
  u4: (view, offset, little) => view.getUint32(offset, little),
  u8: (view, offset, little) => Number(view.getBigUint64(offset, little)),
  b1: (view, offset) => view.getUint8(offset),
};

/** A `numpy.dtype` of numbers. */
class NumpyType implements PickleObject {
  readonly size: number;
  readonly read: ReadNumber;
  little = true;

  constructor(code: unknown) {
    const read = typeof code === 'string' && Object.hasOwn(readers, code) ? readers[code] : undefined;
    if (!read) throw invalidData('numpy.dtype', `numbers: ${Object.keys(readers).join(', ')}`, shown(code));
    this.read = read;
    this.size = Number((code as string).slice(1));
  }

  /** `(version, byte order, ...)`; what follows belongs to records and text. */
  setState(state: unknown): void {
    const order = Array.isArray(state) ? state[1] : undefined;
    if (!['<', '>', '=', '|'].includes(order)) throw invalidData('numpy.dtype', 'a byte order', shown(order));
    this.little = order !== '>';
  }
}

/** A `numpy.ndarray` of numbers. */
export class NumpyArray implements PickleObject {
  shape: readonly number[] = [];
  #type = new NumpyType('f4');
  #bytes: Uint8Array = new Uint8Array(0);
  #fortran = false;

  /** `(version, shape, type, whether the first axis runs fastest, bytes)` */
  setState(state: unknown): void {
    const [, shape, type, fortran, bytes] = Array.isArray(state) ? state : [];
    if (!Array.isArray(shape) || shape.length > 32 || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
      throw invalidData('numpy.ndarray', 'a shape of whole numbers', shown(shape));
    }
    if (!(type instanceof NumpyType)) throw invalidData('numpy.ndarray', 'a type of numbers', shown(type));
    if (!(bytes instanceof Uint8Array)) throw invalidData('numpy.ndarray', 'its numbers as bytes', shown(bytes));
    const expected = shape.reduce((product, n) => product * n, type.size);
    if (bytes.length !== expected)
      throw invalidData(`numpy.ndarray [${shape}]`, `${expected} bytes`, `${bytes.length}`);
    this.shape = shape;
    this.#type = type;
    this.#bytes = bytes;
    this.#fortran = fortran === true || fortran === 1;
  }

  /** All numbers, the last axis running fastest. */
  floats(): Float32Array {
    const { read, size, little } = this.#type;
    const { buffer, byteOffset, length } = this.#bytes;
    const view = new DataView(buffer, byteOffset, length);
    const floats = new Float32Array(length / size);
    const place = this.#fortran ? fortranPlace(this.shape) : (index: number) => index;
    for (let i = 0; i < floats.length; i++) floats[i] = read(view, place(i) * size, little);
    return floats;
  }
}

/** From a position where the last axis runs fastest to the one where the first does. */
function fortranPlace(shape: readonly number[]): (index: number) => number {
  return (index) => {
    let rest = index;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      place = place * size + (rest % size);
      rest = Math.floor(rest / size);
    }
    return place;
  };
}

const reconstruct: PickleGlobal = () => new NumpyArray();

const fromBuffer: PickleGlobal = (bytes, type, shape, order) => {
  const array = new NumpyArray();
  array.setState([1, shape, type, order === 'F', bytes]);
  return array;
};

const scalar: PickleGlobal = (type, bytes) => {
  const array = new NumpyArray();
  array.setState([1, [], type, false, bytes]);
  return array.floats()[0];
};

const mentioned: PickleGlobal = () => {
  throw invalidData('numpy.ndarray', 'an array with its numbers', 'one without');
};

/** The globals of numpy 1 and 2 that arrays of numbers are made of, for `readPickle`. */
export const numpyGlobals: Readonly<Record<string, PickleGlobal>> = {
  'numpy.dtype': (code) => new NumpyType(code),
  'numpy.ndarray': mentioned,
  ...Object.fromEntries(
    ['numpy.core', 'numpy._core'].flatMap((core) => [
      [`${core}.multiarray._reconstruct`, reconstruct],
      [`${core}.multiarray.scalar`, scalar],
      [`${core}.numeric._frombuffer`, fromBuffer],
    ]),
  ),
};

let halves: Float32Array | undefined;

/** A half-precision number (IEEE 754 binary16) by its bits, from a table of all of them. */
function float16(bits: number): number {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, i) => {
    const sign = i < 0x8000 ? 1 : -1;
    const exponent = (i >> 10) & 0x1f;
    const fraction = i & 0x3ff;
    if (exponent === 0x1f) return fraction ? Number.NaN : sign * Infinity;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
  return halves[bits] as number;
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  const text = typeof value === 'object' && value !== null ? 'something else' : String(value);
  return text.slice(0, 60);
}
