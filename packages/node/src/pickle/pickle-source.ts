/** Bounded reading of the arguments of pickle opcodes: every length is checked before anything is made of it. */
import { KinegraphError } from '@kinegraph/core';

/** The longest integer of a pickle that is read; more bytes are no number that a data file needs. */
const maxIntegerBytes = 1024;
/** The longest line of a text opcode other than a string's. */
const maxNumberLine = 2500;
const newline = 0x0a;

/** A position in the bytes of a pickle. */
export interface PickleSource {
  /** Of the whole file. */
  readonly length: number;
  /** Where the next read starts. */
  readonly position: () => number;
  /** A number of one to eight bytes, little endian, without sign. */
  readonly unsigned: (size: number) => number;
  /** An integer of `size` bytes, little endian, two's complement: a number if it is safe, a bigint otherwise. */
  readonly integer: (size: number) => number | bigint;
  /** Eight bytes, big endian. */
  readonly float: () => number;
  /** Throws unless so many bytes follow. */
  readonly expect: (length: number) => void;
  /** A view of the next bytes. */
  readonly bytes: (length: number) => Uint8Array;
  /** The next bytes as Latin-1 text. */
  readonly latin1: (length: number) => string;
  /** UTF-8, in which Python may leave lone surrogates; they become U+FFFD. */
  readonly text: (length: number) => string;
  /** Bytes up to the next line end, which is skipped, as Latin-1. */
  readonly line: () => string;
  /** A line that holds a number. */
  readonly numberLine: () => string;
  /** An error at the last opcode. */
  readonly refuse: (expected: string, actual: string, hint?: string) => KinegraphError;
}

/** Starts reading at `offset`. */
export function pickleSource(where: string, bytes: Uint8Array, offset: number): PickleSource {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = offset;

  const refuse = (expected: string, actual: string, hint?: string) =>
    new KinegraphError({
      code: 'invalid-data',
      where: `${where}: pickle byte ${position}`,
      expected,
      actual,
      ...(hint ? { hint } : {}),
    });

  const expect = (length: number): void => {
    const rest = bytes.length - position;
    if (length > rest) throw refuse(`${length} more bytes`, `${rest}`, 'The file has been cut short or damaged.');
  };

  /** Moves on by `length` and returns where it was. */
  const take = (length: number): number => {
    expect(length);
    position += length;
    return position - length;
  };

  const line = (): string => {
    const end = bytes.indexOf(newline, position);
    if (end < 0) throw refuse('a line end', 'none', 'The file has been cut short or damaged.');
    const text = buffer.toString('latin1', position, end);
    position = end + 1;
    return text;
  };

  return {
    length: bytes.length,
    position: () => position,
    unsigned(size) {
      const start = take(size);
      if (size === 1) return view.getUint8(start);
      if (size === 2) return view.getUint16(start, true);
      if (size === 4) return view.getUint32(start, true);
      const value = Number(view.getBigUint64(start, true));
      if (!Number.isSafeInteger(value)) throw refuse('a length that a file can have', `${value}`);
      return value;
    },
    integer(size) {
      if (size > maxIntegerBytes) throw refuse(`an integer of at most ${maxIntegerBytes} bytes`, `${size}`);
      const start = take(size);
      if (size === 0) return 0;
      const digits = Buffer.from(bytes.subarray(start, start + size))
        .reverse()
        .toString('hex');
      const value = BigInt.asIntN(size * 8, BigInt(`0x${digits}`));
      return narrow(value);
    },
    float: () => view.getFloat64(take(8), false),
    expect,
    bytes(length) {
      const start = take(length);
      return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
    },
    latin1(length) {
      const start = take(length);
      return buffer.toString('latin1', start, start + length);
    },
    text(length) {
      const start = take(length);
      return utf8.decode(bytes.subarray(start, start + length));
    },
    line,
    numberLine() {
      const text = line();
      if (text.length <= maxNumberLine) return text;
      throw refuse(`a number of at most ${maxNumberLine} digits`, `${text.length}`);
    },
    refuse,
  };
}

/** A number where that is exact. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
