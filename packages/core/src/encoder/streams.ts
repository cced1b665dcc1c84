/** Input streams as graph nodes, so that preprocessing ships inside the bundle. */
import { subtract } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { concat, pad, slice } from '../graph/ops/shape.ts';
import { constant, type Value } from '../graph/value.ts';
import type { Layout } from '../skeleton/layout.ts';
import { planStream, type Stream } from '../skeleton/streams.ts';
import { zeros } from '../tensor/tensor.ts';

/**
 * Positions as one stream: joints, each joint minus its parent or a further ancestor, or the difference of any of these to the next frame.
 *
 * @param x positions `[B, M, C, T, V]`
 * @returns `[B, M, C, T, V]`; the last frame of a motion is zero, as is the bone of the root.
 * @throws `invalid-argument` for what is no stream
 */
export function stream(x: Value, layout: Layout, kind: Stream): Value {
  const { subtracted, motion: moves } = planStream('stream', layout, kind);
  const base = subtracted.every((joint) => joint < 0) ? x : relative(x, subtracted);
  return moves ? motion(base) : base;
}

/** Several streams side by side as channels: `[B, M, C * streams, T, V]`. */
export function joinStreams(x: Value, layout: Layout, kinds: readonly Stream[]): Value {
  return concat(
    kinds.map((kind) => stream(x, layout, kind)),
    2,
  );
}

/** Each joint minus another one, or none, as one product with a matrix of 1 and -1. */
function relative(x: Value, subtracted: readonly number[]): Value {
  const count = subtracted.length;
  const difference = zeros('float32', [count, count]);
  for (const [joint, other] of subtracted.entries()) {
    if (joint === other) continue;
    difference.data[joint * count + joint] = 1;
    if (other >= 0) difference.data[other * count + joint] = -1;
  }
  return matmul(x, constant(difference));
}

/** Difference of each frame to the next. */
function motion(x: Value): Value {
  const moved = subtract(slice(x, 3, 1), slice(x, 3, 0, -1));
  return pad(moved, 3, 0, 1);
}
