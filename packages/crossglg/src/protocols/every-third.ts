/** One-shot protocols that need nothing but subjects: for data sets without a published one. */
import type { Sample } from '@kinegraph/core/train';
import { invalid, type OneShotProtocol } from './one-shot-protocol.ts';

/**
 * Every third class, from the first on, is novel; its exemplar is its first sample of its first subject, by number or else by name, and its
 * queries are the samples of all other subjects. With numbered subjects it is `oneShot` of `@kinegraph/core/train`.
 *
 * @param labels of the samples, which have them as texts
 * @throws `invalid-data` for a sample without a subject or with another label, and for a novel class without samples
 * @example
 * ```ts
 * const { train, exemplars, queries, baseLabels } = everyThirdOneShot(samples, labels);
 * ```
 */
export function everyThirdOneShot<S extends Sample>(
  samples: readonly S[],
  labels: readonly string[],
): OneShotProtocol<S> {
  return divideBySubjects('everyThirdOneShot', samples, labels, (index) => index % 3 === 0);
}

/**
 * {@link everyThirdOneShot} on NW-UCLA, with samples in the order of their names: the exemplar is the first episode of subject 1 before the
 * first camera that has it. There is no published protocol; this one is ours.
 */
export function nwUclaOneShot<S extends Sample>(samples: readonly S[], labels: readonly string[]): OneShotProtocol<S> {
  const inOrder = [...samples].sort((a, b) => compareNames(`${a.id}`, `${b.id}`));
  return divideBySubjects('nwUclaOneShot', inOrder, labels, (index) => index % 3 === 0);
}

/**
 * For a model that was trained on other data: every class is novel, with exemplar and queries as in {@link everyThirdOneShot}; there is
 * nothing to train on.
 *
 * @throws as {@link everyThirdOneShot}
 */
export function everyClassOneShot<S extends Sample>(
  samples: readonly S[],
  labels: readonly string[],
): OneShotProtocol<S> {
  return divideBySubjects('everyClassOneShot', samples, labels, () => true);
}

function divideBySubjects<S extends Sample>(
  where: string,
  samples: readonly S[],
  labels: readonly string[],
  isNovel: (index: number) => boolean,
): OneShotProtocol<S> {
  const byLabel = new Map(labels.map((label) => [label as number | string, [] as S[]]));
  for (const sample of samples) {
    const own = byLabel.get(sample.label);
    if (!own) throw invalid(where, `a label among ${labels.join(', ')}`, JSON.stringify(sample.label));
    own.push(sample);
  }
  const novelLabels = labels.filter((_, index) => isNovel(index));
  const divided = novelLabels.map((label) => divideClass(where, label, byLabel.get(label) as S[]));
  const novel = new Set<number | string>(novelLabels);
  return {
    train: samples.filter(({ label }) => !novel.has(label)),
    exemplars: divided.map(({ exemplar }) => exemplar),
    queries: divided.flatMap(({ queries }) => queries),
    baseLabels: labels.filter((label) => !novel.has(label)),
    novelLabels,
    missing: [],
  };
}

function divideClass<S extends Sample>(where: string, label: string, samples: readonly S[]) {
  const subjects = samples.map(({ subject, id }) => {
    if (subject === undefined) throw invalid(where, 'samples with a subject', `none in ${id ?? 'one'}`);
    return subject;
  });
  const numbered = subjects.every((subject) => Number.isInteger(Number(subject)));
  const [first] = numbered
    ? [...subjects].sort((a, b) => Number(a) - Number(b))
    : [...subjects].sort((a, b) => compareNames(`${a}`, `${b}`));
  const exemplar = samples.find(({ subject }) => subject === first);
  if (!exemplar) throw invalid(where, `samples of the novel class ${label}`, 'none');
  return { exemplar, queries: samples.filter(({ subject }) => subject !== first) };
}

/** By code units, the same in every language. */
function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
