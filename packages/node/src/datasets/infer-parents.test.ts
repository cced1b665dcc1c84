import { createRandom } from '@kinegraph/core';
import { describe, expect, it } from 'vitest';
import { inferParents } from './infer-parents.ts';

/** A chain or tree of rigid bones that turn at random: `[frames, joints, 3]`. */
function rigidMotion(parents: readonly number[], frames: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const result = new Float32Array(frames * parents.length * 3);
  for (let frame = 0; frame < frames; frame++) {
    for (const [joint, parent] of parents.entries()) {
      const direction = [random.normal(), random.normal(), random.normal()];
      const length = Math.hypot(...direction);
      for (let axis = 0; axis < 3; axis++) {
        const from = parent < 0 ? 0 : (result[(frame * parents.length + parent) * 3 + axis] as number);
        const bone = (100 + 10 * joint) * ((direction[axis] as number) / length);
        result[(frame * parents.length + joint) * 3 + axis] = from + bone;
      }
    }
  }
  return result;
}

describe('inferParents', () => {
  const parents = [-1, 0, 1, 2, 0, 4, 5, 0, 7];
  const points = rigidMotion(parents, 60, 1);

  it('finds the bones of a rigid body', () => {
    const clips = [
      { start: 0, frames: 30 },
      { start: 30, frames: 30 },
    ];
    expect(inferParents({ joints: parents.length, points, clips })).toEqual(parents);
  });

  it('makes a tree of a single frame too', () => {
    const found = inferParents({ joints: parents.length, points, clips: [{ start: 3, frames: 1 }] });
    expect(found.filter((parent) => parent === -1)).toHaveLength(1);
    expect(inferParents({ joints: 1, points: [0, 0, 0], clips: [{ start: 0, frames: 1 }] })).toEqual([-1]);
  });
});
