/** The two shifts of Shift-GCN: features of all joints change places, and each channel moves in time by an amount of its own. */
import { float32, int64 } from '@kinegraph/core';
import {
  absolute,
  add,
  cast,
  constant,
  equal,
  floor,
  gather,
  matmul,
  multiply,
  reduceSum,
  relu,
  reshape,
  sign,
  subtract,
  swapLast,
  type Value,
  withGradient,
} from '@kinegraph/core/graph';

/**
 * Channel c of each joint comes from c joints further on, or back, around the whole skeleton (the non-local spatial shift of Cheng et al. 2020).
 *
 * @param x `[N, C, V, T]`
 * @param direction 1: joint v reads from `v + c` mod V; -1: from `v - c`, which undoes it
 * @param order which of the two axes of the result varies faster
 * @returns `[N, C * V, T]`, channel by joint, or `[N, V * C, T]`, joint by channel
 */
export function shiftJoints(x: Value, direction: 1 | -1, order: 'channel-joint' | 'joint-channel'): Value {
  const [n, channels, joints, t] = x.shape as [number, number, number, number];
  const from = Array.from({ length: channels * joints }, (_, place) => {
    const [c, v] =
      order === 'channel-joint'
        ? [Math.floor(place / joints), place % joints]
        : [place % channels, Math.floor(place / channels)];
    const moved = (v + direction * c) % joints;
    return c * joints + (moved < 0 ? moved + joints : moved);
  });
  const back = new Array<number>(from.length);
  for (const [place, source] of from.entries()) back[source] = place;
  const rows = reshape(x, [n, channels * joints, t]);
  // A change of places is undone by another one; the general rule of a gather would add up.
  return withGradient(gather(rows, constant(int64(from)), 1), [rows], (dy) => [gather(dy, constant(int64(back)), 1)]);
}

/** How far each channel moves, `[C]` each. */
export interface Shifts {
  /** Along the joints, by their position in the layout. */
  readonly xpos: Value;
  /** Along the frames. */
  readonly ypos: Value;
}

/** The gradient of the shifts: `exact`, or `sign`, as published: of frames its sign times 0.01, of joints none. */
export type ShiftGradient = 'exact' | 'sign';

/**
 * Moves each channel by its own fractions of frames and joints, by bilinear interpolation between zeros beyond the ends:
 * `y[c, v, t] = x[c, v + xpos_c, stride t + ypos_c]`, where a stride of 2 adds half a frame (its adaptive temporal shift).
 *
 * Both are products with band matrices, whose gradients need no scattered sums.
 *
 * @param x `[N, C, V, T]`
 * @returns `[N, C, V, ceil(T / stride)]`
 */
export function learnedShift(x: Value, { xpos, ypos }: Shifts, stride: 1 | 2, gradient: ShiftGradient): Value {
  const [, , joints, frames] = x.shape as [number, number, number, number];
  const overFrames = interpolation(ypos, frames, stride);
  const overJoints = interpolation(xpos, joints, 1);
  const moved = matmul(x, overFrames.weights);
  const y = matmul(swapLast(overJoints.weights), moved);
  return withGradient(y, [x, xpos, ypos], (dy) => {
    const dMoved = matmul(overJoints.weights, dy);
    const dx = matmul(dMoved, swapLast(overFrames.weights));
    const total = (a: Value, b: Value) => reduceSum(multiply(a, b), { axes: [0, 2, 3], keep: false });
    const dFrames = total(dMoved, matmul(x, overFrames.slopes));
    if (gradient === 'sign') return [dx, null, multiply(sign(dFrames), 0.01)];
    return [dx, total(dy, matmul(swapLast(overJoints.slopes), moved)), dFrames];
  });
}

/**
 * Linear interpolation at `stride i + shift` as a product.
 *
 * @param shift `[C]`
 * @param size of the axis
 * @returns the matrices `[C, size, ceil(size / stride)]`, and their derivative by the shift: that to the right, where the two differ
 */
function interpolation(shift: Value, size: number, stride: 1 | 2): { readonly weights: Value; readonly slopes: Value } {
  const count = Math.ceil(size / stride);
  const offset = stride === 1 ? 0 : 0.5;
  const distances = Array.from({ length: size * count }, (_, at) => Math.floor(at / count) - stride * (at % count));
  const away = constant(float32(distances, [1, size, count]));
  const by = reshape(add(shift, offset), [-1, 1, 1]);
  const lower = subtract(away, floor(by));
  const hit = (distance: number) => cast(equal(lower, distance), 'float32');
  return { weights: relu(subtract(1, absolute(subtract(away, by)))), slopes: subtract(hit(1), hit(0)) };
}
