/** Moves tensors between threads: whole buffers are given away, and what the caller keeps is copied first. */
import type { Tensor } from '../tensor/tensor.ts';

/** A record of tensors, by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Marks the memory of a message as given away rather than copied; `transfer` of comlink fits. */
export type Transfer = <T extends object>(message: T, buffers: ArrayBuffer[]) => T;

/** Copies of the tensors, each alone in its memory: a view into a large array would drag all of that array along. */
export function copyTensors(tensors: Tensors): Tensors {
  const copies = Object.entries(tensors).map(([name, tensor]) => [
    name,
    // What is no tensor travels as it is; the feed checks on the other side name it.
    ArrayBuffer.isView(tensor?.data) ? { ...tensor, data: tensor.data.slice() } : tensor,
  ]);
  return Object.fromEntries(copies) as Tensors;
}

/** The memory behind the tensors, each buffer once. */
export function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = new Set(Object.values(tensors).map((tensor) => tensor?.data?.buffer));
  return [...buffers].filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer);
}
