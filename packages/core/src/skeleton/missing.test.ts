import { describe, expect, it } from 'vitest';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { type Clip, clip } from './clip.ts';
import { defineLayout } from './layout.ts';
import { dropUncertain, fillMissing, presentFrames } from './missing.ts';

const arm = defineLayout('arm', { shoulder: null, hand: 'shoulder' });

/** One person whose shoulder is at 10, 20, ... and whose hand is at minus that. */
function shown(confidence: number[][], options: object = {}): Clip {
  const frames = confidence.map((_, i) => [
    [10 * (i + 1), 1],
    [-10 * (i + 1), 1],
  ]);
  return clip(arm, frames, { confidence, ...options });
}

const xs = ({ positions }: Clip, joint: number) => [...positions.data].filter((_, i) => i % 4 === 2 * joint);
const scores = ({ confidence }: Clip, joint: number) => [...(confidence?.data ?? [])].filter((_, i) => i % 2 === joint);

describe('fillMissing', () => {
  it('fills between neighbors linearly and beyond them with the nearest', () => {
    const filled = fillMissing(
      shown([
        [0, 1],
        [1, 1],
        [0, 1],
        [0, 1],
        [0.5, 1],
        [0, 1],
      ]),
    );
    expect(xs(filled, 0)).toEqual([20, 20, 30, 40, 50, 50]);
    for (const [i, score] of [1, 1, 5 / 6, 4 / 6, 0.5, 0.5].entries())
      expect(scores(filled, 0)[i]).toBeCloseTo(score, 6);
    expect(xs(filled, 1)).toEqual([-10, -20, -30, -40, -50, -60]);
  });

  it('goes by time where the frames are uneven', () => {
    const filled = fillMissing(
      shown(
        [
          [1, 1],
          [0, 1],
          [1, 1],
        ],
        { timestamps: [0, 3, 4] },
      ),
    );
    expect(xs(filled, 0)).toEqual([10, 25, 30]);
  });

  it('leaves a joint missing that is never seen, person by person', () => {
    const filled = fillMissing(
      shown([
        [1, 0],
        [0, 0],
      ]),
    );
    expect(xs(filled, 1)).toEqual([0, 0]);
    expect(scores(filled, 1)).toEqual([0, 0]);
    const two = clip(arm, new Float32Array(16).fill(3), {
      persons: 2,
      dimensions: 2,
      confidence: [
        [
          [1, 1],
          [0, 1],
        ],
        [
          [0, 1],
          [0, 1],
        ],
      ],
    });
    expect([...(fillMissing(two).confidence?.data ?? [])]).toEqual([1, 1, 1, 1, 0, 1, 0, 1]);
  });

  it('returns a complete clip as it is, and refuses one with every joint missing', () => {
    for (const complete of [randomClip(arm), randomClip(arm, { missing: 0 })])
      expect(fillMissing(complete)).toBe(complete);
    expect(() => fillMissing(shown([[0, 0]]))).toThrow(
      'fillMissing: expected at least one joint in one frame, got a clip with every joint missing',
    );
  });
});

describe('dropUncertain', () => {
  it('marks joints below the threshold as missing, and zeroes them', () => {
    const source = shown([
      [0.3, 1],
      [0.2, 0.29],
    ]);
    const result = dropUncertain(source, 0.3);
    expect([...(result.confidence?.data ?? [])]).toEqual([Math.fround(0.3), 1, 0, 0].map(Math.fround));
    expect(xs(result, 0)).toEqual([10, 0]);
    expect(xs(source, 0)).toEqual([10, 20]);
  });

  it('leaves a clip without confidence alone, and refuses thresholds outside 0 to 1', () => {
    const certain = randomClip(arm);
    expect(dropUncertain(certain, 0.5)).toBe(certain);
    expect(() => dropUncertain(certain, 1.5)).toThrow('a threshold from 0 to 1, got 1.5');
  });
});

describe('presentFrames', () => {
  it('spans the frames that have any joint of anyone', () => {
    expect(presentFrames(randomClip(arm, { frames: 5 }))).toEqual([0, 5]);
    expect(
      presentFrames(
        shown([
          [0, 0],
          [0, 1],
          [0, 0],
          [1, 0],
          [0, 0],
        ]),
      ),
    ).toEqual([1, 4]);
    expect(
      presentFrames(
        shown([
          [0, 0],
          [0, 0],
        ]),
      ),
    ).toEqual([0, 0]);
  });
});
