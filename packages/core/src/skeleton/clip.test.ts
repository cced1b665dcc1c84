import { describe, expect, it } from 'vitest';
import { KinegraphError } from '../tensor/error.ts';
import { float32, int64 } from '../tensor/tensor.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { clip, frameTimes } from './clip.ts';
import { defineLayout, type Layout } from './layout.ts';
import { ntu25 } from './layouts.ts';
import { dropDepth, selectPersons, sliceFrames } from './select.ts';

const arm = defineLayout('arm', { shoulder: null, hand: 'shoulder' });
const one = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
];

describe('clip', () => {
  it('takes nested arrays of one person or several, tensors and flat numbers alike', () => {
    const flat = Float32Array.of(1, 2, 3, 4, 5, 6);
    const expected = clip(arm, one);
    expect(expected.positions).toEqual(float32(flat, [1, 1, 2, 3]));
    for (const same of [[one], flat, float32(flat, [1, 1, 2, 3]), float32(flat, [1, 2, 3])]) {
      expect(clip(arm, same)).toEqual(expected);
    }
    expect(clip(arm, flat.slice(0, 4), { dimensions: 2 }).positions.shape).toEqual([1, 1, 2, 2]);
    expect(clip(arm, new Float32Array(12), { persons: 2 }).positions.shape).toEqual([2, 1, 2, 3]);
  });

  it('keeps the caller’s numbers without copying', () => {
    const flat = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(clip(arm, flat).positions.data).toBe(flat);
  });

  it('sets missing joints to 0 and leaves the caller’s array alone', () => {
    const flat = Float32Array.of(1, 2, 3, Number.NaN, 5, Number.POSITIVE_INFINITY);
    const made = clip(arm, flat, { confidence: [[0.5, 0]] });
    expect([...made.positions.data]).toEqual([1, 2, 3, 0, 0, 0]);
    expect(made.confidence).toEqual(float32([0.5, 0], [1, 1, 2]));
    expect(flat[4]).toBe(5);
  });

  it('reads missing joints off the positions when told how', () => {
    const nan = clip(
      arm,
      [
        [
          [1, 2, 3],
          [Number.NaN, 5, 6],
        ],
      ],
      { missing: 'nan' },
    );
    const zero = clip(
      arm,
      [
        [
          [1, 2, 3],
          [0, 0, 0],
        ],
      ],
      { missing: 'zero', confidence: [[0.5, 0.7]] },
    );
    expect([...(nan.confidence?.data ?? [])]).toEqual([1, 0]);
    expect([...nan.positions.data]).toEqual([1, 2, 3, 0, 0, 0]);
    expect([...(zero.confidence?.data ?? [])]).toEqual([0.5, 0]);
  });

  it.each([
    [
      'NaN',
      () =>
        clip(arm, [
          [
            [1, 2, 3],
            [4, Number.NaN, 6],
          ],
        ]),
      'finite coordinates, got NaN at person 0, frame 0, joint hand. Mark missing',
    ],
    [
      'infinity',
      () =>
        clip(arm, [
          one,
          [
            [
              [1, 2, Number.NEGATIVE_INFINITY],
              [4, 5, 6],
            ],
          ],
        ]),
      '-Infinity at person 1, frame 0, joint shoulder',
    ],
    [
      'NaN in a joint with confidence',
      () =>
        clip(
          arm,
          [
            [
              [1, 2, 3],
              [4, Number.NaN, 6],
            ],
          ],
          { confidence: [[1, 0.1]] },
        ),
      'finite coordinates',
    ],
    [
      'another joint count',
      () => clip(ntu25, one),
      '[persons, frames, 25, 2 or 3] for layout ntu25, got [1, 1, 2, 3]. Pass the layout',
    ],
    [
      'four coordinates',
      () =>
        clip(arm, [
          [
            [1, 2, 3, 4],
            [1, 2, 3, 4],
          ],
        ]),
      '2 or 3] for layout arm, got [1, 1, 2, 4]',
    ],
    ['one joint only', () => clip(arm, [[1, 2, 3]]), 'got [1, 3]'],
    ['no frame', () => clip(arm, new Float32Array(0)), 'at least one frame, got an empty clip'],
    ['no frame, nested', () => clip(arm, [[]]), 'got [1, 0]'],
    ['no person', () => clip(arm, float32([], [0, 4, 2, 3])), 'at least one person, got none'],
    [
      'a broken number of values',
      () => clip(arm, new Float32Array(7)),
      'a whole number of frames of 1 x 2 x 3 numbers, got 7 numbers',
    ],
    [
      'another dtype',
      () => clip(arm, int64([1, 2, 3, 4, 5, 6], [1, 1, 2, 3])),
      'a float32 tensor, a Float32Array or nested arrays, got int64',
    ],
    ['another typed array', () => clip(arm, new Float64Array(6) as unknown as Float32Array), 'got Float64Array'],
    ['no positions', () => clip(arm, undefined as unknown as Float32Array), 'or nested arrays, got undefined'],
    ['null', () => clip(arm, null as unknown as Float32Array), 'or nested arrays, got null'],
    ['no layout', () => clip(undefined as unknown as Layout, one), 'clip: expected a layout such as ntu25, got none'],
    ['the name of a layout', () => clip('arm' as unknown as Layout, one), 'a layout such as ntu25, got "arm"'],
    [
      'half a person',
      () => clip(arm, new Float32Array(9), { persons: 1.5 }),
      'clip: expected at least one person, got 1.5',
    ],
    ['something else', () => clip(arm, 'positions' as unknown as Float32Array), 'got string'],
    [
      'confidence above 1',
      () => clip(arm, one, { confidence: [[1, 1.5]] }),
      'clip confidence: expected numbers from 0 to 1, got 1.5',
    ],
    ['confidence NaN', () => clip(arm, one, { confidence: [[1, Number.NaN]] }), 'numbers from 0 to 1, got NaN'],
    ['confidence of another shape', () => clip(arm, one, { confidence: [[1, 1, 1]] }), 'shape [1, 1, 2], got [1, 3]'],
    [
      'flat confidence of another length',
      () => clip(arm, one, { confidence: new Float32Array(3) }),
      'shape [1, 1, 2], got 3 numbers',
    ],
    ['fps 0', () => clip(arm, one, { fps: 0 }), 'fps above 0, got 0'],
    ['fps NaN', () => clip(arm, one, { fps: Number.NaN }), 'fps above 0, got NaN'],
    ['too many timestamps', () => clip(arm, one, { timestamps: [0, 1] }), '1 timestamps, one a frame, got 2'],
    [
      'timestamps that stand still',
      () => clip(arm, [one[0], one[0]] as number[][][], { timestamps: [1, 1] }),
      'increase, got 1 at frame 1',
    ],
    ['a timestamp NaN', () => clip(arm, one, { timestamps: [Number.NaN] }), 'increase, got NaN at frame 0'],
    [
      'an unknown unit',
      () => clip(arm, one, { unit: 'inch' as 'meter' }),
      'a unit of meter, millimeter, pixel, normalized, got inch',
    ],
    ['an unknown mark', () => clip(arm, one, { missing: 'nil' as 'nan' }), "missing: 'zero' or 'nan', got nil"],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it.each([
    [
      'joints',
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [[1, 2, 3]],
      ],
      '2 items at [1], as in the first, got 1 items',
    ],
    [
      'coordinates',
      [
        [
          [1, 2, 3],
          [4, 5],
        ],
      ],
      '3 items at [0][1], as in the first, got 2 items',
    ],
    [
      'strings',
      [
        [
          [1, 2, 3],
          [4, 5, 'six'],
        ],
      ],
      'a number at [0][1][2], got string',
    ],
    ['depths', [[[1, 2, 3], 4]], 'an array at [0][1], got number'],
  ])('refuses ragged arrays: %s', (_, ragged, message) => {
    let error: unknown;
    try {
      clip(arm, ragged as number[][][]);
    } catch (thrown) {
      error = thrown;
    }
    expect(KinegraphError.is(error, 'invalid-shape')).toBe(true);
    expect(String(error)).toContain(message);
  });
});

describe('frameTimes', () => {
  it('follows timestamps, else fps, else nothing', () => {
    const frames = [one[0], one[0], one[0]] as number[][][];
    expect(frameTimes(clip(arm, frames, { timestamps: [5, 5.5, 7], fps: 30 }))).toEqual(Float64Array.of(0, 0.5, 2));
    expect(frameTimes(clip(arm, frames, { fps: 2 }))).toEqual(Float64Array.of(0, 0.5, 1));
    expect(frameTimes(clip(arm, frames))).toBeUndefined();
  });
});

describe('parts of a clip', () => {
  const source = randomClip(arm, { persons: 3, frames: 4, missing: 0.2, fps: 10 });

  it('selects persons with their confidence, in the order asked for', () => {
    const picked = selectPersons(source, [2, 0]);
    expect(picked.positions.shape).toEqual([2, 4, 2, 3]);
    expect(picked.positions.data.subarray(0, 24)).toEqual(source.positions.data.subarray(48, 72));
    expect(picked.positions.data.subarray(24)).toEqual(source.positions.data.subarray(0, 24));
    expect(picked.confidence?.data.subarray(0, 8)).toEqual(source.confidence?.data.subarray(16, 24));
    expect(picked.fps).toBe(10);
    expect(() => selectPersons(source, [3])).toThrow('persons from 0 to 2, got [3]');
    expect(() => selectPersons(source, [])).toThrow('persons from 0 to 2, got []');
  });

  it('slices frames with their confidence and timestamps', () => {
    const timed = { ...source, timestamps: Float64Array.of(0, 1, 2, 3) };
    const part = sliceFrames(timed, 1, 3);
    expect(part.positions.shape).toEqual([3, 2, 2, 3]);
    expect(part.positions.data.subarray(12, 24)).toEqual(source.positions.data.subarray(30, 42));
    expect(part.confidence?.data.subarray(4, 8)).toEqual(source.confidence?.data.subarray(10, 14));
    expect(part.timestamps).toEqual(Float64Array.of(1, 2));
    for (const [start, end] of [
      [2, 2],
      [-1, 2],
      [0, 5],
      [0.5, 2],
    ] as const) {
      expect(() => sliceFrames(source, start, end)).toThrow('0 <= start < end <= 4');
    }
  });

  it('drops depth', () => {
    expect([...dropDepth(clip(arm, one)).positions.data]).toEqual([1, 2, 4, 5]);
    const flat = clip(arm, new Float32Array(4), { dimensions: 2 });
    expect(dropDepth(flat)).toBe(flat);
  });
});
