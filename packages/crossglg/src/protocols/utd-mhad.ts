/**
 * One-shot recognition on UTD-MHAD with the class counts of Memmesheimer et al. (Skeleton-DML, 2021): 3 to 23 of the 27 classes are trained
 * on, 4 to 24 are novel, and the exemplar is trial 1 of subject 1. Which classes is not published: ours are the first and the last ones.
 */
import { checkOptions } from '@kinegraph/core/runtime';
import type { Sample } from '@kinegraph/core/train';
import {
  checkClassCount,
  checkLabelCount,
  divideByProtocol,
  invalid,
  type OneShotProtocol,
  type ProtocolOptions,
} from './one-shot-protocol.ts';

/** Options of {@link utdMhadOneShot}. */
export interface UtdMhadOneShotOptions extends ProtocolOptions {
  /** How many of the first classes are trained on; 23 by default, or all that are not novel. */
  readonly auxiliary?: number;
  /** How many of the last classes are novel; 4 by default. */
  readonly novel?: number;
}

/**
 * One-shot recognition over recordings named `a13_s1_t1`, with anything after another underscore.
 *
 * @param labels the 27 actions in order
 * @throws `invalid-argument`; `invalid-data` for another name, or a label that is not the name's; `not-found` listing what is missing
 */
export function utdMhadOneShot<S extends Sample>(
  samples: readonly S[],
  labels: readonly string[],
  options: UtdMhadOneShotOptions = {},
): OneShotProtocol<S> {
  const where = 'utdMhadOneShot';
  checkOptions(where, options, ['auxiliary', 'novel', 'missing']);
  checkLabelCount(where, labels, [27]);
  const { novel = 4 } = options;
  checkClassCount(where, 'novel', novel, labels.length - 1);
  const first = labels.length - novel;
  const { auxiliary = first } = options;
  checkClassCount(where, 'auxiliary', auxiliary, first);
  const all = labels.map((_, index) => index);
  return divideByProtocol(
    {
      where,
      samples,
      labels,
      classOf(id) {
        const action = Number(/^a(\d+)_s\d+_t\d+(_|$)/.exec(id)?.[1]);
        if (labels[action - 1] === undefined) throw invalid(where, 'ids such as a13_s1_t1', id);
        return action - 1;
      },
      exemplars: new Map(all.slice(first).map((index) => [index, `a${index + 1}_s1_t1`])),
      base: all.slice(0, auxiliary),
      nameOf: (id) => id.split('_').slice(0, 3).join('_'),
    },
    options,
  );
}
