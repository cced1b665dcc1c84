import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import type { Clip } from './clip.ts';
import { defineLayout, jointIndex, type Layout } from './layout.ts';
import * as layouts from './layouts.ts';
import { remap, remapPlan } from './remap.ts';

const { body25, coco17, h36m17, hand21, kinect20, mediapipe33, ntu25, openpose18 } = layouts;
const bodies = [ntu25, kinect20, coco17, openpose18, body25, mediapipe33, h36m17];

/** One joint of a clip over all persons and frames, coordinates and confidence. */
function track(clip: Clip, joint: string): number[][] {
  const [persons, frames, joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const v = jointIndex(clip.layout, joint);
  return Array.from({ length: persons * frames }, (_, frame) => {
    const place = frame * joints + v;
    const position = clip.positions.data.subarray(place * dimensions, (place + 1) * dimensions);
    return [...position, clip.confidence?.data[place] ?? 1];
  });
}

describe('remap', () => {
  const body = fc.constantFrom(...bodies);

  it('keeps joints of the same name exactly, there and back', () => {
    fc.assert(
      fc.property(body, body, fc.integer(), fc.constantFrom(2 as const, 3 as const), (from, to, seed, dimensions) => {
        const source = randomClip(from, { seed, persons: 2, frames: 3, dimensions, missing: 0.2 });
        const there = remap(source, to);
        const back = remap(there, from);
        for (const joint of from.joints.filter((name) => to.joints.includes(name))) {
          expect(track(there, joint)).toEqual(track(source, joint));
          expect(track(back, joint)).toEqual(track(source, joint));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('says in the plan which joints of the result are missing, and marks them', () => {
    for (const from of bodies) {
      for (const to of bodies) {
        const result = remap(randomClip(from, { frames: 2 }), to);
        const missing = to.joints.filter((joint) =>
          track(result, joint).every((values) => values.every((x) => x === 0)),
        );
        expect(remapPlan(from, to).missing).toEqual(missing);
        if (missing.length === 0) expect(result.confidence).toBeUndefined();
      }
    }
  });

  it.each([
    [mediapipe33, coco17, []],
    [body25, openpose18, []],
    [openpose18, coco17, []],
    [coco17, openpose18, []],
    [coco17, h36m17, []],
    [ntu25, kinect20, []],
    [ntu25, h36m17, []],
    [kinect20, ntu25, []],
    [mediapipe33, ntu25, []],
    [coco17, ntu25, ['left_foot', 'right_foot']],
    [kinect20, coco17, ['left_eye', 'right_eye', 'left_ear', 'right_ear']],
    [mediapipe33, body25, []],
  ] as [Layout, Layout, string[]][])('leaves missing from $0.id to $1.id what does not follow', (from, to, missing) => {
    expect(remapPlan(from, to).missing).toEqual(missing);
  });

  it('derives centers as means, and the neck as the target layout means it', () => {
    const source = randomClip(coco17, { frames: 1, missing: 0 });
    const value = (clip: Clip, joint: string) => track(clip, joint)[0] as number[];
    const mean = (a: string, b: string) => {
      const [p, q] = [value(source, a), value(source, b)];
      return [0, 1, 2]
        .map((c) => ((p[c] as number) + (q[c] as number)) / 2)
        .concat(Math.min(p[3] as number, q[3] as number));
    };
    const close = (actual: number[], expected: number[]) => {
      for (const [i, x] of expected.entries()) expect(actual[i]).toBeCloseTo(x, 5);
    };
    close(value(remap(source, body25), 'mid_hip'), mean('left_hip', 'right_hip'));
    close(value(remap(source, body25), 'neck'), mean('left_shoulder', 'right_shoulder'));
    close(value(remap(source, ntu25), 'spine_shoulder'), mean('left_shoulder', 'right_shoulder'));
    const [chest, head] = [mean('left_shoulder', 'right_shoulder'), mean('left_ear', 'right_ear')];
    close(
      value(remap(source, ntu25), 'neck').slice(0, 3),
      [0, 1, 2].map((c) => 0.7 * (chest[c] as number) + 0.3 * (head[c] as number)),
    );
  });

  it('makes a joint missing in the frames where one that it follows from is missing', () => {
    const source = randomClip(coco17, { frames: 20, missing: 0.3 });
    const [left, right] = [track(source, 'left_hip'), track(source, 'right_hip')];
    for (const [frame, values] of track(remap(source, body25), 'mid_hip').entries()) {
      expect(values[3]).toBe(Math.min(left[frame]?.[3] as number, right[frame]?.[3] as number));
      if (values[3] === 0) expect(values).toEqual([0, 0, 0, 0]);
    }
  });

  it('maps a hand only to itself', () => {
    const hand = randomClip(hand21);
    expect(remap(hand, hand21)).toEqual(hand);
    for (const body of bodies) {
      expect(() => remap(hand, body)).toThrow(
        `remap hand21 to ${body.id}: expected a layout that shares joints with hand21`,
      );
      expect(() => remap(randomClip(body), hand21)).toThrow('a layout that shares joints');
    }
  });

  it('refuses missing joints when strict', () => {
    const clip = randomClip(coco17);
    expect(() => remap(clip, ntu25, { strict: true })).toThrow(
      'expected every joint of ntu25 to follow from coco17, got no left_foot',
    );
    expect(remap(clip, openpose18, { strict: true }).layout).toBe(openpose18);
  });

  it('keeps clock, unit and everything else', () => {
    const source: Clip = { ...randomClip(coco17, { fps: 25 }), unit: 'pixel' };
    const { fps, unit, layout } = remap(source, h36m17);
    expect([fps, unit, layout]).toEqual([25, 'pixel', h36m17]);
  });
});

describe('remap of a user’s own layout', () => {
  const mine = defineLayout('mine', {
    waist: null,
    left_hip: 'waist',
    right_hip: 'waist',
    Lfin: 'waist',
    Lwri: 'waist',
  });

  it('goes by names and anatomy, and by a table before them', () => {
    const source = randomClip(mine, { frames: 2 });
    const { missing, derived } = remapPlan(mine, ntu25);
    expect(derived).toEqual(['spine_base']);
    expect(missing).toHaveLength(22);
    const table = { spine_base: 'waist', left_wrist: 'Lwri', left_hand: { Lwri: 0.25, Lfin: 0.75 } };
    const result = remap(source, ntu25, { table });
    expect(track(result, 'spine_base')).toEqual(track(source, 'waist'));
    expect(track(result, 'left_wrist')).toEqual(track(source, 'Lwri'));
    const [wrist, finger, hand] = [track(source, 'Lwri'), track(source, 'Lfin'), track(result, 'left_hand')];
    expect(hand[1]?.[2]).toBeCloseTo(0.25 * (wrist[1]?.[2] as number) + 0.75 * (finger[1]?.[2] as number), 5);
  });

  it('refuses a table that names what is not there', () => {
    expect(() => remapPlan(mine, ntu25, { table: { spine_bass: 'waist' } })).toThrow('got "spine_bass"');
    expect(() => remapPlan(mine, ntu25, { table: { spine_base: 'hips' } })).toThrow(
      'layout mine: expected one of waist',
    );
    expect(() => remapPlan(mine, ntu25, { table: { spine_base: { waist: Number.NaN } } })).toThrow(
      'a finite weight for waist, got NaN',
    );
  });

  it('refuses layouts without anything in common, and says what helps', () => {
    const other = defineLayout('other', { a: null });
    expect(() => remap(randomClip(other), ntu25)).toThrow('got ntu25. Pass a table of joints');
    expect(() => remap(randomClip(other), 'ntu25' as never)).toThrow('remap: expected a layout such as ntu25');
    expect(remap(randomClip(other), ntu25, { table: { head: 'a' } }).layout).toBe(ntu25);
  });
});
