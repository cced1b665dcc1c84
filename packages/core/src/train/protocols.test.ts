import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { swings } from './fixtures/tiny-training.ts';
import {
  crossSubject,
  oneShot,
  parseNtuName,
  parseNwUclaName,
  publishedProtocols,
  publishedSplit,
  validationByShare,
  validationBySubject,
} from './protocols.ts';
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

describe('publishedSplit', () => {
  const named = (id: string): Sample => ({ clip, label: 0, id });
  const part = (letter: string, value: number) => letter + String(value).padStart(3, '0');
  const ntu = (setup: number, camera: number, subject: number, action = 1) =>
    [part('S', setup), part('C', camera), part('P', subject), part('R', 1), part('A', action)].join('');
  const everyone = Array.from({ length: 106 }, (_, i) => i + 1);

  it('reads names', () => {
    expect(parseNtuName('S018C002P103R001A120')).toEqual({
      setup: 18,
      camera: 2,
      subject: 103,
      replication: 1,
      action: 120,
    });
    for (const name of ['', 'S018C002P103R001A000', 'S018C002P103R001A12', 'xS018C002P103R001A120']) {
      expect(parseNtuName(name)).toBeUndefined();
    }
  });

  it('reads the names of NW-UCLA', () => {
    expect(parseNwUclaName('a12_s10_e04_v02')).toEqual({ action: 12, subject: 10, episode: 4, view: 2 });
    for (const name of ['', 'a12_s10_e04_v04', 'a12_s10_e04_v02.json']) expect(parseNwUclaName(name)).toBeUndefined();
  });

  it('trains on 20 of 40 and on 53 of 106 subjects', () => {
    const sixty = publishedSplit(
      everyone.slice(0, 40).map((subject) => named(ntu(1, 1, subject))),
      'ntu60-xsub',
    );
    expect([sixty.train.length, sixty.test.length]).toEqual([20, 20]);
    expect(ids(sixty.test).slice(0, 3)).toEqual([3, 6, 7].map((subject) => ntu(1, 1, subject)));
    const more = publishedSplit(
      everyone.map((subject) => named(ntu(20, 1, subject, 61))),
      'ntu120-xsub',
    );
    expect([more.train.length, more.test.length]).toEqual([53, 53]);
    expect(ids(more.train).slice(-3)).toEqual([98, 100, 103].map((subject) => ntu(20, 1, subject, 61)));
  });

  it('tests on camera 1 and on odd setups', () => {
    const views = publishedSplit(
      [1, 2, 3].map((camera) => named(ntu(1, camera, 3))),
      'ntu60-xview',
    );
    expect([ids(views.train), ids(views.test)]).toEqual([[ntu(1, 2, 3), ntu(1, 3, 3)], [ntu(1, 1, 3)]]);
    const setups = publishedSplit(
      [1, 2, 31, 32].map((setup) => named(ntu(setup, 1, 1, 99))),
      'ntu120-xset',
    );
    expect([ids(setups.train), ids(setups.test)]).toEqual([
      [ntu(2, 1, 1, 99), ntu(32, 1, 1, 99)],
      [ntu(1, 1, 1, 99), ntu(31, 1, 1, 99)],
    ]);
  });

  it('leaves out of NTU RGB+D 60 what only 120 has', () => {
    const { train, test } = publishedSplit([named(ntu(17, 1, 1, 60)), named(ntu(18, 1, 1, 61))], 'ntu60-xsub');
    expect([ids(train), ids(test)]).toEqual([[ntu(17, 1, 1, 60)], []]);
  });

  it('tests NW-UCLA on view 3', () => {
    const { train, test } = publishedSplit(
      ['a01_s01_e00_v01', 'a12_s10_e04_v02', 'a08_s02_e01_v03'].map(named),
      'nw-ucla-xview',
    );
    expect([train.length, ids(test)]).toEqual([2, ['a08_s02_e01_v03']]);
  });

  it('refuses other names and unknown protocols', () => {
    for (const protocol of publishedProtocols) {
      expect(() => publishedSplit([named('wave')], protocol)).toThrow(/expected ids such as .*, got wave/);
    }
    expect(() => publishedSplit([], 'ntu60' as 'ntu60-xsub')).toThrow(/a protocol among ntu60-xsub, .*, got "ntu60"/);
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
