import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { alignInfogcn, alignSpine, faceForward, turnUp } from './align.ts';
import { anchor, anchorAt } from './anchor.ts';
import { type Clip, clip } from './clip.ts';
import {
  axisRotation,
  cross,
  dot,
  eulerRotation,
  type Matrix,
  multiply,
  rotationBetween,
  subtract,
  transform,
  transformClip,
  unit,
  type Vector,
} from './geometry.ts';
import { coco17, hand21, ntu25 } from './layouts.ts';
import { withoutJoints } from './missing.ts';

const random = createRandom(7);
const draw = (): Vector => unit([random.normal(), random.normal(), random.normal()]) as Vector;

/** Where a place of the body is in a frame. */
function place(clip: Clip, joint: string, frame = 0, person = 0): Vector {
  return anchorAt(clip, anchor('test', clip.layout, joint), person, frame) as Vector;
}

const between = (clip: Clip, from: string, to: string) => unit(subtract(place(clip, to), place(clip, from))) as Vector;

const determinant = (matrix: Matrix) => dot(matrix[0], cross(matrix[1], matrix[2]));

function expectClose(actual: Vector, expected: Vector, digits = 5) {
  for (const c of [0, 1, 2] as const) expect(actual[c]).toBeCloseTo(expected[c], digits);
}

describe('rotations', () => {
  it('compose as CTR-GCN’s feeder does (spec encoders §5.5)', () => {
    const golden = [
      [0.936293, 0.275096, 0.218351],
      [-0.28963, 0.956425, 0.036957],
      [-0.198669, -0.097843, 0.97517],
    ] as const;
    const rotation = eulerRotation(0.1, -0.2, 0.3);
    for (const i of [0, 1, 2] as const) expectClose(rotation[i], golden[i]);
  });

  it('have determinant 1 and turn one direction into another, opposite ones too', () => {
    for (let i = 0; i < 50; i++) {
      const [a, b] = [draw(), draw()];
      expect(determinant(eulerRotation(...draw()))).toBeCloseTo(1, 10);
      for (const [from, to] of [
        [a, b],
        [a, a],
        [a, [-a[0], -a[1], -a[2]] as Vector],
      ] as const) {
        const rotation = rotationBetween(from, to);
        expect(determinant(rotation)).toBeCloseTo(1, 10);
        expectClose(transform(rotation, from), to, 6);
      }
    }
  });

  it('are right-handed about an axis', () => {
    expectClose(transform(axisRotation([0, 0, 1], Math.PI / 2), [1, 0, 0]), [0, 1, 0]);
    expectClose(transform(axisRotation([1, 0, 0], Math.PI / 2), [0, 1, 0]), [0, 0, 1]);
  });
});

describe('turnUp', () => {
  it('turns the axis that points up, and keeps x', () => {
    const source = randomClip(ntu25, { frames: 1 });
    const [x, y, z] = place(source, 'head');
    expectClose(place(turnUp(source, 'y', 'z'), 'head'), [x, -z, y]);
    expectClose(place(turnUp(source, 'z', 'y'), 'head'), [x, z, -y]);
    expectClose(place(turnUp(source, '-y', 'y'), 'head'), [x, -y, -z]);
    expectClose(place(turnUp(source, 'z', '-z'), 'head'), [x, -y, -z]);
    for (const from of ['y', 'z', '-y', '-z'] as const) {
      expect(turnUp(turnUp(source, from, 'z'), 'z', from).positions).toEqual(source.positions);
    }
  });
});

describe('alignSpine', () => {
  it('turns the shoulders to +x by a rotation, as 2s-AGCN does', () => {
    const source = randomClip(ntu25, { seed: 3, frames: 3 });
    const aligned = alignSpine(source);
    expectClose(between(aligned, 'left_shoulder', 'right_shoulder'), [1, 0, 0]);
    // The second rotation tilts the spine again, by as much as the shoulders were off the level.
    const upright = rotationBetween(between(source, 'spine_base', 'spine_mid'), [0, 0, 1]);
    const forward = rotationBetween(transform(upright, between(source, 'left_shoulder', 'right_shoulder')), [1, 0, 0]);
    expectClose(place(aligned, 'head', 2), transform(multiply(forward, upright), place(source, 'head', 2)));
  });

  it('turns the spine exactly up when the shoulders are level to it, in any body layout', () => {
    const points: Record<string, Vector> = {
      left_shoulder: [-1, 2, 0],
      right_shoulder: [1, 2, 0],
      left_hip: [-0.5, 0, 0],
      right_hip: [0.5, 0, 0],
    };
    const frame = coco17.joints.map((joint) => points[joint] ?? [0, 3, 0]);
    const turned = transformClip(clip(coco17, [frame as number[][]]), eulerRotation(0.5, -1, 2));
    expectClose(between(alignSpine(turned), 'pelvis', 'thorax'), [0, 0, 1]);
    expectClose(between(alignSpine(turned, 'y'), 'pelvis', 'thorax'), [0, 1, 0]);
    expectClose(between(alignSpine(turned, 'y'), 'left_hip', 'right_hip'), [1, 0, 0]);
  });

  it('goes by the first frame that shows what it needs', () => {
    const source = randomClip(ntu25, { frames: 3 });
    const hidden = withoutJoints(source, (place) => place < 25);
    const second = {
      ...source,
      positions: { ...source.positions, shape: [1, 2, 25, 3], data: source.positions.data.slice(75) },
    } as Clip;
    expectClose(place(alignSpine(hidden), 'head', 1), place(alignSpine(second), 'head', 0), 6);
    expectClose(place({ ...alignSpine(hidden), layout: ntu25 }, 'head', 2), place(alignSpine(second), 'head', 1), 6);
  });

  it('refuses what cannot be aligned', () => {
    expect(() => alignSpine(randomClip(ntu25, { dimensions: 2 }))).toThrow(
      'alignSpine: expected a clip with 3 coordinates, got 2',
    );
    expect(() => alignSpine(randomClip(hand21))).toThrow(
      'alignSpine: expected a layout with pelvis, or joints that it follows from, got hand21',
    );
    expect(() => alignSpine(withoutJoints(randomClip(ntu25), () => true))).toThrow('a frame that shows pelvis, spine');
    expect(() => alignSpine(clip(ntu25, new Float32Array(75)))).toThrow('a spine with a length, got one point');
  });
});

describe('faceForward', () => {
  it.each(['y', 'z'] as const)('takes the depth out of the shoulders and keeps heights (up %s)', (up) => {
    const source = randomClip(ntu25, { seed: 9, frames: 2 });
    const turned = faceForward(source, up);
    const [height, depth] = up === 'y' ? ([1, 2] as const) : ([2, 1] as const);
    const across = between(turned, 'left_shoulder', 'right_shoulder');
    expect(across[depth]).toBeCloseTo(0, 5);
    expect(across[0]).toBeGreaterThan(0);
    expect(place(turned, 'head', 1)[height]).toBeCloseTo(place(source, 'head', 1)[height], 5);
  });

  it('undoes a turn about the vertical', () => {
    const source = faceForward(randomClip(ntu25, { seed: 2 }));
    for (const angle of [0.5, 2, -3]) {
      expectClose(place(faceForward(transformClip(source, eulerRotation(0, angle, 0))), 'head'), place(source, 'head'));
    }
  });
});

describe('alignInfogcn', () => {
  it('makes the trunk the axes, mirrored as published, person by person', () => {
    const source = randomClip(ntu25, { seed: 5, persons: 2, frames: 2 });
    const aligned = alignInfogcn(source);
    for (const person of [0, 1]) {
      const at = (clip: Clip, joint: string) => place(clip, joint, 0, person);
      const spine = unit(subtract(at(aligned, 'spine_mid'), at(aligned, 'spine_base'))) as Vector;
      expectClose(spine, [0, 0, 1]);
      const hips = subtract(at(aligned, 'left_hip'), at(aligned, 'right_hip'));
      expect(hips[0]).toBeGreaterThan(0);
      expect(hips[1]).toBeCloseTo(0, 5);
      const volume = (clip: Clip) => dot(at(clip, 'head'), cross(at(clip, 'left_foot'), at(clip, 'right_hand')));
      expect(volume(aligned)).toBeCloseTo(-volume(source), 4);
    }
  });

  it('makes a person without a trunk missing', () => {
    const source = randomClip(ntu25, { persons: 2, frames: 2 });
    const hidden = withoutJoints(source, (place) => place >= 50 && place % 25 === 1);
    const { confidence } = alignInfogcn(hidden);
    expect(confidence?.data.subarray(0, 50).every((score) => score === 1)).toBe(true);
    expect(confidence?.data.subarray(50).every((score) => score === 0)).toBe(true);
  });
});
