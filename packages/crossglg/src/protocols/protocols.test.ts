/** One-shot protocols: who is novel, who is the exemplar, and what may be missing. */
import { clip, defineLayout } from '@kinegraph/core';
import { oneShot, type Sample } from '@kinegraph/core/train';
import { describe, expect, it } from 'vitest';
import { everyClassOneShot, everyThirdOneShot, nwUclaOneShot } from './every-third.ts';
import { ntu60OneShot, ntu120OneShot } from './ntu.ts';
import { pkuMmdOneShot } from './pku-mmd.ts';
import { utdMhadOneShot } from './utd-mhad.ts';

const point = clip(defineLayout('point', { only: null }), [[[[0, 0, 0]]]]);
const names = (count: number) => Array.from({ length: count }, (_, i) => `action ${i + 1}`);
const sampleOf = (id: string, label: string, subject = 1): Sample & { id: string } => ({
  clip: point,
  id,
  label,
  subject,
});
const idsOf = (samples: readonly Sample[]) => samples.map(({ id }) => id as string);
const three = (value: number) => `${value}`.padStart(3, '0');

const labels = names(120);
/** Every action by the exemplars' performer before three cameras, and by another. */
const ntu = labels.flatMap((label, index) => {
  const setup = index < 60 ? '001' : '018';
  const action = `A${three(index + 1)}`;
  return [
    ...[1, 2, 3].map((camera) => sampleOf(`S${setup}C${three(camera)}P008R001${action}`, label)),
    sampleOf(`S${setup}C003P008R002${action}`, label),
    sampleOf(`S${setup}C003P001R001${action}`, label),
  ];
});

describe('ntu120OneShot', () => {
  it('has 100 base and 20 novel classes, one official exemplar each, and none of them among the queries', () => {
    const { train, exemplars, queries, baseLabels, novelLabels, missing } = ntu120OneShot(ntu, labels);
    expect(baseLabels).toHaveLength(100);
    expect(novelLabels).toEqual(
      [0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78, 84, 90, 96, 102, 108, 114].map((i) => labels[i]),
    );
    expect(baseLabels.filter((label) => novelLabels.includes(label))).toEqual([]);
    expect(idsOf(exemplars).slice(0, 2)).toEqual(['S001C003P008R001A001', 'S001C003P008R001A007']);
    expect(idsOf(exemplars).slice(-1)).toEqual(['S018C003P008R001A115']);
    expect(exemplars.map(({ label }) => label)).toEqual(novelLabels);
    expect(queries).toHaveLength(20 * 4);
    expect(queries.filter((query) => exemplars.includes(query))).toEqual([]);
    expect(train).toHaveLength(500);
    expect(new Set(train.map(({ label }) => label))).toEqual(new Set(baseLabels));
    expect(missing).toEqual([]);
  });

  it('leaves the other views of the exemplars out of strict queries', () => {
    const { queries } = ntu120OneShot(ntu, labels, { queries: 'strict' });
    expect(queries).toHaveLength(20 * 2);
    expect(idsOf(queries).filter((id) => id.includes('P008R001'))).toEqual([]);
  });

  it('has reduced sets of the first base classes', () => {
    const { baseLabels, novelLabels } = ntu120OneShot(ntu, labels, { auxiliary: 20 });
    const actions = [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24];
    expect(baseLabels).toEqual(actions.map((action) => `action ${action}`));
    expect(novelLabels).toHaveLength(20);
  });

  it('has other novel classes for validation, and never shows the real ones', () => {
    const { baseLabels, novelLabels, exemplars } = ntu120OneShot(ntu, labels, { classes: 'validation' });
    expect(novelLabels.slice(0, 3)).toEqual(['action 2', 'action 8', 'action 14']);
    expect(idsOf(exemplars)[0]).toBe('S001C003P008R001A002');
    expect(baseLabels).toHaveLength(80);
    expect(baseLabels).not.toContain('action 1');
  });

  it('lists what is missing, or goes on without it', () => {
    const some = ntu.filter(({ id, label }) => id !== 'S001C003P008R001A007' && label !== 'action 2');
    expect(() => ntu120OneShot(some, labels)).toThrow('no exemplars S001C003P008R001A007; no samples of action 2');
    const { missing, novelLabels, baseLabels, queries } = ntu120OneShot(some, labels, { missing: 'skip' });
    expect(missing).toEqual(['S001C003P008R001A007']);
    expect(novelLabels).toHaveLength(19);
    expect(baseLabels).toHaveLength(99);
    expect(queries.some(({ label }) => label === 'action 7')).toBe(false);
  });

  it.each<[string, () => unknown]>([
    ['ids such as S001C002P003R002A013, got wave', () => ntu120OneShot([sampleOf('wave', 'action 1')], labels)],
    [
      'the label "action 1" of S001C003P008R001A001, got "x"',
      () => ntu120OneShot([sampleOf('S001C003P008R001A001', 'x')], labels),
    ],
    [
      'samples with the ids of the data set, got one without',
      () => ntu120OneShot([{ clip: point, label: 'x' }], labels),
    ],
    ['one recording S001C003P008R001A001, got two', () => ntu120OneShot([...ntu, ...ntu], labels)],
    ['the 120 labels of the data set, in its order, got 60', () => ntu120OneShot(ntu, names(60))],
    ['auxiliary from 1 to 100, got 0', () => ntu120OneShot(ntu, labels, { auxiliary: 0 })],
    ["queries 'official' or 'strict', got \"all\"", () => ntu120OneShot(ntu, labels, { queries: 'all' as 'strict' })],
    ["classes 'evaluation' or 'validation'", () => ntu120OneShot(ntu, labels, { classes: 'test' as 'validation' })],
    ["missing 'refuse' or 'skip'", () => ntu120OneShot(ntu, labels, { missing: 'go' as 'skip' })],
    ['got "class"', () => ntu120OneShot(ntu, labels, { class: 1 } as object)],
  ])('refuses: %s', (message, divide) => {
    expect(divide).toThrow(message);
  });
});

describe('ntu60OneShot', () => {
  it.each([[labels], [labels.slice(0, 60)]])('has 50 base and 10 novel classes of the first half', (all) => {
    const { exemplars, baseLabels, novelLabels, queries } = ntu60OneShot(ntu, all);
    expect(baseLabels).toHaveLength(50);
    expect(novelLabels).toEqual([1, 7, 13, 19, 25, 31, 37, 43, 49, 55].map((action) => `action ${action}`));
    expect(idsOf(exemplars).every((id) => id.startsWith('S001C003P008R001'))).toBe(true);
    expect(queries).toHaveLength(40);
  });

  it('has reduced sets', () => {
    expect(ntu60OneShot(ntu, labels, { auxiliary: 10 }).baseLabels).toHaveLength(10);
    expect(() => ntu60OneShot(ntu, labels, { auxiliary: 51 })).toThrow('auxiliary from 1 to 50, got 51');
  });
});

describe('pkuMmdOneShot', () => {
  const all = names(41);
  const exemplars =
    'A10N01-L_5 A02N01-L_1 A09N01-L_2 A01N01-L_3 A04N01-L_5 A10N01-L_3 A05N01-L_1 A06N01-L_7 A14N01-L_5 A02N01-L_2';
  const classes = [5, 10, 13, 16, 19, 21, 26, 30, 35, 40];
  const samples = [
    ...exemplars.split(' ').map((id, i) => sampleOf(id, `action ${classes[i]}`)),
    ...all.map((label, i) => sampleOf(`A20N01-R_${i + 1}`, label)),
  ];

  it('has 31 base and 10 novel classes with exemplars by name', () => {
    const split = pkuMmdOneShot(samples, all);
    expect(split.baseLabels).toHaveLength(31);
    expect(idsOf(split.exemplars)).toEqual(exemplars.split(' '));
    expect(split.queries).toHaveLength(10);
    expect(split.train).toHaveLength(31);
  });

  it('refuses an exemplar of another class, and lists missing ones', () => {
    const odd = samples.map((sample) => (sample.id === 'A05N01-L_1' ? { ...sample, label: 'action 1' } : sample));
    expect(() => pkuMmdOneShot(odd, all)).toThrow('the label "action 26" of A05N01-L_1, got "action 1"');
    expect(() => pkuMmdOneShot(samples.slice(2), all)).toThrow('no exemplars A10N01-L_5, A02N01-L_1');
  });
});

describe('utdMhadOneShot', () => {
  const all = names(27);
  const samples = all.flatMap((label, i) =>
    [1, 2].flatMap((subject) =>
      [1, 2].map((trial) => sampleOf(`a${i + 1}_s${subject}_t${trial}_skeleton`, label, subject)),
    ),
  );

  it('has the last classes as novel ones, with trial 1 of subject 1 as exemplar', () => {
    const { exemplars, baseLabels, queries } = utdMhadOneShot(samples, all);
    expect(idsOf(exemplars)).toEqual([24, 25, 26, 27].map((action) => `a${action}_s1_t1_skeleton`));
    expect(baseLabels).toHaveLength(23);
    expect(queries).toHaveLength(12);
    const few = utdMhadOneShot(samples, all, { novel: 24, auxiliary: 3 });
    expect([few.exemplars.length, few.baseLabels]).toEqual([24, ['action 1', 'action 2', 'action 3']]);
  });

  it('refuses other names', () => {
    expect(() => utdMhadOneShot([sampleOf('a28_s1_t1', 'x')], all)).toThrow('ids such as a13_s1_t1, got a28_s1_t1');
  });
});

describe('protocols by subjects', () => {
  const all = names(4);
  const samples = [3, 1, 2].flatMap((subject) =>
    all.flatMap((label, i) => [1, 2].map((take) => sampleOf(`a0${i + 1}_s0${subject}_e0${take}_v01`, label, subject))),
  );

  it('have every third class as novel', () => {
    const { exemplars, queries, baseLabels, novelLabels, missing } = everyThirdOneShot(samples, all);
    expect(novelLabels).toEqual(['action 1', 'action 4']);
    expect(baseLabels).toEqual(['action 2', 'action 3']);
    expect(exemplars.map(({ subject }) => subject)).toEqual([1, 1]);
    expect(queries).toHaveLength(2 * 4);
    expect(queries.some(({ subject }) => subject === 1)).toBe(false);
    expect(missing).toEqual([]);
    expect(everyThirdOneShot(samples, all)).toMatchObject(oneShot(samples, all));
  });

  it('order subjects by name where they have no numbers', () => {
    const named = samples.map((sample) => ({
      ...sample,
      subject: ['mm', 'bk', 'tr'][Number(sample.subject) - 1] as string,
    }));
    expect(everyThirdOneShot(named, all).exemplars.map(({ subject }) => subject)).toEqual(['bk', 'bk']);
    const { subject: _, ...without } = samples[0] as Sample;
    expect(() => everyThirdOneShot([without], all)).toThrow('samples with a subject, got none in a01_s03_e01_v01');
    expect(() => everyThirdOneShot(samples, ['x', 'y'])).toThrow('a label among x, y, got "action 1"');
  });

  it('take the first recording by name on NW-UCLA', () => {
    expect(idsOf(nwUclaOneShot(samples.toReversed(), all).exemplars)).toEqual(['a01_s01_e01_v01', 'a04_s01_e01_v01']);
  });

  it('have every class as novel for a model of other data', () => {
    const { train, exemplars, queries, novelLabels } = everyClassOneShot(samples, all);
    expect(train).toEqual([]);
    expect(exemplars.map(({ label }) => label)).toEqual(all);
    expect(novelLabels).toEqual(all);
    expect(queries).toHaveLength(4 * 4);
    expect(() => everyClassOneShot(samples, [...all, 'none'])).toThrow('samples of the novel class none, got none');
  });
});
