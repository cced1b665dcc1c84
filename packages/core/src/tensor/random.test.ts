import { describe, expect, it } from 'vitest';
import { createRandom, resumeRandom } from './random.ts';

describe('createRandom', () => {
  it('repeats itself for the same seed', () => {
    const [a, b] = [createRandom(7), createRandom(7)];
    expect(Array.from({ length: 5 }, a.next)).toEqual(Array.from({ length: 5 }, b.next));
  });

  it('draws evenly from the first draw on, whatever the seed', () => {
    const first = Array.from({ length: 4000 }, (_, seed) => createRandom(seed).next());
    const bins = new Array<number>(10).fill(0);
    for (const value of first) bins[Math.floor(value * 10)] = (bins[Math.floor(value * 10)] as number) + 1;
    for (const count of bins) expect(Math.abs(count - 400)).toBeLessThan(100);
  });

  it('has normal draws of mean 0 and deviation 1', () => {
    const random = createRandom(3);
    const draws = Array.from({ length: 20_000 }, random.normal);
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it('shuffles without losing anything, and continues from a saved state', () => {
    const random = createRandom(1);
    const items = [...Array(100).keys()];
    const shuffled = random.shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
    const saved = random.state();
    const next = random.next();
    expect(resumeRandom(saved).next()).toBe(next);
  });
});
