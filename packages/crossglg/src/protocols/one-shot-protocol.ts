/** What a one-shot protocol gives, and the checks that all of them share. */
import { KinegraphError } from '@kinegraph/core';
import type { OneShotSplit, Sample } from '@kinegraph/core/train';
import { refuse } from '../refusal.ts';

/** Base clips to train on, one exemplar of each novel class, and queries. */
export interface OneShotProtocol<S> extends OneShotSplit<S> {
  /** Names of exemplars that are not among the samples, if those may be missing. */
  readonly missing: readonly string[];
}

/** What all published protocols take. */
export interface ProtocolOptions {
  /**
   * What to do about exemplars and base classes that are not among the samples: an error that lists them (`refuse`, the default), or go on
   * without these classes (`skip`). Figures of the latter cannot be compared with published ones.
   */
  readonly missing?: 'refuse' | 'skip';
}

/** A protocol over the classes of a data set, told by the names of its recordings. */
export interface ProtocolDefinition<S extends Sample> {
  readonly where: string;
  readonly samples: readonly S[];
  /** All classes in the data set's own order. */
  readonly labels: readonly string[];
  /** The class of a recording by its name, from 0; undefined if the protocol does not use it. */
  classOf(id: string): number | undefined;
  /** The exemplar's name for each novel class. */
  readonly exemplars: ReadonlyMap<number, string>;
  /** Classes to train on. */
  readonly base: readonly number[];
  /** Whether a recording is left out of the queries, though it is no exemplar. */
  readonly leavesOut?: (id: string) => boolean;
  /** The name of a recording as {@link exemplars} spells it; its id by default. */
  readonly nameOf?: (id: string) => string;
}

/**
 * Divides samples by a definition. Each novel class has exactly one exemplar, which is no query; no novel class is a base class.
 *
 * @throws `invalid-data` for a sample without id, of another label than its name says, or found twice; `not-found` listing missing
 * exemplars and base classes without samples
 */
export function divideByProtocol<S extends Sample>(
  definition: ProtocolDefinition<S>,
  { missing = 'refuse' }: ProtocolOptions,
): OneShotProtocol<S> {
  const { where, samples, labels, exemplars, nameOf = (id) => id, leavesOut = () => false } = definition;
  if (missing !== 'refuse' && missing !== 'skip') throw refuse(where, "missing 'refuse' or 'skip'", `"${missing}"`);
  const base = new Set(definition.base);
  const both = [...exemplars.keys()].filter((index) => base.has(index));
  if (both.length > 0) throw invalid(where, 'no class both novel and base', both.map((i) => labels[i]).join(', '));

  const train: S[] = [];
  const novel: S[] = [];
  const found = new Map<number, S>();
  for (const sample of samples) {
    const { id } = sample;
    if (id === undefined) throw invalid(where, 'samples with the ids of the data set', 'one without');
    const index = definition.classOf(id);
    if (index === undefined) continue;
    if (sample.label !== labels[index])
      throw invalid(where, `the label "${labels[index]}" of ${id}`, `"${sample.label}"`);
    if (base.has(index)) train.push(sample);
    const exemplar = exemplars.get(index);
    if (exemplar === undefined) continue;
    if (nameOf(id) !== exemplar) {
      novel.push(sample);
      continue;
    }
    if (found.has(index)) throw invalid(where, `one recording ${exemplar}`, 'two');
    found.set(index, sample);
  }
  const lost = [...exemplars].flatMap(([index, name]) => (found.has(index) ? [] : [name]));
  const trained = new Set(train.map(({ label }) => label));
  const empty = definition.base.filter((index) => !trained.has(labels[index] as string));
  if (missing === 'refuse')
    checkNothingMissing(
      where,
      lost,
      empty.map((index) => labels[index] as string),
    );
  const named = new Set([...found.values()].map(({ label }) => label));
  const inOrder = [...exemplars.keys()].filter((index) => found.has(index)).sort((a, b) => a - b);
  return {
    train,
    exemplars: inOrder.map((index) => found.get(index) as S),
    queries: novel.filter(({ id, label }) => named.has(label) && !leavesOut(id as string)),
    baseLabels: labels.filter((label, index) => base.has(index) && trained.has(label)),
    novelLabels: inOrder.map((index) => labels[index] as string),
    missing: lost,
  };
}

function checkNothingMissing(where: string, exemplars: readonly string[], classes: readonly string[]): void {
  if (exemplars.length + classes.length === 0) return;
  const parts = [
    ...(exemplars.length > 0 ? [`no exemplars ${exemplars.join(', ')}`] : []),
    ...(classes.length > 0 ? [`no samples of ${classes.join(', ')}`] : []),
  ];
  throw new KinegraphError({
    code: 'not-found',
    where,
    expected: 'all exemplars and samples of all base classes',
    actual: parts.join('; '),
    hint: "missing: 'skip' goes on without these classes.",
  });
}

/** Checks that there is a label for each class of a data set. */
export function checkLabelCount(where: string, labels: readonly string[], counts: readonly number[]): void {
  if (counts.includes(labels.length)) return;
  throw refuse(where, `the ${counts.join(' or ')} labels of the data set, in its order`, `${labels.length}`);
}

/** Checks a number of classes. */
export function checkClassCount(where: string, name: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  throw refuse(where, `${name} from 1 to ${most}`, `${count}`);
}

/** An `invalid-data` error. */
export function invalid(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-data', where, expected, actual });
}
