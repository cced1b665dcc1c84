/** Converts between the ONNX `TensorProto` and Kinegraph's tensor record, checking every declared size. */
import { create } from '@bufbuild/protobuf';
import { type DataOf, type DType, elementCount, maxElements, type Tensor, tensor } from '../tensor/tensor.ts';
import { invalidBundle } from './invalid-bundle.ts';
import {
  TensorProto_DataType as DataType,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './onnx_pb.ts';

/** The ONNX number of each {@link DType}. */
export const dataTypeOf: Readonly<Record<DType, DataType>> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  int32: DataType.INT32,
  int64: DataType.INT64,
  uint8: DataType.UINT8,
  bool: DataType.BOOL,
};

const dtypes = new Map(Object.entries(dataTypeOf).map(([dtype, dataType]) => [dataType as number, dtype as DType]));

/** The {@link DType} of an ONNX element type, or undefined for those that Kinegraph does not move. */
export function dtypeOf(dataType: number): DType | undefined {
  return dtypes.get(dataType);
}

/** Bytes of one element, for every ONNX type of fixed size: a graph may hold constants that Kinegraph itself never reads. */
const elementBytes = new Map<number, number>([
  [DataType.FLOAT, 4],
  [DataType.UINT8, 1],
  [DataType.INT8, 1],
  [DataType.UINT16, 2],
  [DataType.INT16, 2],
  [DataType.INT32, 4],
  [DataType.INT64, 8],
  [DataType.BOOL, 1],
  [DataType.FLOAT16, 2],
  [DataType.DOUBLE, 8],
  [DataType.UINT32, 4],
  [DataType.UINT64, 8],
  [DataType.BFLOAT16, 2],
]);

/** More axes than any operator of ONNX Runtime takes. */
const maxRank = 16;

/**
 * An ONNX tensor with little-endian `raw_data` that shares the memory of the tensor.
 *
 * @param name - the initializer's name; empty for an attribute
 */
export function toTensorProto(name: string, source: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: source.shape.map(BigInt),
    dataType: dataTypeOf[source.dtype],
    rawData: bytesOf(source),
  });
}

/**
 * Reads an ONNX tensor from `raw_data` or from the typed fields; aligned raw data is shared, not copied.
 *
 * @throws `invalid-bundle` as {@link checkTensorProto} does, and if the element type is not a {@link DType}.
 */
export function fromTensorProto(proto: TensorProto): Tensor {
  const shape = checkTensorProto(proto);
  const dtype = dtypeOf(proto.dataType);
  if (!dtype) {
    const expected = `an element type among ${Object.keys(dataTypeOf).join(', ')}`;
    throw invalidBundle(`tensor "${proto.name}"`, expected, `ONNX type ${proto.dataType}`);
  }
  if (proto.rawData.length > 0) return tensorFromBytes(dtype, shape, proto.rawData);
  switch (dtype) {
    case 'float32':
      return tensor(dtype, shape, Float32Array.from(proto.floatData));
    case 'float16':
      return tensor(dtype, shape, Uint16Array.from(proto.int32Data));
    case 'int32':
      return tensor(dtype, shape, Int32Array.from(proto.int32Data));
    case 'int64':
      return tensor(dtype, shape, BigInt64Array.from(proto.int64Data));
    case 'uint8':
    case 'bool':
      return tensor(dtype, shape, Uint8Array.from(proto.int32Data));
  }
}

/**
 * Checks an ONNX tensor without touching its data, and returns its shape.
 *
 * @throws `invalid-bundle` if the data lies outside the file, the shape is not addressable, or the length of the data is not what
 * element type and shape need.
 */
export function checkTensorProto(proto: TensorProto): readonly number[] {
  const { name, dataType, dims, rawData, floatData, int32Data, int64Data } = proto;
  const where = `tensor "${name}"`;
  if (proto.dataLocation !== TensorProto_DataLocation.DEFAULT || proto.externalData.length > 0) {
    throw invalidBundle(where, 'data inside the file', 'external data', { hint: 'Save the model as one file.' });
  }
  const bytesPerElement = elementBytes.get(dataType);
  if (bytesPerElement === undefined) throw invalidBundle(where, 'a numeric element type', `ONNX type ${dataType}`);

  const shape = dims.map(Number);
  const declared = `[${dims.slice(0, maxRank).join(', ')}]`;
  if (shape.length > maxRank) throw invalidBundle(where, `at most ${maxRank} axes`, `${shape.length}`);
  if (shape.some((size) => size < 0 || size > maxElements) || elementCount(shape) > maxElements) {
    throw invalidBundle(where, `sizes of at least 0 and at most ${maxElements} elements`, declared);
  }

  const typed = dataType === DataType.FLOAT ? floatData : dataType === DataType.INT64 ? int64Data : int32Data;
  const listed = floatData.length + int32Data.length + int64Data.length;
  if (listed > typed.length || (listed > 0 && rawData.length > 0)) {
    throw invalidBundle(where, 'all data in the field of its element type', 'data in another or in several');
  }
  const needed = elementCount(shape) * bytesPerElement;
  const found = rawData.length + listed * bytesPerElement;
  if (found !== needed) throw invalidBundle(where, `${needed} bytes of data for its shape ${declared}`, `${found}`);
  return shape;
}

/** The memory of a tensor as bytes: little endian, as all hosts of ONNX Runtime are. */
export function bytesOf({ data }: Tensor): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/**
 * A tensor over little-endian bytes, copied only where they are not aligned.
 *
 * @throws `invalid-shape` if there are not as many as the shape needs.
 */
export function tensorFromBytes<D extends DType>(dtype: D, shape: readonly number[], bytes: Uint8Array): Tensor<D> {
  const Data: ArrayType<D> = arrayTypes[dtype];
  const size = Data.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return tensor(dtype, shape, new Data(buffer, byteOffset, byteLength / size));
}

interface ArrayType<D extends DType> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): DataOf[D];
}

const arrayTypes: { readonly [D in DType]: ArrayType<D> } = {
  float32: Float32Array,
  float16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};
