/** A tensor of a checkpoint: a view of a storage, read when it is wanted. */
import { elementCount, KinegraphError, maxElements, type Tensor, zeros } from '@kinegraph/core';
import type { ElementType } from './element-types.ts';

/** A run of elements that several tensors may share. */
export interface Storage {
  readonly type: ElementType;
  /** Number of elements. */
  readonly length: number;
  /** There once the file has been read as far. */
  bytes?: Uint8Array;
}

/** What a tensor sees of its storage: element `[i, j, ...]` is at `offset + i * strides[0] + j * strides[1] + ...`. */
export interface StorageView {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const maxAxes = 16;

/** A tensor of a checkpoint. */
export class CheckpointTensor {
  readonly shape: readonly number[];
  readonly #view: StorageView;

  /** @throws `invalid-data` for a view that leaves its storage. */
  constructor(view: StorageView) {
    checkView(view);
    this.#view = view;
    this.shape = view.shape;
  }

  /** The name of its element type, for example `float32`. */
  get dtype(): string {
    return this.#view.storage.type.name;
  }

  /** Copies the elements, as float32 whatever they are stored as; float64 and large integers lose digits. */
  read(): Tensor<'float32'> {
    const { storage, offset, shape, strides } = this.#view;
    const { bytes, type } = storage;
    const result = zeros('float32', shape);
    if (result.data.length === 0) return result;
    if (!bytes) throw invalid('the data of its storage', 'none');
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const place = shape.map(() => 0);
    let from = offset;
    for (let to = 0; to < result.data.length; to++) {
      result.data[to] = type.read(data, from * type.bytes);
      // The next place in row-major order, like an odometer.
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const stride = strides[axis] as number;
        place[axis] = (place[axis] as number) + 1;
        from += stride;
        if ((place[axis] as number) < (shape[axis] as number)) break;
        from -= stride * (place[axis] as number);
        place[axis] = 0;
      }
    }
    return result;
  }
}

/** The strides of a dense tensor in row-major order. */
export function denseStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

function checkView({ storage, offset, shape, strides }: StorageView): void {
  const sizes = [offset, ...shape, ...strides];
  const count = elementCount(shape);
  if (shape.length !== strides.length || shape.length > maxAxes || !sizes.every(isSize) || count > maxElements) {
    throw invalid(`an offset, and a shape and strides of at most ${maxAxes} axes`, 'others');
  }
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), offset);
  if (count > 0 && last >= storage.length) {
    throw invalid(`places within the ${storage.length} elements of its storage`, `place ${last}`);
  }
}

const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

function invalid(expected: string, actual: string): KinegraphError {
  const hint = 'The file is damaged.';
  return new KinegraphError({ code: 'invalid-data', where: 'tensor of a checkpoint', expected, actual, hint });
}
