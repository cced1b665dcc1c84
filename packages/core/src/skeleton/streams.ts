/** The published input streams on the host; inside a model the same formulas are nodes of its graph. */
import { KinegraphError } from '../tensor/error.ts';
import { tensor } from '../tensor/tensor.ts';
import type { Clip } from './clip.ts';
import { type Layout, maxJoints } from './layout.ts';

/**
 * Joint positions, bones, InfoGCN's k-modes (joint minus its k-th ancestor, k = 1, 2, ...), and how each changes from frame to frame.
 *
 * A joint without a k-th ancestor keeps its position, so that `mode-1` is the bones with the root in its place, and a k beyond the
 * longest chain of the layout is `joint`.
 */
export type Stream = 'joint' | 'bone' | 'joint-motion' | 'bone-motion' | `mode-${number}` | `mode-${number}-motion`;

/** The streams, for messages. */
export const streamNames = 'joint, bone, joint-motion, bone-motion, mode-k, mode-k-motion (k = 1, 2, ...)';

/** What a stream is made of. */
export interface StreamPlan {
  /** Which joint is subtracted from each joint: itself where the result is 0, -1 for none. */
  readonly subtracted: readonly number[];
  /** Whether the difference to the next frame is taken. */
  readonly motion: boolean;
}

/**
 * How a stream is made from the joints of a layout.
 *
 * @throws `invalid-argument` for what is no stream, such as `mode-0`
 */
export function planStream(where: string, layout: Layout, kind: Stream): StreamPlan {
  const { base, k, motion } = parse(where, kind);
  const joints = layout.joints.map((_, joint) => joint);
  if (base === 'joint') return { subtracted: joints.map(() => -1), motion };
  if (base === 'mode') return { subtracted: joints.map((joint) => ancestor(layout, joint, k)), motion };
  const subtracted = [...joints];
  for (const [joint, parent] of layout.bones) subtracted[joint] = parent;
  return { subtracted, motion };
}

/** Whether a text names a stream. */
export function isStream(text: unknown): text is Stream {
  return typeof text === 'string' && pattern.test(text);
}

/**
 * A clip as one of its streams (2s-AGCN; spec encoders §4.5, §5.6).
 *
 * @throws `invalid-argument` for what is no stream
 * @example
 * ```ts
 * const relative = toStream(wave, 'mode-2'); // each joint as seen from its grandparent
 * ```
 */
export function toStream(clip: Clip, kind: Stream): Clip {
  const { subtracted, motion: moves } = planStream('toStream', clip.layout, kind);
  const base = subtracted.every((joint) => joint < 0) ? clip : relative(clip, subtracted);
  return moves ? motion(base) : base;
}

/** `B_v = X_v - X_parent(v)` by the layout's bones; a joint without a bone gets 0. Missing if either end is; else the mean confidence. */
export function bones(clip: Clip): Clip {
  return toStream(clip, 'bone');
}

/** `M_t = X_(t+1) - X_t`; the last frame gets 0. Missing if either frame is; else the mean confidence. */
export function motion(clip: Clip): Clip {
  const [, frames, joints] = clip.positions.shape as [number, number, number];
  return differences(
    clip,
    (place) => (Math.floor(place / joints) % frames === frames - 1 ? place : place + joints),
    -1,
  );
}

const pattern = /^(?:(joint|bone)|mode-([1-9]\d*))(-motion)?$/;

function parse(where: string, kind: unknown) {
  const [, base, k, motion] = pattern.exec(isStream(kind) ? kind : '') ?? [];
  if (base === undefined && k === undefined) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where,
      expected: `streams among ${streamNames}`,
      actual: JSON.stringify(kind) ?? 'none',
      ...(/^mode-0+(-|$)/.test(`${kind}`) && {
        hint: 'With k = 0 every joint is subtracted from itself; begin with mode-1.',
      }),
    });
  }
  return { base: base ?? 'mode', k: Math.min(Number(k), maxJoints), motion: motion !== undefined };
}

/** The joint k steps towards the root, -1 beyond it. */
function ancestor({ parents }: Layout, joint: number, k: number): number {
  let at = joint;
  for (let step = 0; step < k && at >= 0; step++) at = parents[at] as number;
  return at;
}

/** Each joint minus another one. */
function relative(clip: Clip, subtracted: readonly number[]): Clip {
  const joints = subtracted.length;
  return differences(
    clip,
    (place) => {
      const other = subtracted[place % joints] as number;
      return other < 0 ? -1 : place - (place % joints) + other;
    },
    1,
  );
}

/** `sign * (X[place] - X[other(place)])` for every place of `[M, T, V]`; X itself where the other is -1. */
function differences(clip: Clip, other: (place: number) => number, sign: 1 | -1): Clip {
  const dimensions = clip.positions.shape[3] as number;
  const { data } = clip.positions;
  const scores = clip.confidence?.data;
  const positions = new Float32Array(data.length);
  const confidence = scores && new Float32Array(scores.length);
  for (let place = 0; place < data.length / dimensions; place++) {
    const partner = other(place);
    if (scores && confidence) {
      const [a, b] = [scores[place] as number, scores[partner < 0 ? place : partner] as number];
      if (a === 0 || b === 0) continue;
      confidence[place] = (a + b) / 2;
    }
    for (let c = 0; c < dimensions; c++) {
      const from = partner < 0 ? 0 : (data[partner * dimensions + c] as number);
      positions[place * dimensions + c] = sign * ((data[place * dimensions + c] as number) - from);
    }
  }
  return {
    ...clip,
    positions: tensor('float32', clip.positions.shape, positions),
    ...(confidence ? { confidence: tensor('float32', clip.positions.shape.slice(0, 3), confidence) } : {}),
  };
}
