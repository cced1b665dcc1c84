/** Whether scores tell actions that were enrolled from those that were not. */
import type { Tensor } from '@kinegraph/core';
import { refuse } from '../refusal.ts';
import { rowOf } from './similarity.ts';

/**
 * The area under the ROC curve: how often a known clip scores higher than an unknown one; a tie counts half.
 *
 * @throws `invalid-argument` unless there are both
 */
export function auroc(known: readonly number[], unknown: readonly number[]): number {
  if (known.length === 0 || unknown.length === 0) {
    throw refuse('auroc', 'known and unknown scores', `${known.length} and ${unknown.length}`);
  }
  const all = [
    ...known.map((score) => ({ score, known: true })),
    ...unknown.map((score) => ({ score, known: false })),
  ].sort((a, b) => a.score - b.score);
  let [wins, below, start] = [0, 0, 0];
  while (start < all.length) {
    let end = start;
    while (end < all.length && all[end]?.score === all[start]?.score) end++;
    const tied = all.slice(start, end);
    const right = tied.filter((entry) => entry.known).length;
    const wrong = tied.length - right;
    wins += right * (below + wrong / 2);
    below += wrong;
    start = end;
  }
  return wins / (known.length * unknown.length);
}

/** How unknown actions are rejected. */
export interface OpenSetFigures {
  /** Mean over the classes of the AUROC with that class not enrolled. */
  readonly auroc: number;
  /** The lowest similarity that counts as found. */
  readonly threshold: number;
  /** Share of clips of enrolled actions that reach the threshold. */
  readonly accepted: number;
  /** Share of clips of actions that are not enrolled which stay below it. */
  readonly rejected: number;
}

/**
 * Plays each class in turn as the unknown one: its exemplar is taken away, and the best score of every clip decides.
 *
 * @param scores of clips for each class, `[Q, K]`
 * @param truth the class of each clip
 * @throws `invalid-argument` for fewer than two classes
 */
export function openSetFigures(scores: Tensor<'float32'>, truth: readonly number[], threshold: number): OpenSetFigures {
  const classes = scores.shape[1] as number;
  if (classes < 2) throw refuse('openSetFigures', 'two classes or more', `${classes}`);
  const best = (row: number, without: number) =>
    rowOf(scores, row).reduce((top, score, column) => (column === without ? top : Math.max(top, score)), -Infinity);
  const areas: number[] = [];
  let rejected = 0;
  for (let away = 0; away < classes; away++) {
    const known: number[] = [];
    const unknown: number[] = [];
    for (const [row, target] of truth.entries()) (target === away ? unknown : known).push(best(row, away));
    if (known.length > 0 && unknown.length > 0) areas.push(auroc(known, unknown));
    rejected += unknown.filter((score) => score < threshold).length;
  }
  const accepted = truth.filter((_, row) => best(row, -1) >= threshold).length;
  return {
    auroc: areas.reduce((a, b) => a + b, 0) / areas.length,
    threshold,
    accepted: accepted / truth.length,
    rejected: rejected / truth.length,
  };
}
