import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import type { Clip } from './clip.ts';
import { hand21, ntu25 } from './layouts.ts';
import { withoutJoints } from './missing.ts';
import { stretchLimbs } from './stretch-limbs.ts';

/** The vectors from parents to joints of each frame, by joint. */
function bonesOf({ positions, layout }: Clip): number[][][] {
  const [persons, frames, joints, dimensions] = positions.shape as [number, number, number, number];
  const at = (row: number, joint: number, c: number) =>
    positions.data[(row * joints + joint) * dimensions + c] as number;
  return layout.parents.map((parent, joint) =>
    Array.from({ length: persons * frames }, (_, row) =>
      Array.from({ length: dimensions }, (_, c) => at(row, joint, c) - (parent < 0 ? 0 : at(row, parent, c))),
    ),
  );
}

describe('stretchLimbs', () => {
  it('changes lengths by one factor a bone, the same on both sides, and no directions', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(ntu25, hand21), (seed, layout) => {
        const source = randomClip(layout, { persons: 2, frames: 3 });
        const changed = bonesOf(stretchLimbs(source, createRandom(seed), { range: 0.2 }));
        const factors = bonesOf(source).map((rows, joint) => {
          const [first] = rows.flatMap((bone, row) => bone.map((x, c) => (changed[joint]?.[row]?.[c] as number) / x));
          for (const [row, bone] of rows.entries()) {
            for (const [c, x] of bone.entries())
              expect(changed[joint]?.[row]?.[c]).toBeCloseTo(x * (first as number), 3);
          }
          return first as number;
        });
        for (const [joint, factor] of factors.entries()) {
          expect(Math.abs(factor - 1)).toBeLessThan(0.2 + 1e-3);
          expect(factor).toBeCloseTo(factors[layout.mirror[joint] as number] as number, 3);
          if (layout.parents[joint] === -1) expect(factor).toBeCloseTo(1, 6);
        }
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it('leaves missing joints at 0, and what hangs from them its place beyond', () => {
    const elbow = ntu25.joints.indexOf('left_elbow');
    const source = withoutJoints(randomClip(ntu25, { frames: 2 }), (place) => place % 25 === elbow);
    const changed = stretchLimbs(source, createRandom(1));
    const joint = (clip: Clip, index: number) => Array.from(clip.positions.data.subarray(3 * index, 3 * index + 3));
    expect(joint(changed, elbow)).toEqual([0, 0, 0]);
    expect(changed.confidence).toEqual(source.confidence);
    const shift = (index: number) => joint(changed, index).map((x, c) => x - (joint(source, index)[c] as number));
    const [shoulder, wrist] = ['left_shoulder', 'left_wrist'].map((name) => shift(ntu25.joints.indexOf(name)));
    for (const [c, x] of (wrist as number[]).entries()) expect(x).toBeCloseTo(shoulder?.[c] as number, 4);
  });

  it('changes nothing with a range of 0, and refuses others', () => {
    const source = randomClip(ntu25);
    expect(stretchLimbs(source, createRandom(1), { range: 0 })).toEqual(source);
    expect(() => stretchLimbs(source, createRandom(1), { range: 1 })).toThrow(
      'stretchLimbs: expected a range of at least 0, below 1, got 1',
    );
  });
});
