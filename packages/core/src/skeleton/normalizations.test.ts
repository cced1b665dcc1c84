import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { alignSpine } from './align.ts';
import { rotate } from './augment.ts';
import { type Clip, frameCount } from './clip.ts';
import { type InputSpec, prepare } from './input.ts';
import { coco17, hand21, kinect20, ntu25 } from './layouts.ts';
import { withoutJoints } from './missing.ts';
import { type Normalization, normalizations, normalizeClip } from './normalizations.ts';
import { boundingBox, center, movePoints, scaleBody } from './normalize.ts';
import { sliceFrames } from './select.ts';
import { scaled } from './units.ts';

const joints = 25;
const moved = (clip: Clip, by: number) => movePoints(clip, () => [1, by]);
/** The clip without a person in some frames. */
const hide = (clip: Clip, person: number, frames: readonly number[]) =>
  withoutJoints(clip, (place) => {
    const row = Math.floor(place / joints);
    return Math.floor(row / frameCount(clip)) === person && frames.includes(row % frameCount(clip));
  });
const close = (a: Clip, b: Clip, digits = 4) => {
  expect(a.positions.shape).toEqual(b.positions.shape);
  for (const [i, x] of a.positions.data.entries()) expect(x).toBeCloseTo(b.positions.data[i] as number, digits);
};

describe('normalizations', () => {
  it('centers on the spine of the first person, once or in each frame', () => {
    const source = randomClip(ntu25, { persons: 2, frames: 6 });
    expect(normalizeClip(source, 'center')).toEqual(center(source, { joint: 'spine_mid' }));
    expect(normalizeClip(source, 'center-frames')).toEqual(center(source, { joint: 'spine_mid', per: 'frame' }));
    expect(normalizeClip(randomClip(kinect20), 'center').positions.data.slice(3, 6)).toEqual(new Float32Array(3));
    expect(normalizeClip(randomClip(hand21), 'center').positions.data.slice(0, 3)).toEqual(new Float32Array(3));
  });

  it('makes the trunk as long as 1, whatever the unit', () => {
    const source = randomClip(coco17, { frames: 5 });
    const result = normalizeClip(source, 'size');
    expect(result).toEqual(scaleBody(source));
    close(normalizeClip({ ...source, positions: scaled(source.positions, 1000) }, 'size'), result, 3);
    const hand = randomClip(hand21);
    expect(() => normalizeClip(hand, 'size')).toThrow('a layout with pelvis');
    const hipless = withoutJoints(source, (place) => [11, 12].includes(place % 17));
    expect(normalizeClip(hipless, 'size')).toBe(hipless);
  });

  it('keeps the frames of whoever is seen longer', () => {
    const source = randomClip(ntu25, { persons: 2, frames: 6 });
    const gappy = hide(hide(source, 0, [0, 2, 3]), 1, [5]);
    const result = normalizeClip(gappy, 'main-person');
    expect(result.positions.shape).toEqual([2, 5, joints, 3]);
    expect(result.positions.data.slice(0, 5 * 75)).toEqual(source.positions.data.slice(6 * 75, 11 * 75));
    expect(normalizeClip(hide(source, 1, [0]), 'main-person')).toEqual(hide(source, 1, [0]));
    const kept = normalizeClip(hide(hide(source, 0, [1]), 1, [1, 2, 3]), 'main-person');
    expect(kept.positions.data.slice(0, 75)).toEqual(source.positions.data.slice(0, 75));
    expect(frameCount(kept)).toBe(5);
  });

  it('stretches each axis to -1..1, a flat one to 0', () => {
    const source = movePoints(randomClip(ntu25, { frames: 4, missing: 0.2 }), (axis) => (axis === 1 ? [0, 3] : [5, 1]));
    const boxed = normalizeClip(source, 'box');
    const { low, high } = boundingBox(boxed);
    expect(low.map((x) => Math.round(x * 1e5))).toEqual([-1e5, 0, -1e5]);
    expect(high.map((x) => Math.round(x * 1e5))).toEqual([1e5, 0, 1e5]);
    for (const [place, score] of (boxed.confidence?.data ?? []).entries()) {
      if (score === 0) expect([...boxed.positions.data.subarray(place * 3, place * 3 + 3)]).toEqual([0, 0, 0]);
    }
  });

  it('gives the same wherever the clip lies', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: -5, max: 5, noNaN: true }), (seed, by) => {
        const source = randomClip(ntu25, { seed, frames: 3 });
        for (const step of ['center', 'center-frames', 'box'] as const) {
          close(normalizeClip(moved(source, by), step), normalizeClip(source, step), 3);
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each(normalizations)('%s leaves alone a clip that shows too little for it, and the source untouched', (step) => {
    const source = withoutJoints(randomClip(ntu25, { frames: 3 }), (place) => place % joints !== 3);
    const before = structuredClone(source);
    expect(normalizeClip(source, step).positions.data.every(Number.isFinite)).toBe(true);
    expect(source).toEqual(before);
    if (step === 'center' || step === 'align-spine') expect(normalizeClip(source, step)).toBe(source);
  });
});

describe('prepare', () => {
  const spec: InputSpec = { layout: ntu25, frames: 8, persons: 1, dimensions: 3, confidence: false, sampling: 'pad' };
  const source = randomClip(ntu25, { frames: 8 });

  it('normalizes the whole clip before it samples', () => {
    const normalize: Normalization[] = ['center', 'align-spine'];
    const long = randomClip(ntu25, { frames: 20 });
    const expected = sliceFrames(alignSpine(center(long, { joint: 'spine_mid' })), 6, 14);
    expect(prepare(long, { ...spec, normalize })).toEqual(prepare(expected, spec));
  });

  it('keeps a joint that becomes the origin apart from missing ones', () => {
    const spine = ntu25.joints.indexOf('spine_mid');
    const gone = withoutJoints(source, (place) => place % joints === 3);
    const { data } = prepare(gone, { ...spec, normalize: ['center-frames'] });
    for (let t = 0; t < 8; t++) {
      const [x, y, z] = [0, 1, 2].map((c) => data[(c * 8 + t) * joints + spine] as number);
      expect([x !== 0 && Math.abs(x as number) < 1e-20, y, z]).toEqual([true, 0, 0]);
      expect([0, 1, 2].map((c) => data[(c * 8 + t) * joints + 3])).toEqual([0, 0, 0]);
    }
  });

  it('augments between the other steps and the box', () => {
    const random = () => createRandom(3);
    const options = { random: random(), augment: [rotate] };
    const boxed = prepare(source, { ...spec, normalize: ['box', 'center'] }, options);
    const expected = normalizeClip(rotate(normalizeClip(source, 'center'), random()), 'box');
    expect(boxed).toEqual(prepare(expected, spec));
  });

  it('leaves the frames after a short clip zero, and loops where it should', () => {
    const short = sliceFrames(source, 0, 5);
    const frame = (data: Float32Array, t: number) => [0, 1, 2].map((c) => data[(c * 8 + t) * joints] as number);
    const padded = prepare(short, spec).data;
    expect(frame(padded, 4)).not.toEqual([0, 0, 0]);
    expect(frame(padded, 5)).toEqual([0, 0, 0]);
    const looped = prepare(short, { ...spec, sampling: 'loop' }).data;
    expect(frame(looped, 5)).toEqual(frame(looped, 0));
    expect(frame(looped, 0)).toEqual(frame(padded, 0));
  });

  it('takes views', () => {
    const long = randomClip(ntu25, { frames: 50 });
    const views = [0, 1].map((index) => prepare(long, { ...spec, sampling: 'uniform' }, { view: { index, count: 2 } }));
    expect(views[0]).not.toEqual(views[1]);
    expect(() => prepare(long, spec, { view: { index: 0, count: 2 } })).toThrow("sampling 'uniform' for several views");
  });

  it.each([
    [{ sampling: 'random' }, 'sampling among crop-resize, uniform, spread, pad, loop, got "random"'],
    [{ normalize: ['spin'] }, 'normalize as a list among main-person, center, .*, got "spin"'],
    [{ normalize: 'center' }, 'normalize as a list among .*, got "center"'],
  ])('refuses %j', (bad, message) => {
    expect(() => prepare(source, { ...spec, ...bad } as never)).toThrow(new RegExp(message));
  });
});
