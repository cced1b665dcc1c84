import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { changeSpeed } from './change-speed.ts';
import { type Clip, clip, frameCount } from './clip.ts';
import { defineLayout } from './layout.ts';
import { ntu25 } from './layouts.ts';

const point = defineLayout('point', { tip: null });
const last = 60;
/** A point that moves evenly: its x is the frame. */
const line = (options: object = { fps: 30 }): Clip =>
  clip(
    point,
    Array.from({ length: last + 1 }, (_, t) => [[t, 0]]),
    options,
  );
const xs = ({ positions }: Clip) => Array.from(positions.data).filter((_, i) => i % 2 === 0);

describe('changeSpeed', () => {
  it('keeps the ends, the order and the frame rate, and stays within its range', () => {
    const lengths = new Set<number>();
    let uneven = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const changed = changeSpeed(line(), createRandom(seed), { range: 0.3 });
        const path = xs(changed);
        const even = last / (path.length - 1);
        const paces = path.slice(1).map((x, i) => (x - (path[i] as number)) / even);
        expect(changed.fps).toBe(30);
        expect([path[0], path.at(-1)]).toEqual([0, expect.closeTo(last, 4)]);
        expect(even).toBeGreaterThan(0.69);
        expect(even).toBeLessThan(1.31);
        expect(Math.min(...paces)).toBeGreaterThan(0.69);
        expect(Math.max(...paces)).toBeLessThan(1.31);
        lengths.add(path.length);
        if (Math.abs((paces[0] as number) - 1) > 0.1) uneven++;
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(lengths.size).toBeGreaterThan(10);
    expect(uneven).toBeGreaterThan(10);
  });

  it('repeats with the seed, leaves its source alone, and knows missing joints', () => {
    const source = randomClip(ntu25, { persons: 2, frames: 9, missing: 0.3 });
    const before = structuredClone(source);
    const changed = changeSpeed(source, createRandom(3));
    expect(changeSpeed(source, createRandom(3))).toEqual(changed);
    expect(source).toEqual(before);
    for (const [place, score] of (changed.confidence?.data ?? []).entries()) {
      if (score === 0) expect([...changed.positions.data.subarray(place * 3, place * 3 + 3)]).toEqual([0, 0, 0]);
    }
  });

  it('follows timestamps, and takes any length', () => {
    // The first half is seen twice as often as the second.
    const times = Array.from({ length: last + 1 }, (_, t) => Math.min(t, 30) / 20 + Math.max(t - 30, 0) / 10);
    const changed = changeSpeed(line({ timestamps: times }), createRandom(1), { range: 0 });
    expect(changed.timestamps).toBeUndefined();
    expect(changed.fps).toBeCloseTo(60 / 4.5, 6);
    expect(xs(changed)[20]).toBeCloseTo(30, 3);
    for (const frames of [1, 2]) {
      expect(frameCount(changeSpeed(randomClip(ntu25, { frames }), createRandom(1)))).toBe(frames);
    }
  });

  it('does nothing in a range of 0, and refuses others', () => {
    expect(changeSpeed(line(), createRandom(1), { range: 0 }).positions).toEqual(line().positions);
    expect(() => changeSpeed(line(), createRandom(1), { range: 1 })).toThrow(
      'changeSpeed: expected a range of at least 0, below 1, got 1',
    );
  });
});
