/** What a data set is: labeled recordings of one skeleton, and where they come from. */
import type { Clip, Layout, UpAxis } from '@kinegraph/core';

/** One recording of a data set. */
export interface DatasetSample {
  /** The motion of one person or several; in meters if the data set has a unit of length. Made when asked for. */
  readonly clip: Clip;
  /** Unique in the data set. */
  readonly id: string;
  readonly subject: number | string;
  /** What the whole recording shows: one of {@link Dataset.labels}. */
  readonly label?: string;
  /** What each frame shows, `[T]`: positions in {@link Dataset.labels}. */
  readonly frameLabels?: Uint8Array;
  /** Everything else that the data set says about it, such as `correct` or `condition`. */
  readonly extra: Readonly<Record<string, string | number | boolean>>;
}

/** A recording with one label: a sample for training. */
export type LabeledSample = DatasetSample & { readonly label: string };

/** A recording with a label for each frame. */
export type FrameLabeledSample = DatasetSample & { readonly frameLabels: Uint8Array };

/** What a data set says about itself. */
export interface DatasetInfo {
  readonly name: string;
  readonly license: string;
  /** Who recorded it, and where it is published. */
  readonly source: string;
  readonly note?: string;
  /** The axis that points up. */
  readonly up?: UpAxis;
  /** Frames a second. */
  readonly fps: number;
}

/** A recording that was left out. */
export interface SkippedRecording {
  readonly id: string;
  /** Why, for people. */
  readonly reason: string;
}

/** Recordings of one skeleton. */
export interface Dataset<R extends DatasetSample = LabeledSample> extends Omit<DatasetInfo, 'fps'> {
  /** Frames a second, where that is known. */
  readonly fps?: number;
  /** The unit of the stored numbers, as the data set words it. */
  readonly unit: string;
  readonly layout: Layout;
  readonly labels: readonly string[];
  readonly samples: readonly R[];
  /** Recordings that are not among the samples: listed as incomplete, without anybody in them, or damaged. */
  readonly skipped: readonly SkippedRecording[];
}
