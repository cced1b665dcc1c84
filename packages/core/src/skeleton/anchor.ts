/** Points of the body that any layout has, by its own joints or derived from them: what normalization holds on to. */
import { KinegraphError } from '../tensor/error.ts';
import { type Clip, frameCount } from './clip.ts';
import type { Vector } from './geometry.ts';
import { deriveJoint } from './joint-rules.ts';
import type { Layout } from './layout.ts';

/** A point as a weighted sum of joints. */
export type Anchor = ReadonlyMap<number, number>;

/**
 * The anchor of a named place: a joint of the layout, or one that follows from its joints, such as `pelvis` or `thorax`.
 *
 * @throws `not-found` if it does not follow.
 */
export function anchor(where: string, layout: Layout, joint: string): Anchor {
  const parts = deriveJoint(joint, new Map(layout.joints.map((name, index) => [name, index])));
  if (parts) return parts;
  throw new KinegraphError({
    code: 'not-found',
    where,
    expected: `a layout with ${joint}, or joints that it follows from`,
    actual: layout.id,
    hint: `Joints: ${layout.joints.join(', ')}.`,
  });
}

/** Where an anchor is; undefined if a joint that it needs is missing. z is 0 in two dimensions. */
export function anchorAt(clip: Clip, parts: Anchor, person: number, frame: number): Vector | undefined {
  const joints = clip.layout.joints.length;
  const dimensions = clip.positions.shape[3] as number;
  const sum: [number, number, number] = [0, 0, 0];
  for (const [joint, weight] of parts) {
    const place = (person * frameCount(clip) + frame) * joints + joint;
    if (clip.confidence?.data[place] === 0) return undefined;
    for (let c = 0; c < dimensions; c++) {
      sum[c as 0 | 1 | 2] += weight * (clip.positions.data[place * dimensions + c] as number);
    }
  }
  return sum;
}

/** The first frame in which a person shows all of some anchors, with where they are; undefined if there is none. */
export function firstAnchors(clip: Clip, person: number, anchors: readonly Anchor[]): readonly Vector[] | undefined {
  for (let frame = 0; frame < frameCount(clip); frame++) {
    const points = anchors.map((parts) => anchorAt(clip, parts, person, frame));
    if (points.every((point) => point !== undefined)) return points;
  }
  return undefined;
}
