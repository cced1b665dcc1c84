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
