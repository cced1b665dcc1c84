/**
 * The one-shot protocol of PKU-MMD, part 2, as SkeletonX has it (Zhang et al., 2025): 31 base classes, 10 novel ones, exemplars by name.
 */
import { checkOptions } from '@kinegraph/core/runtime';
import type { Sample } from '@kinegraph/core/train';
import { checkLabelCount, divideByProtocol, type OneShotProtocol, type ProtocolOptions } from './one-shot-protocol.ts';

/** Exemplars by the number of their class, from 1: the clip `A10N01-L_5` is the fifth of the recording A10N01-L. */
const exemplars: ReadonlyMap<number, string> = new Map([
  [5, 'A10N01-L_5'],
  [10, 'A02N01-L_1'],
  [13, 'A09N01-L_2'],
  [16, 'A01N01-L_3'],
  [19, 'A04N01-L_5'],
  [21, 'A10N01-L_3'],
  [26, 'A05N01-L_1'],
  [30, 'A06N01-L_7'],
  [35, 'A14N01-L_5'],
  [40, 'A02N01-L_2'],
]);

/**
 * The one-shot protocol of PKU-MMD, part 2, over clips named `RECORDING_NUMBER`. Names do not tell classes, so labels do.
 *
 * @param labels the 41 actions of part 2 in order
 * @throws `invalid-argument`; `invalid-data` for an exemplar with another label than the protocol says; `not-found` listing what is missing
 */
export function pkuMmdOneShot<S extends Sample>(
  samples: readonly S[],
  labels: readonly string[],
  options: ProtocolOptions = {},
): OneShotProtocol<S> {
  const where = 'pkuMmdOneShot';
  checkOptions(where, options, ['missing']);
  checkLabelCount(where, labels, [41]);
  const byName = new Map([...exemplars].map(([number, name]) => [name, number - 1]));
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const classes = new Map(samples.map(({ id, label }) => [id, indexOf.get(label as string)]));
  return divideByProtocol(
    {
      where,
      samples,
      labels,
      classOf: (id) => byName.get(id) ?? classes.get(id),
      exemplars: new Map([...exemplars].map(([number, name]) => [number - 1, name])),
      base: labels.flatMap((_, index) => (exemplars.has(index + 1) ? [] : [index])),
    },
    options,
  );
}
