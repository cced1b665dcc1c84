/** Preprocessing as graph nodes in front of the encoder, so that a bundle takes raw coordinates. */
import {
  absolute,
  add,
  and,
  cast,
  divide,
  equal,
  greater,
  multiply,
  sqrt,
  subtract,
  where,
} from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { argMax, reduceMax, reduceSum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import { concat, gather, pad, slice } from '../graph/ops/shape.ts';
import { constant, type Value } from '../graph/value.ts';
import { anchor } from '../skeleton/anchor.ts';
import type { Layout } from '../skeleton/layout.ts';
import { planStream, type Stream } from '../skeleton/streams.ts';
import { KinegraphError } from '../tensor/error.ts';
import { int64, zeros } from '../tensor/tensor.ts';
import { stream } from './streams.ts';

/** What {@link preprocess} does, in this order: center, align, streams. */
export interface PreprocessOptions {
  /**
   * Moves everyone so that a joint of the first person is the origin: where it is first seen (`clip`), or frame by frame (`frame`).
   * A name instead of the layout's center may follow from other joints, such as `pelvis`. Not at all by default.
   */
  readonly center?: 'clip' | 'frame' | { readonly joint: string; readonly per: 'clip' | 'frame' };
  /**
   * Turns everyone about the vertical axis so that the first person's shoulders, where they are first seen, lie along +x from left to right.
   * The axis that points up; not at all by default. Needs 3 coordinates.
   */
  readonly align?: 'y' | 'z';
  /** Input streams, side by side as channels; `['joint']` by default. */
  readonly streams?: readonly Stream[];
  /** Whether the last channel is confidence, which is not a coordinate and goes through unchanged; false by default. */
  readonly confidence?: boolean;
}

/**
 * Centers and turns positions and derives their streams. Missing joints, whose coordinates are all 0, stay 0 in every stream; a bone or a
 * motion is missing if either end is.
 *
 * @param positions `[B, M, C, T, V]`
 * @returns `[B, M, C', T, V]` with C coordinates for each stream, and confidence last.
 * @throws `invalid-argument` for an unknown option; `unsupported` if two-dimensional positions should be aligned; `not-found` if a joint does not follow from the layout's.
 */
export function preprocess(positions: Value, layout: Layout, options: PreprocessOptions = {}): Value {
  const { center, align, streams = ['joint'], confidence = false } = options;
  checkChoices(options);
  // A bundle without any stream would have no input; the check of an unknown one says which there are.
  for (const kind of streams.length > 0 ? streams : [null]) planStream('preprocess', layout, kind as Stream);
  if (!center && !align && streams.length === 1 && streams[0] === 'joint') return positions;
  const channels = positions.shape[2] as number;
  const dimensions = confidence ? channels - 1 : channels;
  const raw = slice(positions, 2, 0, dimensions);
  const present = cast(greater(reduceMax(absolute(raw), { axes: [2] }), 0), 'float32');
  const centered = center ? centerOn(raw, present, layout, center) : raw;
  const turned = align ? faceForward(centered, present, layout, align) : centered;
  const parts = streams.map((kind) => multiply(stream(turned, layout, kind), streamPresence(present, layout, kind)));
  return concat(confidence ? [...parts, slice(positions, 2, dimensions)] : parts, 2);
}

function checkChoices({ center, align }: PreprocessOptions): void {
  const check = (name: string, values: readonly unknown[], known: readonly string[]) => {
    const odd = values.find((value) => !known.includes(value as string));
    if (odd === undefined) return;
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'preprocess',
      expected: `${name} among ${known.join(', ')}`,
      actual: JSON.stringify(odd),
    });
  };
  if (center !== undefined) check('center', [typeof center === 'object' ? center?.per : center], ['clip', 'frame']);
  if (align !== undefined) check('align', [align], ['y', 'z']);
}

/** A joint of the first person: where it is `[B, 1, C, T, 1]`, and whether it is seen `[B, 1, 1, T, 1]`. */
function trace(x: Value, present: Value, layout: Layout, joint: string): { readonly at: Value; readonly seen: Value } {
  const parts = anchor('preprocess', layout, joint);
  const mix = zeros('float32', [layout.joints.length, 1]);
  const members = zeros('float32', [layout.joints.length, 1]);
  for (const [index, weight] of parts) {
    mix.data[index] = weight;
    members.data[index] = 1;
  }
  const count = matmul(slice(present, 1, 0, 1), constant(members));
  return { at: matmul(slice(x, 1, 0, 1), constant(mix)), seen: greater(count, parts.size - 0.5) };
}

/** 1 at the first frame where the condition holds, 0 elsewhere; all 0 if it never does. `[B, 1, 1, T, 1]` to the same, float32. */
function firstFrame(seen: Value): Value {
  const [b, , , t] = seen.shape as [number, number, number, number];
  const first = reshape(argMax(cast(seen, 'float32'), 3), [b, 1, 1, 1, 1]);
  const frames = constant(
    int64(
      Array.from({ length: t }, (_, frame) => frame),
      [1, 1, 1, t, 1],
    ),
  );
  return cast(and(equal(frames, first), seen), 'float32');
}

function centerOn(x: Value, present: Value, layout: Layout, center: NonNullable<PreprocessOptions['center']>): Value {
  const { joint, per } =
    typeof center === 'object' ? center : { joint: layout.joints[layout.center] as string, per: center };
  const { at, seen } = trace(x, present, layout, joint);
  const first = reduceSum(multiply(at, firstFrame(seen)), { axes: [3] });
  const origin = per === 'clip' ? first : where(seen, at, first);
  return multiply(subtract(x, origin), present);
}

/** The in-graph form of `faceForward` of the skeleton folder. */
function faceForward(x: Value, present: Value, layout: Layout, up: 'y' | 'z'): Value {
  if (x.shape[2] !== 3) {
    throw new KinegraphError({
      code: 'unsupported',
      where: 'preprocess: align',
      expected: 'positions with 3 coordinates',
      actual: `${x.shape[2]}`,
    });
  }
  const left = trace(x, present, layout, 'left_shoulder');
  const right = trace(x, present, layout, 'right_shoulder');
  const chosen = firstFrame(and(left.seen, right.seen));
  const across = reduceSum(multiply(subtract(right.at, left.at), chosen), { axes: [3] });
  const [side, depth, height] = up === 'y' ? [0, 2, 1] : [0, 1, 2];
  const part = (value: Value, axis: number) => slice(value, 2, axis, axis + 1);
  const [dx, dz] = [part(across, side as number), part(across, depth as number)];
  const length = sqrt(add(multiply(dx, dx), multiply(dz, dz)));
  // Without a frame that shows both shoulders there is no direction, and nothing turns.
  const usable = greater(length, 1e-9);
  const cosine = where(usable, divide(dx, length), 1);
  const sine = where(usable, divide(dz, length), 0);
  const [u, v] = [part(x, side as number), part(x, depth as number)];
  const turned = [
    add(multiply(u, cosine), multiply(v, sine)),
    subtract(multiply(v, cosine), multiply(u, sine)),
  ] as const;
  const ordered = new Array<Value>(3);
  ordered[side as number] = turned[0];
  ordered[depth as number] = turned[1];
  ordered[height as number] = part(x, height as number);
  return concat(ordered, 2);
}

/** Where a stream has all the joints that it is the difference of. */
function streamPresence(present: Value, layout: Layout, kind: Stream): Value {
  const { subtracted, motion } = planStream('preprocess', layout, kind);
  const others = subtracted.map((other, joint) => (other < 0 ? joint : other));
  const alone = others.every((other, joint) => other === joint);
  const both = alone ? present : multiply(present, gather(present, constant(int64(others)), 4));
  return motion ? pad(multiply(slice(both, 3, 1), slice(both, 3, 0, -1)), 3, 0, 1) : both;
}
