/**
 * The one-shot protocols of NTU RGB+D 120 (Liu et al., TPAMI 2019, §5.4) and of its first half, NTU RGB+D 60.
 *
 * Counted from 0, every sixth class from the first on is novel. Its exemplar is the first performance of subject 8 before camera 3, in
 * setup 1 or, from action 61 on, setup 18. During development every sixth class from the second on may be played as novel instead.
 */
import { checkOptions } from '@kinegraph/core/runtime';
import { isNtu60, parseNtuName, type Sample } from '@kinegraph/core/train';
import { refuse } from '../refusal.ts';
import {
  checkClassCount,
  checkLabelCount,
  divideByProtocol,
  invalid,
  type OneShotProtocol,
  type ProtocolOptions,
} from './one-shot-protocol.ts';

/** Options of {@link ntu120OneShot} and {@link ntu60OneShot}. */
export interface NtuOneShotOptions extends ProtocolOptions {
  /** How many base classes are trained on, the first ones; by default all. Published: 20, 40, 60, 80, 100; of NTU 60 10 to 50. */
  readonly auxiliary?: number;
  /**
   * `official` (the default): all other clips of novel classes. `strict`: without those that show an exemplar's performance from the other
   * two cameras.
   */
  readonly queries?: 'official' | 'strict';
  /** Which classes are novel: those of the protocol (`evaluation`, the default), or those for choosing settings (`validation`). */
  readonly classes?: 'evaluation' | 'validation';
}

/**
 * The one-shot protocol of NTU RGB+D 120: 100 base classes, 20 novel ones.
 *
 * @param labels the 120 actions in order, as `readDataset` gives them
 * @throws `invalid-argument`; `invalid-data` for a sample that is no recording of NTU RGB+D or has another label than its name says;
 * `not-found` listing what is missing
 * @example
 * ```ts
 * const { train, exemplars, queries, baseLabels } = ntu120OneShot(samples, labels, { auxiliary: 20 });
 * ```
 */
export function ntu120OneShot<S extends Sample>(
  samples: readonly S[],
  labels: readonly string[],
  options: NtuOneShotOptions = {},
): OneShotProtocol<S> {
  checkLabelCount('ntu120OneShot', labels, [120]);
  return ntuOneShot('ntu120OneShot', samples, labels, 120, options);
}

/**
 * The one-shot protocol of NTU RGB+D 60: 50 base classes, 10 novel ones. Recordings that only NTU RGB+D 120 has are left out.
 *
 * @param labels the 60 actions in order, or all 120
 * @throws as {@link ntu120OneShot}
 */
export function ntu60OneShot<S extends Sample>(
  samples: readonly S[],
  labels: readonly string[],
  options: NtuOneShotOptions = {},
): OneShotProtocol<S> {
  checkLabelCount('ntu60OneShot', labels, [60, 120]);
  return ntuOneShot('ntu60OneShot', samples, labels.slice(0, 60), 60, options);
}

function ntuOneShot<S extends Sample>(
  where: string,
  samples: readonly S[],
  labels: readonly string[],
  count: number,
  options: NtuOneShotOptions,
): OneShotProtocol<S> {
  checkOptions(where, options, ['auxiliary', 'queries', 'classes', 'missing']);
  const { queries = 'official', classes = 'evaluation' } = options;
  if (queries !== 'official' && queries !== 'strict')
    throw refuse(where, "queries 'official' or 'strict'", `"${queries}"`);
  if (classes !== 'evaluation' && classes !== 'validation') {
    throw refuse(where, "classes 'evaluation' or 'validation'", `"${classes}"`);
  }
  const all = labels.map((_, index) => index);
  const offset = classes === 'evaluation' ? 0 : 1;
  const novel = all.filter((index) => index % 6 === offset);
  const usable = all.filter((index) => index % 6 > offset);
  const { auxiliary = usable.length } = options;
  checkClassCount(where, 'auxiliary', auxiliary, usable.length);
  const exemplars = new Map(novel.map((index) => [index, exemplarOf(index)]));
  const performances = new Set([...exemplars.values()].map(performanceOf));
  return divideByProtocol(
    {
      where,
      samples,
      labels,
      classOf(id) {
        const name = parseNtuName(id);
        if (!name) throw invalid(where, 'ids such as S001C002P003R002A013', id);
        return count === 60 && !isNtu60(name) ? undefined : name.action - 1;
      },
      exemplars,
      base: usable.slice(0, auxiliary),
      leavesOut: (id) => queries === 'strict' && performances.has(performanceOf(id)),
    },
    options,
  );
}

function exemplarOf(index: number): string {
  return `S${index < 60 ? '001' : '018'}C003P008R001A${`${index + 1}`.padStart(3, '0')}`;
}

/** A name without its camera. */
function performanceOf(id: string): string {
  return id.replace(/C\d{3}/, '');
}
