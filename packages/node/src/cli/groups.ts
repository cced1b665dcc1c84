/** Recordings measured apart, by what the data set says about them. */
import { KinegraphError, tensor } from '@kinegraph/core';
import { classificationReport } from '@kinegraph/core/train';
import type { LabeledSample } from '../datasets/dataset.ts';

/** Recordings that have something in common. */
export interface Group {
  readonly value: string;
  readonly count: number;
  readonly top1: number;
}

/**
 * Rows of recordings by their value of a field, in the order in which the values come.
 *
 * @param by `subject`, or a name in what the data set says of each recording beside that
 * @throws `invalid-argument` for a field that a recording lacks.
 */
export function groupBy(by: string, samples: readonly LabeledSample[]): Map<string, number[]> {
  const members = new Map<string, number[]>();
  for (const [row, { id, subject, extra }] of samples.entries()) {
    const value = by === 'subject' ? subject : Object.hasOwn(extra, by) ? extra[by] : undefined;
    if (value === undefined) {
      throw new KinegraphError({
        code: 'invalid-argument',
        where: '--by',
        expected: `${['subject', ...Object.keys(extra)].join(' or ')}, which recording ${id} has`,
        actual: `"${by}"`,
      });
    }
    const rows = members.get(`${value}`);
    if (rows) rows.push(row);
    else members.set(`${value}`, [row]);
  }
  return members;
}

/**
 * How good a model is on each group.
 *
 * @param scores of all recordings, `[recordings, classes]`
 * @param truth the class of each recording
 */
export function measureGroups(
  members: ReadonlyMap<string, readonly number[]>,
  scores: Float32Array,
  truth: readonly number[],
): Group[] {
  const classes = scores.length / truth.length;
  return [...members].map(([value, rows]) => {
    const own = new Float32Array(rows.length * classes);
    for (const [i, row] of rows.entries()) own.set(scores.subarray(row * classes, (row + 1) * classes), i * classes);
    const targets = rows.map((row) => truth[row] as number);
    const { count, top1 } = classificationReport(tensor('float32', [rows.length, classes], own), targets);
    return { value, count, top1 };
  });
}
