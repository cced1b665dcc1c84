import { describe, expect, it } from 'vitest';
import { KinegraphError } from '../tensor/error.ts';
import { defineLayout, jointIndex, type Layout, type LayoutRecord, layoutFrom, sameJoints } from './layout.ts';
import * as layouts from './layouts.ts';

const shipped = Object.values(layouts);

describe('defineLayout', () => {
  it('takes indices from key order, parents from values, partners from prefixes', () => {
    const arms = defineLayout('arms', { chest: null, left_hand: 'chest', right_hand: 'chest' });
    expect(arms).toEqual({
      id: 'arms',
      joints: ['chest', 'left_hand', 'right_hand'],
      parents: [-1, 0, 0],
      mirror: [0, 2, 1],
      center: 0,
      bones: [
        [1, 0],
        [2, 0],
      ],
    });
  });

  it('refuses a parent that is not a joint, already when compiled', () => {
    // @ts-expect-error the parent is misspelt
    const misspelt = () => defineLayout('arm', { shoulder: null, elbow: 'sholder' });
    expect(misspelt).toThrow(
      'layout arm: expected a parent of elbow that is one of the joints, got "sholder". Joints: shoulder, elbow.',
    );
    // @ts-expect-error the center is not a joint
    expect(() => defineLayout('arm', { shoulder: null }, { center: 'elbow' })).toThrow('center');
    // @ts-expect-error the bone is not a joint
    expect(() => defineLayout('arm', { shoulder: null }, { bones: { elbow: 'shoulder' } })).toThrow('bone');
  });

  it.each([
    ['no joints', {}, '1 to 1024 joints'],
    ['two roots', { a: null, b: null }, 'exactly one root, got a, b'],
    ['no root', { a: 'b', b: 'a' }, 'exactly one root, got none'],
    ['a cycle beside the root', { a: null, b: 'c', c: 'b' }, 'a tree, got a cycle through "b"'],
    ['a joint of itself', { a: null, b: 'b' }, 'a tree, got a cycle'],
    ['a name that JavaScript would reorder', { a: null, 1: 'a' }, 'start with a letter, got "1"'],
  ])('refuses %s', (_, tree, message) => {
    expect(() => defineLayout('bad', tree as Record<string, null>)).toThrow(message);
  });

  it('lets single bones differ from the tree, or be zero', () => {
    const tree = { hip: null, knee: 'hip', foot: 'knee' } as const;
    expect(defineLayout('leg', tree, { bones: { foot: 'hip', knee: null } }).bones).toEqual([[2, 0]]);
  });
});

describe('layoutFrom', () => {
  it.each(shipped)('rebuilds $id from JSON', (layout) => {
    expect(layoutFrom(JSON.parse(JSON.stringify(layout)))).toEqual(layout);
  });

  it('derives center and bones from joints and parents alone', () => {
    const { id, joints, parents } = layouts.ntu25;
    expect(layoutFrom({ id, joints, parents })).toEqual(layouts.ntu25);
  });

  const good = { id: 'x', joints: ['a', 'b'], parents: [-1, 0] };
  it.each([
    ['nothing', null],
    ['no id', { ...good, id: undefined }],
    ['an id with a line break', { ...good, id: 'a\nb' }],
    ['joints that are no list', { ...good, joints: 'ab' }],
    ['a joint that is no string', { ...good, joints: ['a', 3] }],
    ['a joint named __proto__', { ...good, joints: ['a', '__proto__'] }],
    ['a joint twice', { ...good, joints: ['a', 'a'] }],
    ['too many joints', { ...good, joints: Array.from({ length: 2000 }, (_, i) => `j${i}`) }],
    ['too few parents', { ...good, parents: [-1] }],
    ['a parent out of range', { ...good, parents: [-1, 2] }],
    ['a parent of -2', { ...good, parents: [-1, -2] }],
    ['a fractional parent', { ...good, parents: [-1, 0.5] }],
    ['parents that are no list', { ...good, parents: { 0: -1, 1: 0 } }],
    ['a center out of range', { ...good, center: 2 }],
    ['a bone of three', { ...good, bones: [[1, 0, 0]] }],
    ['a bone to itself', { ...good, bones: [[1, 1]] }],
    [
      'two bones of one joint',
      {
        ...good,
        bones: [
          [1, 0],
          [1, 0],
        ],
      },
    ],
    ['a bone out of range', { ...good, bones: [[1, 2]] }],
    ['bones that are no list', { ...good, bones: 'none' }],
  ])('refuses %s', (_, record) => {
    let error: unknown;
    try {
      layoutFrom(record as unknown as LayoutRecord);
    } catch (thrown) {
      error = thrown;
    }
    expect(KinegraphError.is(error, 'invalid-layout')).toBe(true);
  });
});

describe('jointIndex and sameJoints', () => {
  it('finds joints by name and lists them if there is none', () => {
    expect(jointIndex(layouts.ntu25, 'spine_shoulder')).toBe(20);
    expect(() => jointIndex(layouts.hand21, 'nose')).toThrow('layout hand21: expected one of wrist, thumb_cmc');
  });

  it('compares joints, not ids', () => {
    expect(sameJoints(layouts.ntu25, { ...layouts.ntu25, id: 'other', joints: [...layouts.ntu25.joints] })).toBe(true);
    expect(sameJoints(layouts.ntu25, layouts.body25)).toBe(false);
  });
});

describe('shipped layouts', () => {
  /** Inward edges [child, parent] as published (spec encoders §2), 0-based. */
  const published = {
    ntu25: [
      [0, 1],
      [1, 20],
      [2, 20],
      [3, 2],
      [4, 20],
      [5, 4],
      [6, 5],
      [7, 6],
      [8, 20],
      [9, 8],
      [10, 9],
      [11, 10],
      [12, 0],
      [13, 12],
      [14, 13],
      [15, 14],
      [16, 0],
      [17, 16],
      [18, 17],
      [19, 18],
      [21, 22],
      [22, 7],
      [23, 24],
      [24, 11],
    ],
    coco17: [
      [15, 13],
      [13, 11],
      [16, 14],
      [14, 12],
      [11, 5],
      [12, 6],
      [9, 7],
      [7, 5],
      [10, 8],
      [8, 6],
      [5, 0],
      [6, 0],
      [1, 0],
      [3, 1],
      [2, 0],
      [4, 2],
    ],
    openpose18: [
      [4, 3],
      [3, 2],
      [7, 6],
      [6, 5],
      [13, 12],
      [12, 11],
      [10, 9],
      [9, 8],
      [11, 5],
      [8, 2],
      [5, 1],
      [2, 1],
      [0, 1],
      [15, 0],
      [14, 0],
      [17, 15],
      [16, 14],
    ],
    kinect20: [
      [0, 1],
      [1, 2],
      [3, 2],
      [4, 2],
      [5, 4],
      [6, 5],
      [7, 6],
      [8, 2],
      [9, 8],
      [10, 9],
      [11, 10],
      [12, 0],
      [13, 12],
      [14, 13],
      [15, 14],
      [16, 0],
      [17, 16],
      [18, 17],
      [19, 18],
    ],
    hand21: [
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 0],
      [6, 5],
      [7, 6],
      [8, 7],
      [9, 0],
      [10, 9],
      [11, 10],
      [12, 11],
      [13, 0],
      [14, 13],
      [15, 14],
      [16, 15],
      [17, 0],
      [18, 17],
      [19, 18],
      [20, 19],
    ],
  } as const;
  const sorted = (edges: readonly (readonly number[])[]) =>
    [...edges].sort((a, b) => (a[0] as number) - (b[0] as number));

  it.each(Object.entries(published))('%s has the published edges', (id, edges) => {
    const { parents } = shipped.find((layout) => layout.id === id) as Layout;
    expect(parents.flatMap((parent, joint) => (parent < 0 ? [] : [[joint, parent]]))).toEqual(sorted(edges));
  });

  it('have the published centers and bones', () => {
    expect([layouts.ntu25.center, layouts.coco17.center, layouts.openpose18.center, layouts.hand21.center]).toEqual([
      20, 0, 1, 0,
    ]);
    expect(layouts.ntu25.bones).toEqual(sorted(published.ntu25));
    const cocoBones = sorted(
      published.coco17.map(([joint, parent]) => [joint, joint === 11 || joint === 12 ? 0 : parent]),
    );
    expect(layouts.coco17.bones).toEqual(cocoBones);
    const openposeBones = sorted([...published.openpose18.filter(([joint]) => joint !== 0), [1, 0]]);
    expect(layouts.openpose18.bones).toEqual(openposeBones);
  });

  it.each(shipped)('$id mirrors in pairs', (layout) => {
    for (const [joint, partner] of layout.mirror.entries()) {
      expect(layout.mirror[partner]).toBe(joint);
      if (/^(left|right)_/.test(layout.joints[joint] as string)) expect(partner).not.toBe(joint);
    }
  });

  it('have as many joints as their names say', () => {
    for (const { id, joints } of shipped) expect(id.endsWith(String(joints.length))).toBe(true);
  });
});
