/** Input streams as graph nodes, so that preprocessing ships inside the bundle. */
import { subtract } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { concat, pad, slice } from '../graph/ops/shape.ts';
import { constant, type Value } from '../graph/value.ts';
import type { Layout } from '../skeleton/layout.ts';
import type { Stream } from '../skeleton/streams.ts';
import { zeros } from '../tensor/tensor.ts';

/**
 * Positions as one stream: joints, bones (joint minus parent), or the difference of either to the next frame.
 *
 * @param x positions `[B, M, C, T, V]`
 * @returns `[B, M, C, T, V]`; the last frame of a motion is zero, as is the bone of the root.
 */
export function stream(x: Value, layout: Layout, kind: Stream): Value {
  const base = kind === 'bone' || kind === 'bone-motion' ? bones(x, layout) : x;
  return kind === 'joint' || kind === 'bone' ? base : motion(base);
}

/** Several streams side by side as channels: `[B, M, C * streams, T, V]`. */
export function joinStreams(x: Value, layout: Layout, kinds: readonly Stream[]): Value {
  return concat(
    kinds.map((kind) => stream(x, layout, kind)),
    2,
  );
}

/** Joint minus parent along {@link Layout.bones}, as one product with a matrix of 1 and -1. */
function bones(x: Value, layout: Layout): Value {
  const count = layout.joints.length;
  const difference = zeros('float32', [count, count]);
  for (const [joint, parent] of layout.bones) {
    if (joint === parent) continue;
    difference.data[joint * count + joint] = 1;
    difference.data[parent * count + joint] = -1;
  }
  return matmul(x, constant(difference));
}

/** Difference of each frame to the next. */
function motion(x: Value): Value {
  const moved = subtract(slice(x, 3, 1), slice(x, 3, 0, -1));
  return pad(moved, 3, 0, 1);
}
