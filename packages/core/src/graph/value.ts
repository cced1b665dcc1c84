/** The immutable node of a computation; a graph is whatever its outputs reach. */
import { KinegraphError } from '../tensor/error.ts';
import { type DType, formatShape, type Tensor } from '../tensor/tensor.ts';
import type { Attributes, Op } from './define-op.ts';

/** Where a value comes from: fed at run time, known now, or computed by an op. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'op'; readonly op: Op; readonly inputs: readonly Value[]; readonly attributes: Attributes };

/** A symbolic tensor: it knows its shape, its element type and what computes it, and owns no memory. */
export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly source: Source;
  /** Name of the input or parameter that this value was last computed from; it locates errors. */
  readonly path: string;
}

/**
 * A leading size that stands for "any batch" in inference graphs.
 *
 * To code that builds graphs it is a number like any other (a large prime, so that its multiples stay recognizable);
 * {@link toOnnx} writes it as the symbolic dimension `batch`.
 */
export const symbolicBatch = 2_097_143;

/** Whether a size is a multiple of {@link symbolicBatch}. */
export function isSymbolic(size: number): boolean {
  return size >= symbolicBatch && size % symbolicBatch === 0;
}

/** `[batch, 64, 25]` or `[2*batch, 64]` for error messages and model inputs. */
export function describeShape(shape: readonly number[]): string {
  return formatShape(shape.map(symbolicSize));
}

/** The size as a number, or `batch` / `2*batch` if it is symbolic. */
export function symbolicSize(size: number): number | string {
  if (!isSymbolic(size)) return size;
  return size === symbolicBatch ? 'batch' : `${size / symbolicBatch}*batch`;
}

/** A value that is fed at run time, or becomes an initializer if {@link toOnnx} is given weights of its name. */
export function input(name: string, shape: readonly number[], dtype: DType = 'float32'): Value {
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where: `input ${name}`,
      expected: 'sizes that are whole numbers of at least 0',
      actual: describeShape(shape),
    });
  }
  return { shape: [...shape], dtype, source: { kind: 'input', name }, path: name };
}

/** A value that is known while the graph is built. A number becomes a float32 scalar. */
export function constant(value: Tensor | number): Value {
  const tensor: Tensor =
    typeof value === 'number' ? { dtype: 'float32', shape: [], data: Float32Array.of(value) } : value;
  return { shape: tensor.shape, dtype: tensor.dtype, source: { kind: 'constant', tensor }, path: '' };
}
