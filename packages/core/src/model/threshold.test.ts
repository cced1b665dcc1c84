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
