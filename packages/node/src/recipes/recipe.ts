/** What a recipe is: the settings of a training as its authors published them, as plain data. */
import type { FusionName, InputSpec, Stream } from '@kinegraph/core';
import type { BottleneckOptions } from '@kinegraph/core/train';
import type { NtuBodies } from '../datasets/ntu-bodies.ts';

/** Everything that `kinegraph train` can be told about data, network and training; one key an option of the command. */
export interface TrainingSettings {
  readonly encoder: string;
  /** Options of that encoder, in place of its defaults. */
  readonly encoderOptions?: Readonly<Record<string, unknown>>;

  /** Which bodies of NTU RGB+D's raw files are the persons. */
  readonly bodies?: NtuBodies;
  readonly persons: number;
  /** Whether confidence is one more channel. */
  readonly confidence: boolean;
  readonly frames: number;
  readonly sampling: InputSpec['sampling'];
  /** What is done to the whole clip before frames are sampled. */
  readonly normalize: NonNullable<InputSpec['normalize']>;
  /** The joint that the skeleton hangs from, where it is not that of the data set's layout. */
  readonly root?: string;
  /** `clip`, `frame`, `none`, or the joint that becomes the origin; in the graph, over the sampled frames. */
  readonly center: string;
  readonly align: 'auto' | 'none' | 'y' | 'z';
  readonly streams: readonly Stream[];
  /** As `--augment` takes them, or `none` alone. */
  readonly augment: readonly string[];
  /** How often an epoch shows each recording. */
  readonly repeat: number;
  /** Samples of a test recording whose probabilities are averaged. */
  readonly testClips: number;

  readonly epochs: number;
  readonly batch: number;
  readonly accumulate: number;
  readonly optimizer: 'sgd' | 'adamw';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay?: number;
  /** Weight decay of the parameters whose names contain a key. */
  readonly decays?: Readonly<Record<string, number>>;
  readonly rate: number;
  readonly schedule: 'cosine' | 'step' | 'constant';
  /** Epochs at which the schedule `step` divides the rate by 10. */
  readonly drops?: readonly number[];
  readonly warmup: number;
  /** Parameters whose names contain a text, and the first epochs during which they stay as they are. */
  readonly freeze?: { readonly parameters: string; readonly epochs: number };

  readonly labelSmoothing: number;
  /** Share of features dropped before the last layer. */
  readonly dropout: number;
  /** Standard deviation of the last layer's first weights, as `classification` takes it. */
  readonly headDeviation?: number | 'by-classes';
  /** InfoGCN's bottleneck in front of the last layer; `true` for the published values. */
  readonly bottleneck?: true | BottleneckOptions;
}

/** A published recipe. */
export interface Recipe {
  /** The data set that it is for. */
  readonly data: string;
  /** Whose it is: paper, repository and configuration. */
  readonly source: string;
  /** How the streams, each trained by itself, are fused in the end. */
  readonly fusion?: { readonly streams: readonly Stream[]; readonly weights: FusionName };
  /** Top-1 in percent that the source reports, by protocol, for the stream that the recipe trains. */
  readonly reported?: Readonly<Record<string, number>>;
  /** What the source does otherwise. */
  readonly differs?: readonly string[];
  readonly settings: TrainingSettings;
}
