import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KinegraphError } from '../tensor/error.ts';
import { type DataOf, type DType, float32, type Tensor, tensor } from '../tensor/tensor.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

/** A file with the given header and data bytes. */
function file(header: string | object, data: ArrayLike<number> = []): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const arbitrary: { [D in DType]: (length: number) => fc.Arbitrary<DataOf[D]> } = {
  float32: (length) => fc.float32Array({ minLength: length, maxLength: length }),
  float16: (length) => fc.uint16Array({ minLength: length, maxLength: length }),
  int32: (length) => fc.int32Array({ minLength: length, maxLength: length }),
  int64: (length) => fc.bigInt64Array({ minLength: length, maxLength: length }),
  uint8: (length) => fc.uint8Array({ minLength: length, maxLength: length }),
  bool: (length) => fc.uint8Array({ minLength: length, maxLength: length, max: 1 }),
};

const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...(Object.keys(arbitrary) as DType[])), fc.array(fc.nat(3), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return (arbitrary[dtype](length) as fc.Arbitrary<DataOf[DType]>).map((data) => tensor<DType>(dtype, shape, data));
  });

const anyName = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((name) => !['__proto__', 'constructor', 'prototype', '__metadata__'].includes(name));

const two = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

describe('safetensors', () => {
  it('reads what the specification shows', () => {
    const data = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
    const header = {
      __metadata__: { format: 'pt' },
      'fc.bias': { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
      'fc.weight': { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
    };
    const { tensors, metadata } = readSafetensors(file(header, data));
    expect([...tensors]).toEqual([
      ['fc.weight', float32([1, 2], [1, 2])],
      ['fc.bias', float32([3], [1])],
    ]);
    expect(metadata).toEqual({ format: 'pt' });
  });

  it('reads what it writes', () => {
    const names = fc.dictionary(anyName, anyTensor, { maxKeys: 8 });
    fc.assert(
      fc.property(names, fc.dictionary(anyName, fc.string(), { maxKeys: 3 }), (weights, notes) => {
        const read = readSafetensors(writeSafetensors(new Map(Object.entries(weights)), notes));
        expect(new Map([...read.tensors].sort())).toEqual(new Map(Object.entries(weights).sort()));
        expect(read.metadata).toEqual({ ...notes });
      }),
    );
  });

  it('aligns every tensor, so that reading copies nothing', () => {
    const weights = { flag: tensor('bool', [1], Uint8Array.of(1)), step: tensor('int64', [1], BigInt64Array.of(7n)) };
    const bytes = writeSafetensors(weights);
    for (const { data } of readSafetensors(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
  });

  it('reads data at any alignment', () => {
    const header = { a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] }, b: { ...two, data_offsets: [1, 9] } };
    const data = [5, ...new Uint8Array(Float32Array.of(1, 2).buffer)];
    expect(readSafetensors(file(header, data)).tensors.get('b')).toEqual(float32([1, 2]));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /at least 8 bytes, got 0/],
    ['a header of 2^63 bytes', file('{}').fill(0x7f, 7, 8), /got \d{19} bytes of header/],
    ['a header beyond the end', file('{}').slice(0, 9), /within the 9 bytes/],
    ['a list', file('[]', [1]), /0 bytes of data, got 1/],
    ['no JSON', file('hello'), /expected JSON/],
    ['no UTF-8', file('{"\xff": 1}').fill(0xff, 10, 11), /UTF-8/],
    ['10 GB with 8 bytes', file({ w: { ...two, shape: [2_500_000_000] } }, Array(8).fill(0)), /shape\.0/],
    [
      '8 GB with 8 bytes',
      file({ w: { ...two, shape: [2_000_000_000] } }, Array(8).fill(0)),
      /bytes 0 to 8000000000 of 8/,
    ],
    ['data that is missing', file({ w: two }, [0, 0]), /bytes 0 to 8 of 2/],
    ['data that nobody owns', file({ w: two }, Array(9).fill(0)), /8 bytes of data, got 9/],
    ['a gap', file({ w: { ...two, data_offsets: [1, 9] } }, Array(9).fill(0)), /bytes 0 to 8 of 9, got 1 to 9/],
    ['an overlap', file({ v: two, w: two }, Array(8).fill(0)), /bytes 8 to 16 of 8, got 0 to 8/],
    ['a negative offset', file({ w: { ...two, data_offsets: [-8, 0] } }), /data_offsets\.0/],
    ['an unknown field', file({ w: { ...two, path: '/etc/passwd' } }), /only known fields, got "path"/],
    ['__proto__', file('{"__proto__": {}}'), /safe to copy/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message);
    expect(() => readSafetensors(bytes)).toThrow(expect.objectContaining({ code: 'invalid-data' }));
  });

  it('refuses what are no bytes', () => {
    const read = () => readSafetensors(undefined as never);
    expect(read).toThrow('readSafetensors: expected the bytes of a file, a Uint8Array, got undefined.');
  });

  it('says which element types it knows', () => {
    const header = { w: { dtype: 'BF16', shape: [1], data_offsets: [0, 2] } };
    expect(() => readSafetensors(file(header, [0, 0]))).toThrow('among F32, F16, I32, I64, U8, BOOL, got BF16');
  });

  it('refuses reserved names on writing', () => {
    expect(() => writeSafetensors({ __metadata__: float32([1]) })).toThrow('got "__metadata__"');
    expect(() => writeSafetensors(new Map([['__proto__', float32([1])]]))).toThrow('got "__proto__"');
  });

  it('gives one kind of error for damaged files', () => {
    const bytes = writeSafetensors({ a: float32([1, 2]), b: tensor('uint8', [3], Uint8Array.of(1, 2, 3)) });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (position, value, cut) => {
        try {
          readSafetensors(cut ? bytes.slice(0, position) : bytes.with(position, value));
        } catch (error) {
          expect(KinegraphError.is(error)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
