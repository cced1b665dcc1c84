/** Half-precision conversion, so that a bundle can store its weights in half the bytes. */
import { getFloat16, setFloat16 } from '@petamoriken/float16';
import { KinegraphError } from '../tensor/error.ts';
import { type Tensor, zeros } from '../tensor/tensor.ts';

/** The largest finite float16. */
const maxFloat16 = 65504;

/**
 * Rounds a float32 tensor to float16 bits (IEEE 754 binary16, ties to even).
 *
 * @throws `invalid-data` if a finite value lies outside ±65504, where it would become infinite.
 */
export function toFloat16(source: Tensor<'float32'>): Tensor<'float16'> {
  const result = zeros('float16', source.shape);
  const view = new DataView(result.data.buffer);
  for (const [index, value] of source.data.entries()) {
    if (Number.isFinite(value) && Math.abs(value) > maxFloat16) {
      throw new KinegraphError({
        code: 'invalid-data',
        where: 'toFloat16',
        expected: `values within ±${maxFloat16}`,
        actual: `${value} at element ${index}`,
        hint: 'Keep this tensor in float32.',
      });
    }
    setFloat16(view, index * 2, value, true);
  }
  return result;
}

/** Widens float16 bits to float32, exactly. */
export function fromFloat16(source: Tensor<'float16'>): Tensor<'float32'> {
  const result = zeros('float32', source.shape);
  const { buffer, byteOffset, byteLength } = source.data;
  const view = new DataView(buffer, byteOffset, byteLength);
  for (let i = 0; i < result.data.length; i++) result.data[i] = getFloat16(view, i * 2, true);
  return result;
}
