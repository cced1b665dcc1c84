/** What is trained on and what is tested on. */
import { KinegraphError } from '@kinegraph/core';
import { crossSubject, oneShot } from '@kinegraph/core/train';
import type { Dataset, LabeledSample } from '../datasets/dataset.ts';

/** The splits by name. */
export const protocols = ['cross-subject', 'one-shot', 'split', 'all'] as const;

/** How a data set is divided; see docs/guide/datasets.md. */
export type Protocol = (typeof protocols)[number];

/** One line of help for each. */
export const protocolHelp: readonly string[] = [
  'cross-subject  odd subjects train, even subjects test',
  'one-shot       every third class is new: one example of it, the others train',
  'split          as the recordings say: "split" is "train" or "test"',
  'all            everything trains, everything tests',
];

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

/**
 * Divides a data set.
 *
 * @throws `invalid-data` if the data set does not have what the protocol goes by.
 */
export function splitDataset({ name, samples, labels }: Dataset, protocol: Protocol): DataSplit {
  switch (protocol) {
    case 'cross-subject': {
      checkSubjects(name, samples);
      return nonEmpty(name, { labels, ...crossSubject(samples) });
    }
    case 'one-shot': {
      checkSubjects(name, samples);
      const { train, exemplars, queries, baseLabels } = oneShot(samples, labels);
      return nonEmpty(name, { labels: baseLabels, train, test: queries, exemplars });
    }
    case 'split': {
      const side = (wanted: string) => samples.filter(({ extra }) => extra.split === wanted);
      return nonEmpty(name, { labels, train: side('train'), test: side('test') });
    }
    case 'all':
      return { labels, train: samples, test: samples };
  }
}

function checkSubjects(name: string, samples: readonly LabeledSample[]): void {
  const named = samples.find(({ subject }) => !Number.isInteger(subject));
  if (!named) return;
  const hint = named.extra.split === undefined ? 'Use --protocol all.' : 'Use --protocol split.';
  throw refuse(name, 'subjects with whole numbers, to tell odd from even', `"${named.subject}"`, hint);
}

function nonEmpty(name: string, split: DataSplit): DataSplit {
  if (split.train.length === 0) throw refuse(name, 'recordings to train on', 'none', 'Choose another --protocol.');
  if (split.test.length === 0) throw refuse(name, 'recordings to test on', 'none', 'Choose another --protocol.');
  return split;
}

function refuse(where: string, expected: string, actual: string, hint: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-data', where, expected, actual, hint });
}
