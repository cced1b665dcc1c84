/** What counts as a class of a data set. */
import { withFields } from './clip-on-demand.ts';
import type { DatasetSample, FrameLabeledSample, LabeledSample } from './dataset.ts';
import { invalidData } from './json-record.ts';

/**
 * What counts as a class: the label; the label together with whether it was done correctly (`extra.correct`), which makes twice as many;
 * one label a frame; or nothing, for recordings that may have no label.
 */
export type Classes = 'label' | 'label-correct' | 'frame' | 'none';

/** Recordings and the names of their classes. */
export interface Classified<R extends DatasetSample> {
  readonly labels: readonly string[];
  readonly samples: readonly R[];
}

/**
 * Recordings by their label.
 *
 * @throws `invalid-data` naming the first recording without one.
 */
export function byLabel(where: string, { labels, samples }: Classified<DatasetSample>): Classified<LabeledSample> {
  return { labels, samples: samples.map((sample) => withFields(sample, { label: labelOf(where, sample) })) };
}

/**
 * Recordings by label and correctness: `deep squat, correct` before `deep squat, incorrect`, and so on.
 *
 * @throws `invalid-data` naming the first recording without a label or without `correct`.
 */
export function byCorrectness(
  where: string,
  { labels, samples }: Classified<DatasetSample>,
): Classified<LabeledSample> {
  const named = (label: string, correct: boolean) => `${label}, ${correct ? 'correct' : 'incorrect'}`;
  return {
    labels: labels.flatMap((label) => [named(label, true), named(label, false)]),
    samples: samples.map((sample) => {
      const { correct } = sample.extra;
      if (typeof correct !== 'boolean') {
        const hint = "This data set does not say whether an action was done correctly: use classes 'label'.";
        throw invalidData(where, `"correct" as true or false for clip ${sample.id}`, String(correct ?? 'none'), hint);
      }
      return withFields(sample, { label: named(labelOf(where, sample), correct) });
    }),
  };
}

/**
 * Recordings with a label for each frame.
 *
 * @throws `invalid-data` if there are none.
 */
export function byFrame(where: string, { labels, samples }: Classified<DatasetSample>): Classified<FrameLabeledSample> {
  return {
    labels,
    samples: samples.map((sample) => {
      if (!sample.frameLabels) throw invalidData(where, 'a label for each frame', 'no labels.u8.gz');
      return withFields(sample, { frameLabels: sample.frameLabels });
    }),
  };
}

function labelOf(where: string, { id, label, frameLabels }: DatasetSample): string {
  if (label !== undefined) return label;
  const hint = frameLabels
    ? "This data set labels frames, not clips: use classes 'frame'."
    : "classes 'none' reads recordings without labels.";
  throw invalidData(where, `a label for clip ${id}`, 'none', hint);
}
