/** Reads nested arrays of numbers into one typed array and its shape. */
import { KinegraphError } from '../tensor/error.ts';

/** Numbers in arrays in arrays, as JSON has them. */
export type Nested = readonly number[] | readonly Nested[];

/**
 * Flattens nested arrays in row-major order.
 *
 * @throws `invalid-shape` if they are ragged or hold something other than numbers.
 */
export function flatten(where: string, nested: Nested): { shape: number[]; data: Float32Array } {
  const shape: number[] = [];
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let end = 0;
  const walk = (level: unknown, depth: number, path: string): void => {
    if (depth === shape.length) {
      if (typeof level !== 'number') refuse(where, `a number at ${path}`, level);
      data[end++] = level as number;
      return;
    }
    if (!Array.isArray(level)) refuse(where, `an array at ${path}`, level);
    if (level.length !== shape[depth]) refuse(where, `${shape[depth]} items at ${path}, as in the first`, level);
    for (let i = 0; i < level.length; i++) walk(level[i], depth + 1, `${path}[${i}]`);
  };
  walk(nested, 0, '');
  return { shape, data };
}

function refuse(where: string, expected: string, actual: unknown): never {
  throw new KinegraphError({
    code: 'invalid-shape',
    where,
    expected,
    actual: Array.isArray(actual) ? `${actual.length} items` : typeof actual,
  });
}
