/** What is trained on and what is tested on. */
import { KinegraphError } from '@kinegraph/core';
import {
  crossSubject,
  isNtu60,
  type NtuName,
  oneShot,
  type PublishedProtocol,
  parseNtuName,
  parseNwUclaName,
  publishedSplit,
} from '@kinegraph/core/train';
import type { Dataset, LabeledSample } from '../datasets/dataset.ts';
import type { ReadDatasetOptions } from '../datasets/read-dataset.ts';

/** How a data set is divided: one of {@link protocols}, or a split that the data set names; see docs/guide/datasets.md. */
export type Protocol = string;

/** A divided data set. */
export interface DataSplit {
  /** Classes that are trained. */
  readonly labels: readonly string[];
  readonly train: readonly LabeledSample[];
  /** Recordings to measure on. */
  readonly test: readonly LabeledSample[];
  /** One recording of each new class, which the test recordings are compared with; one-shot only. */
  readonly exemplars?: readonly LabeledSample[];
}

/** A way to divide. */
interface Rule {
  /** One line of help. */
  readonly help: string;
  /** What a data set needs for it. */
  readonly needs: string;
  fits(dataset: Dataset): boolean;
  divide(dataset: Dataset): DataSplit;
}

const splitPrefix = 'split:';

const wholeSubjects: Pick<Rule, 'needs' | 'fits'> = {
  needs: 'subjects with whole numbers',
  fits: ({ samples }) => samples.every(({ subject }) => Number.isInteger(subject)),
};

const rules: Readonly<Record<string, Rule>> = {
  'cross-subject': {
    help: 'odd subjects train, even subjects test',
    ...wholeSubjects,
    divide: ({ samples, labels }) => ({ labels, ...crossSubject(samples) }),
  },
  'one-shot': {
    help: 'every third class is new: one example of it, the others train',
    ...wholeSubjects,
    divide({ samples, labels }) {
      const { train, exemplars, queries, baseLabels } = oneShot(samples, labels);
      return { labels: baseLabels, train, test: queries, exemplars };
    },
  },
  split: named('split', 'as the recordings say: "split" is "train" or "test"'),
  all: {
    help: 'everything trains, everything tests',
    needs: 'recordings',
    fits: () => true,
    divide: ({ samples, labels }) => ({ labels, train: samples, test: samples }),
  },
  ...publishedRules(),
};

/** The splits that are known without looking at a data set, by name. */
export const protocols: readonly string[] = Object.keys(rules);

/** One line of help for each, and for those that data sets bring. */
export const protocolHelp: readonly string[] = [
  ...Object.entries(rules).map(([name, { help }]) => `${name.padEnd(13)}  ${help}`),
  `${'<name>'.padEnd(13)}  as the recordings say: "split:<name>"; pickles of pyskl have xsub, xview, ...`,
];

/** How a data set is read for a protocol: of NTU RGB+D 120 only the part that is NTU RGB+D 60, if it is about that. */
export function readOptionsFor(protocol: Protocol): Pick<ReadDatasetOptions, 'ntu'> {
  return protocol.startsWith('ntu60-') ? { ntu: { edition: 'ntu60' } } : {};
}

/**
 * Divides a data set.
 *
 * @throws `invalid-data` for a protocol that the data set does not have, with those that it has, or if one side is empty.
 */
export function splitDataset(dataset: Dataset, protocol: Protocol): DataSplit {
  const own = namedSplits(dataset.samples);
  const known = Object.hasOwn(rules, protocol) ? rules[protocol] : undefined;
  const rule = known ?? (own.includes(protocol) ? named(`${splitPrefix}${protocol}`, '') : undefined);
  if (!rule?.fits(dataset)) {
    const available = [...protocols.filter((name) => rules[name]?.fits(dataset)), ...own];
    const hint = known && `${protocol} needs ${known.needs}.`;
    throw refuse(dataset.name, `a protocol of this data set: ${available.join(', ')}`, `"${protocol}"`, hint);
  }
  const split = rule.divide(dataset);
  const hint = 'Choose another --protocol.';
  if (split.train.length === 0) throw refuse(dataset.name, 'recordings to train on', 'none', hint);
  if (split.test.length === 0) throw refuse(dataset.name, 'recordings to test on', 'none', hint);
  return split;
}

/** A split by a field of the recordings. */
function named(field: string, help: string): Rule {
  return {
    help,
    needs: `recordings with "${field}"`,
    fits: ({ samples }) => samples.some(({ extra }) => Object.hasOwn(extra, field)),
    divide({ samples, labels }) {
      const side = (wanted: string) => samples.filter(({ extra }) => extra[field] === wanted);
      return { labels, train: side('train'), test: side('test') };
    },
  };
}

/** The published splits, by the names of the recordings. */
function publishedRules(): Record<PublishedProtocol, Rule> {
  const isNtu = (id: string) => parseNtuName(id) !== undefined;
  const isOld = (id: string) => isNtu60(parseNtuName(id) as NtuName);
  const ntu60 = ['NTU RGB+D 60', (ids) => ids.every(isNtu) && ids.some(isOld)] satisfies Named;
  const ntu120 = ['NTU RGB+D 120', (ids) => ids.every(isNtu) && !ids.every(isOld)] satisfies Named;
  const nwUcla = ['NW-UCLA', (ids) => ids.every((id) => parseNwUclaName(id) !== undefined)] satisfies Named;
  return {
    'ntu60-xsub': published('ntu60-xsub', ntu60, '20 of 40 subjects train'),
    'ntu60-xview': published('ntu60-xview', ntu60, 'cameras 2 and 3 train'),
    'ntu120-xsub': published('ntu120-xsub', ntu120, '53 of 106 subjects train'),
    'ntu120-xset': published('ntu120-xset', ntu120, 'even setups train'),
    'nw-ucla-xview': published('nw-ucla-xview', nwUcla, 'cameras 1 and 2 train'),
  };
}

/** A data set, and whether recordings of these ids are its. */
type Named = readonly [name: string, fits: (ids: readonly string[]) => boolean];

function published(protocol: PublishedProtocol, [name, fits]: Named, help: string): Rule {
  return {
    help: `${name}: ${help}`,
    needs: `recordings of ${name} under their published names`,
    fits: ({ samples }) => fits(samples.map(({ id }) => id)),
    divide({ samples, labels }) {
      const split = publishedSplit(samples, protocol);
      const kept = new Set([...split.train, ...split.test].map(({ label }) => label));
      const all = new Set(samples.map(({ label }) => label));
      // Without the classes that only recordings outside of the protocol have.
      return { labels: labels.filter((label) => kept.has(label) || !all.has(label)), ...split };
    },
  };
}

/** Names of the splits that the recordings themselves tell, as `split:<name>`. */
function namedSplits(samples: readonly LabeledSample[]): string[] {
  const fields = new Set(samples.flatMap(({ extra }) => Object.keys(extra)));
  return [...fields].filter((field) => field.startsWith(splitPrefix)).map((field) => field.slice(splitPrefix.length));
}

function refuse(where: string, expected: string, actual: string, hint?: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-data', where, expected, actual, ...(hint ? { hint } : {}) });
}
