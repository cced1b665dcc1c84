import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { swings } from './fixtures/tiny-training.ts';
import { crossSubject, oneShot, validationByShare, validationBySubject } from './protocols.ts';
import type { Sample } from './task.ts';

const [{ clip }] = swings(1) as [Sample];
const sample = (label: string, subject: number | string, id = `${label}/${subject}`): Sample => ({
  clip,
  label,
  subject,
  id,
});
const ids = (samples: readonly Sample[]) => samples.map(({ id }) => id);

describe('crossSubject', () => {
  it('trains on odd and tests on even subjects', () => {
    const { train, test } = crossSubject([1, 2, 3, '4', 10].map((subject) => sample('a', subject)));
    expect(ids(train)).toEqual(['a/1', 'a/3']);
    expect(ids(test)).toEqual(['a/2', 'a/4', 'a/10']);
  });

  it.each([['Anna'], [1.5]])('refuses the subject %s', (subject) => {
    expect(() => crossSubject([sample('a', subject)])).toThrow(
      'crossSubject: expected subjects that are whole numbers',
    );
  });

  it('refuses a sample without a subject, by its name', () => {
    expect(() => crossSubject([{ clip, label: 'a', id: 'x7' }])).toThrow(
      'expected samples with a subject, got none in x7',
    );
  });
});

describe('oneShot', () => {
  const labels = ['a', 'b', 'c', 'd'];
  const samples = [
    sample('a', 3),
    sample('a', 2, 'first'),
    sample('a', 2, 'second'),
    sample('a', 5),
    sample('b', 1),
    sample('c', 2),
    sample('d', 1),
    sample('d', 9),
  ];

  it('takes every third class as novel, and the first clip of its lowest subject as exemplar', () => {
    const split = oneShot(samples, labels);
    expect(split.novelLabels).toEqual(['a', 'd']);
    expect(split.baseLabels).toEqual(['b', 'c']);
    expect(ids(split.train)).toEqual(['b/1', 'c/2']);
    expect(ids(split.exemplars)).toEqual(['first', 'd/1']);
    expect(ids(split.queries)).toEqual(['a/3', 'a/5', 'd/9']);
  });

  it('refuses an unknown label and a novel class without samples', () => {
    expect(() => oneShot([sample('z', 1)], labels)).toThrow('oneShot: expected a label among a, b, c, d, got "z"');
    expect(() => oneShot([sample('a', 1)], labels)).toThrow('oneShot: expected samples of the novel class d, got none');
  });
});

describe('validation splits', () => {
  const samples = swings(40);

  it('keeps subjects apart and loses nothing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.05, max: 0.7, noNaN: true }), (seed, share) => {
        const { train, test } = validationBySubject(samples, share, createRandom(seed));
        const held = new Set(test.map(({ subject }) => subject));
        expect(train.some(({ subject }) => held.has(subject))).toBe(false);
        expect(train.length + test.length).toBe(samples.length);
        expect(held.size).toBe(Math.max(1, Math.round(share * 4)));
      }),
    );
  });

  it('holds the named subjects back', () => {
    const { test } = validationBySubject(samples, [2, 4], createRandom(1));
    expect(new Set(test.map(({ subject }) => subject))).toEqual(new Set([2, 4]));
  });

  it('depends on the seed alone', () => {
    const split = (seed: number) => ids(validationByShare(samples, 0.25, createRandom(seed)).test);
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
    expect(split(1)).toHaveLength(10);
  });

  it.each([0, 1, -0.5, Number.NaN])('refuses a share of %s', (share) => {
    expect(() => validationByShare(samples, share, createRandom(1))).toThrow('expected a share between 0 and 1');
  });

  it('refuses to leave one side empty', () => {
    expect(() => validationBySubject(samples, ['nobody'], createRandom(1))).toThrow('got none held back');
    expect(() => validationBySubject(samples, [1, 2, 3, 4], createRandom(1))).toThrow('got none to train on');
  });
});
