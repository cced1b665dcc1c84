/** How samples are divided, so that figures can be compared. */
import { KinegraphError } from '../tensor/error.ts';
import type { Random } from '../tensor/random.ts';
import type { Recording, Sample } from './task.ts';

/** Samples to learn from, and samples to measure on. */
export interface Split<S> {
  readonly train: readonly S[];
  readonly test: readonly S[];
}

/**
 * Odd subjects train, even subjects test.
 *
 * @throws `invalid-data` for a sample whose subject is not a whole number
 */
export function crossSubject<S extends Recording>(samples: readonly S[]): Split<S> {
  return divide(samples, (sample) => subjectNumber('crossSubject', sample) % 2 === 0);
}

/** What {@link oneShot} gives: base classes to train on, one exemplar of each novel class, and queries of all other subjects. */
export interface OneShotSplit<S> {
  readonly train: readonly S[];
  /** One sample of each novel class. */
  readonly exemplars: readonly S[];
  readonly queries: readonly S[];
  /** Labels of the base classes, in their old order. */
  readonly baseLabels: readonly string[];
  readonly novelLabels: readonly string[];
}

/**
 * Every third class, from the first on, is novel and never trained on. Its exemplar is its first sample of its lowest-numbered subject;
 * queries are the novel classes' samples of all subjects but the exemplar's.
 *
 * @param labels all classes; a sample's label is one of them, or its position
 * @throws `invalid-data` for a sample whose subject is not a whole number or whose label is unknown, and for a novel class without samples
 */
export function oneShot<S extends Sample>(samples: readonly S[], labels: readonly string[]): OneShotSplit<S> {
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const classOf = (sample: S) => (typeof sample.label === 'string' ? indexOf.get(sample.label) : sample.label) ?? -1;
  const unknown = samples.find((sample) => labels[classOf(sample)] === undefined);
  if (unknown) throw refuse('oneShot', `a label among ${labels.join(', ')}`, `"${unknown.label}"`);
  const isNovel = (index: number) => index % 3 === 0;
  const exemplars: S[] = [];
  const queries: S[] = [];
  for (const [index, label] of labels.entries()) {
    if (!isNovel(index)) continue;
    const own = samples.filter((sample) => classOf(sample) === index);
    const subjects = own.map((sample) => subjectNumber('oneShot', sample));
    const lowest = Math.min(...subjects);
    const exemplar = own[subjects.indexOf(lowest)];
    if (!exemplar) throw refuse('oneShot', `samples of the novel class ${label}`, 'none');
    exemplars.push(exemplar);
    queries.push(...own.filter((_, i) => subjects[i] !== lowest));
  }
  return {
    train: samples.filter((sample) => !isNovel(classOf(sample))),
    exemplars,
    queries,
    baseLabels: labels.filter((_, index) => !isNovel(index)),
    novelLabels: labels.filter((_, index) => isNovel(index)),
  };
}

/** What the name of a recording of NTU RGB+D says, `S001C002P003R002A013`: all counted from 1. */
export interface NtuName {
  readonly setup: number;
  readonly camera: number;
  readonly subject: number;
  readonly replication: number;
  readonly action: number;
}

/** Reads the name of a recording of NTU RGB+D 60 or 120; undefined if it is another kind of name. */
export function parseNtuName(name: string): NtuName | undefined {
  const numbers = /^S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})$/.exec(name)?.slice(1).map(Number);
  if (!numbers || numbers.includes(0)) return undefined;
  const [setup, camera, subject, replication, action] = numbers as [number, number, number, number, number];
  return { setup, camera, subject, replication, action };
}

/** What the name of a recording of NW-UCLA says, `a01_s02_e03_v01`: action 1 to 12 (with gaps), subject, episode, and camera 1 to 3. */
export interface NwUclaName {
  readonly action: number;
  readonly subject: number;
  readonly episode: number;
  readonly view: number;
}

/** Reads the name of a recording of NW-UCLA; undefined if it is another kind of name. */
export function parseNwUclaName(name: string): NwUclaName | undefined {
  const numbers = /^a(\d\d)_s(\d\d)_e(\d\d)_v0([123])$/.exec(name)?.slice(1).map(Number);
  if (!numbers) return undefined;
  const [action, subject, episode, view] = numbers as [number, number, number, number];
  return { action, subject, episode, view };
}

/** The published splits: NTU RGB+D 60 by subject and by camera, NTU RGB+D 120 by subject and by setup, NW-UCLA by camera. */
export const publishedProtocols = ['ntu60-xsub', 'ntu60-xview', 'ntu120-xsub', 'ntu120-xset', 'nw-ucla-xview'] as const;

/** The name of a published split. */
export type PublishedProtocol = (typeof publishedProtocols)[number];

/**
 * The split that papers report, by the names of the recordings (`S001C002P003R002A013`, `a01_s01_e00_v01`), which are their ids.
 *
 * Training sides: `ntu60-xsub` 20 of the 40 subjects, `ntu60-xview` cameras 2 and 3 (Shahroudy et al., CVPR 2016);
 * `ntu120-xsub` 53 of the 106 subjects, `ntu120-xset` even setups (Liu et al., TPAMI 2019); `nw-ucla-xview` cameras 1 and 2
 * (Wang et al., CVPR 2014). The protocols of NTU RGB+D 60 leave out what only NTU RGB+D 120 has.
 *
 * @throws `invalid-argument` for an unknown protocol; `invalid-data` for a sample whose id is no such name
 * @example
 * ```ts
 * const { train, test } = publishedSplit(samples, 'ntu60-xsub');
 * ```
 */
export function publishedSplit<S extends Recording>(samples: readonly S[], protocol: PublishedProtocol): Split<S> {
  const side = Object.hasOwn(sides, protocol) ? sides[protocol] : undefined;
  if (!side) {
    const expected = `a protocol among ${publishedProtocols.join(', ')}`;
    throw refuse('publishedSplit', expected, `"${protocol}"`, 'invalid-argument');
  }
  const found = samples.map(({ id = '' }) => side(id));
  const odd = found.indexOf(undefined);
  if (odd >= 0) {
    const example = protocol === 'nw-ucla-xview' ? 'a01_s01_e00_v01' : 'S001C002P003R002A013';
    throw refuse(`publishedSplit: ${protocol}`, `ids such as ${example}`, `${samples[odd]?.id ?? 'none'}`);
  }
  const on = (wanted: 'train' | 'test') => samples.filter((_, index) => found[index] === wanted);
  return { train: on('train'), test: on('test') };
}

/** Where a recording belongs, by its name; `out` if the protocol does not use it, undefined for another kind of name. */
type Side = (id: string) => 'train' | 'test' | 'out' | undefined;

/** Training subjects of NTU RGB+D 120; those up to 40 are the ones of NTU RGB+D 60. */
const trainingSubjects: ReadonlySet<number> = new Set([
  ...[1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38],
  ...[
    45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86, 89, 91, 92, 93, 94, 95,
  ],
  ...[97, 98, 100, 103],
]);

/** Whether a recording belongs to NTU RGB+D 60, which is part of NTU RGB+D 120. */
export function isNtu60({ setup, action }: NtuName): boolean {
  return setup <= 17 && action <= 60;
}

const ntuSide =
  (trains: (name: NtuName) => boolean, uses: (name: NtuName) => boolean = () => true): Side =>
  (id) => {
    const name = parseNtuName(id);
    if (!name) return undefined;
    if (!uses(name)) return 'out';
    return trains(name) ? 'train' : 'test';
  };

const sides: Readonly<Record<PublishedProtocol, Side>> = {
  'ntu60-xsub': ntuSide(({ subject }) => trainingSubjects.has(subject), isNtu60),
  'ntu60-xview': ntuSide(({ camera }) => camera !== 1, isNtu60),
  'ntu120-xsub': ntuSide(({ subject }) => trainingSubjects.has(subject)),
  'ntu120-xset': ntuSide(({ setup }) => setup % 2 === 0),
  'nw-ucla-xview': (id) => {
    const name = parseNwUclaName(id);
    if (!name) return undefined;
    return name.view === 3 ? 'test' : 'train';
  },
};

/**
 * Holds all samples of some subjects back: those named, or a random share of all subjects (at least one).
 *
 * @throws `invalid-data` for a sample without a subject; `invalid-argument` if either side would be empty
 */
export function validationBySubject<S extends Recording>(
  samples: readonly S[],
  held: number | readonly (number | string)[],
  random: Random,
): Split<S> {
  const subjects = [...new Set(samples.map((sample) => subjectOf('validationBySubject', sample)))];
  const chosen = new Set(typeof held === 'number' ? take(subjects, held, random) : held);
  return checkSides(
    'validationBySubject',
    divide(samples, ({ subject }) => chosen.has(subject as number | string)),
  );
}

/**
 * Holds a random share of the samples back (at least one).
 *
 * @throws `invalid-argument` if either side would be empty
 */
export function validationByShare<S>(samples: readonly S[], share: number, random: Random): Split<S> {
  const chosen = new Set(take(samples, share, random));
  return checkSides(
    'validationByShare',
    divide(samples, (sample) => chosen.has(sample)),
  );
}

function take<T>(items: readonly T[], share: number, random: Random): T[] {
  if (!(share > 0 && share < 1)) {
    throw refuse('validation', 'a share between 0 and 1', `${share}`, 'invalid-argument');
  }
  return random.shuffle(items).slice(0, Math.max(1, Math.round(share * items.length)));
}

function divide<S>(samples: readonly S[], isTest: (sample: S) => boolean): Split<S> {
  const groups = { train: [] as S[], test: [] as S[] };
  for (const sample of samples) groups[isTest(sample) ? 'test' : 'train'].push(sample);
  return groups;
}

function checkSides<S>(where: string, split: Split<S>): Split<S> {
  if (split.train.length > 0 && split.test.length > 0) return split;
  const empty = split.train.length === 0 ? 'none to train on' : 'none held back';
  throw refuse(where, 'samples on both sides', empty, 'invalid-argument');
}

function subjectOf(where: string, { subject, id }: Recording): number | string {
  if (subject !== undefined) return subject;
  throw refuse(where, 'samples with a subject', `none in ${id ?? 'one'}`);
}

function subjectNumber(where: string, sample: Recording): number {
  const subject = Number(subjectOf(where, sample));
  if (Number.isInteger(subject)) return subject;
  throw refuse(where, 'subjects that are whole numbers', `"${sample.subject}"`);
}

function refuse(
  where: string,
  expected: string,
  actual: string,
  code: 'invalid-data' | 'invalid-argument' = 'invalid-data',
) {
  return new KinegraphError({ code, where, expected, actual });
}
