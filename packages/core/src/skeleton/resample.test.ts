import { describe, expect, it } from 'vitest';
import { clip } from './clip.ts';
import { defineLayout } from './layout.ts';
import { resample } from './resample.ts';

const point = defineLayout('point', { head: null });

function at(times: readonly number[], options: object = { timestamps: times }) {
  return clip(
    point,
    times.map((time) => [[time, 2 * time]]),
    options,
  );
}

function firsts(values: Float32Array): number[] {
  return [...values].filter((_, i) => i % 2 === 0);
}

describe('resample', () => {
  it('follows uneven timestamps', () => {
    const result = resample(at([0, 1, 4, 5]), { fps: 2 });
    expect(firsts(result.positions.data)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]);
    expect(result.fps).toBe(2);
    expect(result.timestamps).toBeUndefined();
  });

  it('starts at the first frame, whatever its time', () => {
    expect(firsts(resample(at([100, 101]), { fps: 2 }).positions.data)).toEqual([100, 100.5, 101]);
  });

  it('halves and doubles an even rate, keeping both ends', () => {
    const second = Array.from({ length: 31 }, (_, i) => i / 30);
    const source = at(second, { fps: 30 });
    for (const fps of [10, 15, 60, 90]) {
      const { data, shape } = resample(source, { fps }).positions;
      expect(shape[1]).toBe(fps + 1);
      for (const [i, value] of firsts(data).entries()) expect(value).toBeCloseTo(i / fps, 6);
    }
  });

  it('does not lose the last frame of odd rates to rounding', () => {
    for (const fps of [7, 23.976, 29.97, 59.94]) {
      const source = at(Array.from({ length: 50 }, (_, i) => i / fps));
      expect(resample(source, { fps }).positions.shape[1]).toBe(50);
    }
  });

  it('leaves alone what already has the rate, and a single frame', () => {
    const source = at([0, 1], { fps: 30 });
    expect(resample(source, { fps: 30 })).toBe(source);
    expect(resample(at([3]), { fps: 10 }).positions.shape[1]).toBe(1);
  });

  it('keeps joints missing while they are', () => {
    const frames = [[[1, 1]], [[9, 9]], [[3, 3]]];
    const source = clip(point, frames, { fps: 1, confidence: [[1], [0], [1]] });
    const result = resample(source, { fps: 4 });
    expect([...(result.confidence?.data ?? [])]).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1]);
    expect(firsts(result.positions.data)).toEqual([1, 1, 1, 0, 0, 0, 3, 3, 3]);
  });

  it('refuses a clip without a clock, a bad rate, and timestamps that cannot be seconds', () => {
    expect(() => resample(at([0, 1], {}), { fps: 30 })).toThrow(
      'resample: expected a clip with fps or timestamps, got neither. Say how fast',
    );
    expect(() => resample(at([0, 1]), { fps: 0 })).toThrow('fps above 0, got 0');
    expect(() => resample(at([0, 1e9]), { fps: 30 })).toThrow('Timestamps are in seconds.');
  });
});
