import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../tensor/random.ts';
import { type Clip, clip } from './clip.ts';
import type { FrameMap } from './frame-map.ts';
import { defineLayout } from './layout.ts';
import { withoutJoints } from './missing.ts';
import {
  cropResize,
  cropResizeMap,
  frameMaps,
  type SamplingOptions,
  uniformMap,
  uniformSample,
  uniformSamples,
} from './sampling.ts';

const point = defineLayout('point', { head: null });

/** A clip of one joint whose coordinates are the frame's index. */
function ramp(length: number): Clip {
  return clip(
    point,
    Float32Array.from({ length: 2 * length }, (_, i) => i >> 1),
    { dimensions: 2, fps: 30 },
  );
}

function values(clip: Clip): number[] {
  return [...clip.positions.data].filter((_, i) => i % 2 === 0);
}

function indices(map: FrameMap): number[] {
  expect([...map.weight].every((weight) => weight === 0)).toBe(true);
  return [...map.before];
}

/** A source of fixed draws. */
function draws(...numbers: number[]): Random {
  const next = () => numbers.shift() ?? 0;
  const random = createRandom(1);
  return {
    ...random,
    next,
    uniform: (low, high) => low + (high - low) * next(),
    integer: (count) => Math.floor(next() * count),
  };
}

describe('cropResize', () => {
  it.each([
    [4, 6, 1, [0, 0.5, 1.1667, 1.8333, 2.5, 3]],
    [10, 4, 1, [0.75, 3.25, 5.75, 8.25]],
    [100, 64, 1, [0.28125, 1.84375, 3.40625]],
    [100, 64, 0.95, [2.25, 3.75]],
    [20, 64, 1, [0, 0, 0.28125, 0.59375]],
  ])(
    'brings %i frames to %i as the CTR-GCN feeder does (p = %f; spec encoders §5.4)',
    (length, frames, proportion, expected) => {
      const result = values(cropResize(ramp(length), frames, { proportion }));
      expect(result).toHaveLength(frames);
      for (const [i, value] of expected.entries()) expect(result[i]).toBeCloseTo(value, 4);
    },
  );

  it('ends where it should and crops the middle 95 % by default', () => {
    expect(values(cropResize(ramp(100), 64, { proportion: 1 })).at(-1)).toBeCloseTo(98.71875, 4);
    expect(values(cropResize(ramp(100), 64))).toEqual(values(cropResize(ramp(100), 64, { proportion: 0.95 })));
  });

  it('draws share and place at random for training', () => {
    const { before, after } = cropResizeMap(200, 64, { random: draws(0.5, 0.999) });
    expect([before[0], after.at(-1)]).toEqual([50, 199]);
    // At least `frames` frames are kept: 0.5 * 100 < 64.
    const short = cropResizeMap(100, 64, { random: draws(0, 0) });
    expect(indices(short)).toEqual(Array.from({ length: 64 }, (_, i) => i));
  });

  it('repeats a one-frame clip and has no clock', () => {
    const result = cropResize(clip(point, [[[3, 4]]], { fps: 30 }), 3);
    expect([...result.positions.data]).toEqual([3, 4, 3, 4, 3, 4]);
    expect(result.fps).toBeUndefined();
  });

  it('stays inside the clip and in order, for every length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 100 }),
        fc.option(fc.integer()),
        (length, frames, seed) => {
          const random = seed === null ? undefined : createRandom(seed);
          const result = values(cropResize(ramp(length), frames, { random }));
          expect(result).toEqual([...result].sort((a, b) => a - b));
          expect(result[0]).toBeGreaterThanOrEqual(0);
          expect(result.at(-1)).toBeLessThanOrEqual(length - 1);
        },
      ),
    );
  });

  it.each([0, -0.1, 1.1, Number.NaN])('refuses proportion %f', (proportion) => {
    expect(() => cropResize(ramp(5), 3, { proportion })).toThrow(
      'cropResize: expected a proportion above 0 and up to 1',
    );
  });

  it.each([0, 1.5, Number.NaN])('refuses %f frames', (frames) => {
    expect(() => cropResize(ramp(5), frames)).toThrow('cropResize: expected at least 1 frame to sample');
    expect(() => uniformSample(ramp(5), frames)).toThrow('uniformSample: expected at least 1 frame to sample');
  });
});

describe('interpolation beside missing joints', () => {
  const gappy = (...confidence: number[]) => {
    const frames = confidence.map((_, i) => [[10 * (i + 1), 0]]);
    return clip(point, frames, { confidence: confidence.map((score) => [score]) });
  };

  it('takes the nearer side: its value if it is present, missing if it is not', () => {
    const result = cropResize(gappy(1, 0), 4, { proportion: 1 });
    expect(values(result)).toEqual([10, 10, 0, 0]);
    expect([...(result.confidence?.data ?? [])]).toEqual([1, 1, 0, 0]);
  });

  it('takes the present side of two that are as near', () => {
    expect(values(cropResize(gappy(1, 0), 1, { proportion: 1 }))).toEqual([10]);
    expect(values(cropResize(gappy(0, 1), 1, { proportion: 1 }))).toEqual([20]);
  });

  it('interpolates confidence between present joints', () => {
    const result = cropResize(gappy(0.5, 1), 1, { proportion: 1 });
    expect(values(result)).toEqual([15]);
    expect([...(result.confidence?.data ?? [])]).toEqual([0.75]);
  });
});

describe('uniformSample', () => {
  it('picks the middles of equal bins, and loops a short clip', () => {
    expect(indices(uniformMap(10, 5))).toEqual([1, 3, 5, 7, 9]);
    expect(indices(uniformMap(3, 7))).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(indices(uniformMap(5, 5))).toEqual([0, 1, 2, 3, 4]);
    expect(values(uniformSample(ramp(1), 3))).toEqual([0, 0, 0]);
  });

  it('keeps the published rules at random (spec encoders §5.4)', () => {
    const lengths = fc.integer({ min: 1, max: 120 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 40 }), fc.integer(), (length, frames, seed) => {
        const picks = indices(uniformMap(length, frames, { random: createRandom(seed) }));
        expect(picks).toHaveLength(frames);
        expect(picks.every((pick) => pick >= 0 && pick < length)).toBe(true);
        for (let i = 0; i < frames; i++) {
          if (length < frames) expect(picks[i]).toBe(((picks[0] as number) + i) % length);
          else if (i > 0) expect(picks[i]).toBeGreaterThan(picks[i - 1] as number);
          if (length >= frames && length < 2 * frames && i > 0)
            expect((picks[i] as number) - (picks[i - 1] as number)).toBeLessThanOrEqual(2);
          if (length >= 2 * frames) {
            expect(picks[i]).toBeGreaterThanOrEqual(Math.floor((i * length) / frames));
            expect(picks[i]).toBeLessThan(Math.floor(((i + 1) * length) / frames));
          }
        }
      }),
    );
  });

  it('reaches every frame over many draws', () => {
    const random = createRandom(3);
    for (const [length, frames] of [
      [5, 8],
      [7, 5],
      [20, 5],
    ] as const) {
      const seen = new Set(Array.from({ length: 400 }, () => indices(uniformMap(length, frames, { random }))).flat());
      expect(seen.size).toBe(length);
    }
  });
});

describe('uniformSamples', () => {
  it('gives the same samples each time, with spread starts for short clips', () => {
    const long = uniformSamples(ramp(300), 20).map(values);
    expect(long).toEqual(uniformSamples(ramp(300), 20).map(values));
    expect(new Set(long.map(String)).size).toBe(10);
    expect(uniformSamples(ramp(50), 100).map((sample) => values(sample)[0])).toEqual([
      0, 5, 10, 15, 20, 25, 30, 35, 40, 45,
    ]);
    expect(uniformSamples(ramp(2), 3, 4).map(values)).toEqual([
      [0, 1, 0],
      [1, 0, 1],
      [0, 1, 0],
      [1, 0, 1],
    ]);
    expect(() => uniformSamples(ramp(2), 3, 0)).toThrow('at least 1 clip, got 0');
  });
});

describe('frameMaps', () => {
  const frames = 6;
  const of = (length: number, options: Partial<SamplingOptions>, person = 0) =>
    indices(frameMaps(ramp(length), { sampling: 'spread', frames, ...options })(person));

  it('spreads frames over the clip, ends included, as the NW-UCLA feeder does', () => {
    expect(of(11, {})).toEqual([0, 2, 4, 6, 8, 10]);
    expect(of(4, {})).toEqual([0, 0, 1, 1, 2, 3]);
    expect(of(1, {})).toEqual([0, 0, 0, 0, 0, 0]);
    expect(of(100, { frames: 1 })).toEqual([0]);
  });

  it('spreads at random: sorted draws, every frame possible, repetitions too', () => {
    const random = createRandom(1);
    const runs = Array.from({ length: 100 }, () => of(8, { random }));
    for (const run of runs) expect(run).toEqual([...run].sort((a, b) => a - b));
    expect(new Set(runs.flat()).size).toBe(8);
    expect(runs.some((run) => new Set(run).size < run.length)).toBe(true);
  });

  it('pads: leaves the frames after a short clip empty, and cuts a long one', () => {
    expect(of(4, { sampling: 'pad' })).toEqual([0, 1, 2, 3]);
    expect(of(9, { sampling: 'pad' })).toEqual([1, 2, 3, 4, 5, 6]);
    const random = createRandom(1);
    const starts = Array.from({ length: 60 }, () => of(9, { sampling: 'pad', random })[0] as number);
    expect([...new Set(starts)].sort()).toEqual([0, 1, 2, 3]);
  });

  it('loops each person from their own first frame', () => {
    expect(of(4, { sampling: 'loop' })).toEqual([0, 1, 2, 3, 0, 1]);
    expect(of(10, { sampling: 'loop' })).toEqual([2, 3, 4, 5, 6, 7]);
    const both = {
      ...ramp(5),
      positions: { dtype: 'float32', shape: [2, 5, 1, 2], data: new Float32Array(20).fill(1) },
    } as Clip;
    const late = withoutJoints(both, (place) => place === 5 || place >= 8);
    const maps = frameMaps(late, { sampling: 'loop', frames: 7 });
    expect([...maps(0).before]).toEqual([0, 1, 2, 3, 4, 0, 1]);
    expect([...maps(1).before]).toEqual([1, 2, 1, 2, 1, 2, 1]);
    const alone = withoutJoints(both, (place) => place >= 5);
    expect([...frameMaps(alone, { sampling: 'loop', frames: 7 })(1).before]).toEqual([]);
  });

  it('gives the views of uniformSamples, and no others', () => {
    const views = uniformSamples(ramp(50), 20, 3).map(values);
    for (const [index, view] of views.entries()) {
      expect(of(50, { sampling: 'uniform', frames: 20, view: { index, count: 3 } })).toEqual(view);
    }
    expect(() => of(9, { sampling: 'uniform', view: { index: 3, count: 3 } })).toThrow('a view below 3, got 3');
    expect(() => of(9, { sampling: 'pad', view: { index: 0, count: 3 } })).toThrow(
      "expected sampling 'uniform' for several views, got 'pad'",
    );
  });
});
