/** The tensor record that crosses every boundary of the SDK: plain data, no methods. */
import { KinegraphError } from './error.ts';

/** Element types that Kinegraph moves between host and runtime. `bool` is one byte an element; `float16` is raw bits. */
export type DType = 'float32' | 'float16' | 'int32' | 'int64' | 'uint8' | 'bool';

/** The typed array behind each {@link DType}. */
export interface DataOf {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly bool: Uint8Array;
}

/** A dense array in row-major order. */
export type Tensor<D extends DType = DType> = {
  [K in D]: { readonly dtype: K; readonly shape: readonly number[]; readonly data: DataOf[K] };
}[D];

const constructors = {
  float32: Float32Array,
  float16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** The largest number of elements of one tensor: 2^31 - 1, what every runtime can index. */
export const maxElements = 2 ** 31 - 1;

/** Number of elements of a shape; the empty shape is a scalar with one. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** Throws unless every size is a whole number of at least zero and the product is addressable. */
export function checkShape(where: string, shape: readonly number[]): void {
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where,
      expected: 'sizes that are whole numbers of at least 0',
      actual: `[${shape.join(', ')}]`,
    });
  }
  if (elementCount(shape) > maxElements) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where,
      expected: `at most ${maxElements} elements`,
      actual: `[${shape.join(', ')}]`,
      hint: 'Use a smaller batch or fewer frames.',
    });
  }
}

/**
 * Makes a tensor over existing data, without copying.
 *
 * @throws `invalid-shape` if the data's length is not the product of the shape.
 */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): Tensor<D> {
  checkShape('tensor', shape);
  if (data.length !== elementCount(shape)) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where: 'tensor',
      expected: `${elementCount(shape)} elements for shape [${shape.join(', ')}]`,
      actual: `${data.length}`,
    });
  }
  return { dtype, shape, data } as unknown as Tensor<D>;
}

/** A tensor of zeros. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
  checkShape('zeros', shape);
  return { dtype, shape, data: new constructors[dtype](elementCount(shape)) } as unknown as Tensor<D>;
}

/** A float32 tensor with every element set to `value`. */
export function filled(shape: readonly number[], value: number): Tensor<'float32'> {
  const result = zeros('float32', shape);
  result.data.fill(value);
  return result;
}

/** A float32 tensor from numbers; the shape defaults to one axis. */
export function float32(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor<'float32'> {
  return tensor('float32', shape, Float32Array.from(values));
}

/** An int64 tensor from whole numbers; the shape defaults to one axis. */
export function int64(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor<'int64'> {
  return tensor('int64', shape, BigInt64Array.from(Array.from(values, BigInt)));
}

/** `[2, 3, 64]` for error messages. */
export function formatShape(shape: readonly (number | string)[]): string {
  return `[${shape.join(', ')}]`;
}
