import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DType, float32, type Tensor, tensor } from '../tensor/tensor.ts';
import { TensorProto_DataType as DataType, TensorProto_DataLocation, TensorProtoSchema } from './onnx_pb.ts';
import { checkTensorProto, dataTypeOf, dtypeOf, fromTensorProto, tensorFromBytes, toTensorProto } from './tensors.ts';

const samples: Tensor[] = [
  float32([1.5, -0, Number.NaN, 3e38, 1e-40, 6], [2, 3]),
  tensor('float16', [2], Uint16Array.of(0x3c00, 0xfbff)),
  tensor('int32', [1, 3], Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1)),
  tensor('int64', [2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)),
  tensor('uint8', [], Uint8Array.of(255)),
  tensor('bool', [2], Uint8Array.of(0, 1)),
  tensor('float32', [0, 4], new Float32Array()),
];

describe('toTensorProto and fromTensorProto', () => {
  it.each(samples)('keep $dtype $shape through the bytes of a file', (sample) => {
    const bytes = toBinary(TensorProtoSchema, toTensorProto('w', sample));
    const proto = fromBinary(TensorProtoSchema, bytes);
    expect(proto.name).toBe('w');
    expect(fromTensorProto(proto)).toEqual(sample);
  });

  it('share memory where the data is aligned', () => {
    const source = float32([1, 2]);
    expect(toTensorProto('w', source).rawData.buffer).toBe(source.data.buffer);
    expect(fromTensorProto(toTensorProto('w', source)).data.buffer).toBe(source.data.buffer);
  });

  it('read data at any offset', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.float32Array({ maxLength: 20 }), (offset, values) => {
        const bytes = new Uint8Array(offset + values.byteLength);
        bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
        expect(tensorFromBytes('float32', [values.length], bytes.subarray(offset)).data).toEqual(values);
      }),
    );
  });

  it.each<[DType, object, Tensor]>([
    ['float32', { floatData: [0.5, -1] }, float32([0.5, -1])],
    ['float16', { int32Data: [0x3c00, 0xfbff] }, tensor('float16', [2], Uint16Array.of(0x3c00, 0xfbff))],
    ['int32', { int32Data: [-1, 7] }, tensor('int32', [2], Int32Array.of(-1, 7))],
    ['int64', { int64Data: [-1n, 7n] }, tensor('int64', [2], BigInt64Array.of(-1n, 7n))],
    ['uint8', { int32Data: [0, 255] }, tensor('uint8', [2], Uint8Array.of(0, 255))],
    ['bool', { int32Data: [0, 1] }, tensor('bool', [2], Uint8Array.of(0, 1))],
  ])('read %s from the typed fields', (dtype, fields, expected) => {
    const proto = create(TensorProtoSchema, { dims: [2n], dataType: dataTypeOf[dtype], ...fields });
    expect(fromTensorProto(proto)).toEqual(expected);
  });

  it('know every element type by its ONNX number', () => {
    for (const [dtype, dataType] of Object.entries(dataTypeOf)) expect(dtypeOf(dataType)).toBe(dtype);
    expect(dtypeOf(DataType.DOUBLE)).toBeUndefined();
  });
});

describe('checkTensorProto', () => {
  const proto = (fields: object) =>
    create(TensorProtoSchema, { name: 'w', dataType: DataType.FLOAT, dims: [2n], ...fields });

  it.each<[string, object, RegExp]>([
    ['10 GB with a few bytes', { dims: [2_500_000_000n], rawData: new Uint8Array(8) }, /at most 2147483647 elements/],
    ['8 GB with a few bytes', { dims: [2_000_000_000n], rawData: new Uint8Array(8) }, /8000000000 bytes .* got 8/],
    ['a product that overflows', { dims: Array(8).fill(2n ** 31n - 1n) }, /at most 2147483647 elements/],
    ['a negative size', { dims: [-1n] }, /sizes of at least 0/],
    ['too few bytes', { rawData: new Uint8Array(7) }, /8 bytes .* got 7/],
    ['no data', {}, /8 bytes .* got 0/],
    ['too many axes', { dims: Array(17).fill(1n), rawData: new Uint8Array(4) }, /at most 16 axes/],
    ['data in two fields', { floatData: [1, 2], rawData: new Uint8Array(8) }, /in another or in several/],
    ['data in the wrong field', { int64Data: [1n, 2n] }, /in another or in several/],
    ['strings', { dataType: DataType.STRING }, /numeric element type/],
    ['an unknown type', { dataType: 99 }, /numeric element type, got ONNX type 99/],
    ['an external location', { dataLocation: TensorProto_DataLocation.EXTERNAL }, /external data\. Save the model/],
    ['an external path', { externalData: [{ key: 'location', value: '/etc/passwd' }] }, /got external data/],
  ])('refuses %s', (_, fields, message) => {
    expect(() => checkTensorProto(proto(fields))).toThrow(message);
    expect(() => checkTensorProto(proto(fields))).toThrow(expect.objectContaining({ code: 'invalid-bundle' }));
  });

  it('accepts types that only the graph uses, which fromTensorProto refuses', () => {
    const double = proto({ dataType: DataType.DOUBLE, rawData: new Uint8Array(16) });
    expect(checkTensorProto(double)).toEqual([2]);
    expect(() => fromTensorProto(double)).toThrow('ONNX type 11');
  });
});
