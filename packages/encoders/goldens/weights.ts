/** The rule by which the golden figures' weights and inputs are generated from their names. */
import { elementCount, float32, type Tensor } from '@kinegraph/core';

/** FNV-1a over the UTF-8 name. */
function hash(name: string): number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return state;
}

/** mulberry32: draws in [0, 1). */
function* draws(name: string): Generator<number, never> {
  let a = hash(name);
  while (true) {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    yield ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** How a draw becomes a value, by the last part of the tensor's name and its rank. */
function scaling(name: string, shape: readonly number[]): (draw: number) => number {
  const last = name.split('.').at(-1);
  if (last === 'running_var') return (u) => 0.5 + u;
  if (last === 'running_mean' || last === 'bias') return (u) => 0.2 * (u - 0.5);
  if (last !== 'weight') return (u) => 0.4 * (u - 0.5);
  if (shape.length === 1) return (u) => 0.75 + 0.5 * u;
  const bound = Math.sqrt(3 / elementCount(shape.slice(1)));
  return (u) => (2 * u - 1) * bound;
}

function draw(name: string, shape: readonly number[], scale: (u: number) => number): Tensor<'float32'> {
  const source = draws(name);
  return float32(
    Array.from({ length: elementCount(shape) }, () => scale(source.next().value)),
    shape,
  );
}

/** Weights by name. */
export function goldenWeights(
  tensors: readonly (readonly [string, readonly number[]])[],
): Record<string, Tensor<'float32'>> {
  return Object.fromEntries(tensors.map(([name, shape]) => [name, draw(name, shape, scaling(name, shape))]));
}

/** The golden input, `[B, C, T, V, M]` as the authors order it, here as `[B, M, C, T, V]`; person 1 of sample 1 is zero. */
export function goldenInput(shape: readonly [number, number, number, number, number]): Tensor<'float32'> {
  const [b, c, t, v, m] = shape;
  const source = draw('input', shape, (u) => 2 * u - 1).data;
  const result = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const person = i % m;
    const joint = Math.floor(i / m) % v;
    const frame = Math.floor(i / (m * v)) % t;
    const channel = Math.floor(i / (m * v * t)) % c;
    const sample = Math.floor(i / (m * v * t * c));
    const absent = sample === 1 && person === 1 && m > 1;
    result[(((sample * m + person) * c + channel) * t + frame) * v + joint] = absent ? 0 : (source[i] as number);
  }
  return float32(result, [b, m, c, t, v]);
}
