import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { float32 } from '../tensor/tensor.ts';
import { calibrateThreshold } from './threshold.ts';

/** Unit vectors at these angles, in degrees. */
const angles = (...degrees: number[]) =>
  float32(
    degrees.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]),
    [degrees.length, 2],
  );

const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

describe('calibrateThreshold', () => {
  it('lies between the pairs of one label and those of two', () => {
    const threshold = calibrateThreshold(angles(0, 10, 90, 100), ['a', 'a', 'b', 'b']);
    expect(threshold).toBeCloseTo((cosine(10) + cosine(80)) / 2, 6);
  });

  it('balances both errors where labels overlap', () => {
    const random = createRandom(5);
    const labels = Array.from({ length: 60 }, (_, i) => `label ${i % 3}`);
    const clips = angles(...labels.map((_, i) => (i % 3) * 40 + 15 * random.normal()));
    const threshold = calibrateThreshold(clips, labels);
    const errors = { same: [] as boolean[], different: [] as boolean[] };
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < i; j++) {
        const at = (row: number, axis: number) => clips.data[row * 2 + axis] as number;
        const accepted = at(i, 0) * at(j, 0) + at(i, 1) * at(j, 1) >= threshold;
        if (labels[i] === labels[j]) errors.same.push(!accepted);
        else errors.different.push(accepted);
      }
    }
    const rate = (all: boolean[]) => all.filter(Boolean).length / all.length;
    expect(rate(errors.same)).toBeCloseTo(rate(errors.different), 2);
    expect(rate(errors.same)).toBeLessThan(0.3);
  });

  it('rises with the labels of a gallery, so that it still balances both errors', () => {
    const random = createRandom(8);
    const [classes, each, width, enrolled] = [20, 12, 6, 8];
    const normals = (scale: number) => Array.from({ length: width }, () => scale * random.normal());
    const centers = Array.from({ length: classes }, () => normals(1));
    const labels = centers.flatMap((_, index) => Array.from({ length: each }, () => `label ${index}`));
    const rows = labels.map((_, row) => {
      const noise = normals(0.6);
      const vector = (centers[Math.floor(row / each)] as number[]).map((x, i) => x + (noise[i] as number));
      return vector.map((x) => x / Math.hypot(...vector));
    });
    const clips = float32(rows.flat(), [labels.length, width]);
    const cosineOf = (a: number, b: number) =>
      (rows[a] as number[]).reduce((sum, x, i) => sum + x * ((rows[b] as number[])[i] as number), 0);
    // Galleries of random labels with a random example each: how often is its own example missed, and another action found?
    const errors = (threshold: number) => {
      let [missed, found] = [0, 0];
      const games = 2000;
      for (let game = 0; game < games; game++) {
        const chosen = random.shuffle(centers.map((_, index) => index)).slice(0, enrolled + 1);
        const [unknown, ...others] = chosen.map((index) => index * each + random.integer(each)) as [
          number,
          ...number[],
        ];
        if (others.some((example) => cosineOf(unknown, example) >= threshold)) found++;
        const twin = Math.floor(unknown / each) * each + ((unknown + 1) % each);
        if (cosineOf(unknown, twin) < threshold) missed++;
      }
      return { missed: missed / games, found: found / games };
    };
    const pairs = errors(calibrateThreshold(clips, labels));
    const calibrated = errors(calibrateThreshold(clips, labels, { enrolled }));
    expect(pairs.found - pairs.missed).toBeGreaterThan(0.2);
    expect(Math.abs(calibrated.found - calibrated.missed)).toBeLessThan(0.1);
  });

  it('refuses a gallery of no labels', () => {
    expect(() => calibrateThreshold(angles(0, 10, 90), ['a', 'a', 'b'], { enrolled: 0 })).toThrow('at least 1, got 0');
  });

  it('does not depend on the length of vectors', () => {
    const labels = ['a', 'a', 'b', 'b'];
    const { shape, data } = angles(0, 10, 90, 100);
    const longer = float32(
      data.map((value, i) => value * (1 + (i >> 1))),
      shape,
    );
    expect(calibrateThreshold(longer, labels)).toBeCloseTo(calibrateThreshold(angles(0, 10, 90, 100), labels), 6);
  });

  it.each([
    [['a', 'b', 'c', 'd'], '0 equal and 6 different'],
    [['a', 'a', 'a', 'a'], '6 equal and 0 different'],
    [['a', 'a', 'b'], 'shape [4, 2] and 3 labels'],
  ])('refuses labels %j', (labels, message) => {
    expect(() => calibrateThreshold(angles(0, 10, 90, 100), labels)).toThrow(message);
  });
});
