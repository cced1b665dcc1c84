import { describe, expect, it } from 'vitest';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { anchor, anchorAt } from './anchor.ts';
import { type Clip, clip } from './clip.ts';
import { defineLayout } from './layout.ts';
import { coco17, hand21, ntu25 } from './layouts.ts';
import { withoutJoints } from './missing.ts';
import { center, normalizeImage, scaleBody } from './normalize.ts';
import { convertUnit } from './units.ts';

const arm = defineLayout('arm', { shoulder: null, hand: 'shoulder' });

describe('center', () => {
  const two = [
    [
      [
        [1, 1],
        [2, 3],
      ],
      [
        [5, 5],
        [6, 8],
      ],
    ],
    [
      [
        [0, 0],
        [9, 9],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ],
  ];

  it('puts everyone relative to the first person’s first frame', () => {
    const centered = center(clip(arm, two));
    expect([...centered.positions.data]).toEqual([0, 0, 1, 2, 4, 4, 5, 7, -1, -1, 8, 8, 0, -1, -1, 0]);
    expect([...center(clip(arm, two), { joint: 'hand' }).positions.data].slice(0, 4)).toEqual([-1, -2, 0, 0]);
  });

  it('or relative to the joint in each frame', () => {
    const centered = center(clip(arm, two), { per: 'frame' });
    expect([...centered.positions.data]).toEqual([0, 0, 1, 2, 0, 0, 1, 3, -1, -1, 8, 8, -4, -5, -5, -4]);
  });

  it('uses the first frame that shows the joint, or the nearest one, and keeps missing joints missing', () => {
    const frames = [
      [
        [7, 7],
        [2, 3],
      ],
      [
        [1, 2],
        [4, 4],
      ],
      [
        [7, 7],
        [5, 5],
      ],
    ];
    const source = clip(arm, frames, {
      confidence: [
        [0, 1],
        [1, 1],
        [0, 1],
      ],
    });
    const expected = [0, 0, 1, 1, 0, 0, 3, 2, 0, 0, 4, 3];
    expect([...center(source).positions.data]).toEqual(expected);
    expect([...center(source, { per: 'frame' }).positions.data]).toEqual(expected);
  });

  it('centers on a joint that follows from others', () => {
    const centered = center(randomClip(coco17, { frames: 2 }), { joint: 'pelvis' });
    const origin = anchorAt(centered, anchor('test', coco17, 'pelvis'), 0, 0);
    for (const x of origin ?? [1]) expect(x).toBeCloseTo(0, 6);
  });

  it('refuses a joint that is never seen or does not exist', () => {
    expect(() => center(withoutJoints(randomClip(arm), (place) => place % 2 === 0))).toThrow(
      'center: expected shoulder of the first person in some frame, got only missing ones',
    );
    expect(() => center(randomClip(arm), { joint: 'nose' })).toThrow(
      'a layout with nose, or joints that it follows from, got arm',
    );
  });
});

describe('scaleBody', () => {
  const trunk = (clip: Clip, from = 'pelvis', to = 'thorax', frame = 0) => {
    const [a, b] = [from, to].map(
      (joint) => anchorAt(clip, anchor('test', clip.layout, joint), 0, frame) as readonly number[],
    );
    return Math.hypot(...(a as number[]).map((x, i) => x - (b as number[])[i]!));
  };

  it('gives the trunk length 1 in any body layout and dimension', () => {
    for (const layout of [ntu25, coco17]) {
      for (const dimensions of [2, 3] as const) {
        const scaled = scaleBody(randomClip(layout, { frames: 1, dimensions }));
        expect(trunk(scaled)).toBeCloseTo(1, 5);
        expect(scaled.unit).toBe('normalized');
      }
    }
  });

  it('takes the median of the frames, any two places, and any length', () => {
    const source = clip(
      arm,
      [0, 1, 2, 3, 100].map((x) => [
        [0, 0, 0],
        [x, 0, 0],
      ]),
    );
    expect(scaleBody(source, { from: 'shoulder', to: 'hand', length: 4 }).positions.data[9]).toBe(2);
    const hand = scaleBody(randomClip(hand21, { frames: 1 }), { from: 'wrist', to: 'middle_mcp' });
    expect(trunk(hand, 'wrist', 'middle_mcp')).toBeCloseTo(1, 5);
  });

  it('refuses bodies without a size', () => {
    expect(() => scaleBody(clip(ntu25, new Float32Array(75)))).toThrow(
      'pelvis and thorax apart in some frame, got one point',
    );
    expect(() => scaleBody(withoutJoints(randomClip(ntu25), () => true))).toThrow('got only missing ones');
    expect(() => scaleBody(randomClip(hand21))).toThrow('a layout with pelvis');
  });
});

describe('normalizeImage', () => {
  const source = clip(
    arm,
    [
      [
        [0, 0],
        [960, 540],
      ],
      [
        [1920, 1080],
        [480, 810],
      ],
    ],
    { unit: 'pixel' },
  );

  it('brings the image to -1..1', () => {
    const result = normalizeImage(source, { width: 1920, height: 1080 });
    expect([...result.positions.data]).toEqual([-1, -1, 0, 0, 1, 1, -0.5, 0.5]);
    expect(result.unit).toBe('normalized');
  });

  it('or the bounding box of the joints that are there', () => {
    const hidden = withoutJoints(source, (place) => place === 2);
    const result = normalizeImage(hidden, 'auto');
    expect([...result.positions.data]).toEqual([-1, -1, 1, Math.fround(1 / 3), 0, 0, 0, 1].map(Math.fround));
  });

  it('refuses depth, an image without a size, and a box without one', () => {
    expect(() => normalizeImage(randomClip(arm), 'auto')).toThrow(
      'normalizeImage: expected a clip with 2 coordinates, got 3',
    );
    expect(() => normalizeImage(source, { width: 0, height: 10 })).toThrow('a width and a height above 0, got 0 x 10');
    expect(() =>
      normalizeImage(
        withoutJoints(source, () => true),
        'auto',
      ),
    ).toThrow('a width and a height above 0');
  });
});

describe('convertUnit', () => {
  it('converts lengths, and takes a clip without a unit as it is', () => {
    const meters: Clip = {
      ...clip(arm, [
        [
          [1, 2, 3],
          [0.5, 0, 0],
        ],
      ]),
      unit: 'meter',
    };
    const millimeters = convertUnit(meters, 'millimeter');
    expect([...millimeters.positions.data]).toEqual([1000, 2000, 3000, 500, 0, 0]);
    expect(convertUnit(millimeters, 'meter')).toEqual(meters);
    expect(convertUnit(meters, 'meter')).toBe(meters);
    expect(convertUnit(randomClip(arm), 'meter').positions).toEqual(randomClip(arm).positions);
  });

  it('refuses pixels for meters', () => {
    expect(() => convertUnit({ ...randomClip(arm), unit: 'pixel' }, 'meter')).toThrow(
      'convertUnit: expected positions in meter, got pixel',
    );
  });
});
