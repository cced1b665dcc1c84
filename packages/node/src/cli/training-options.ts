/** The options of `kinegraph train`, from text to a trainer's parts. */
import { KinegraphError, type Stream } from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';
import {
  adamw,
  type ClassificationReport,
  constant,
  cosine,
  type FitOptions,
  type NetworkInput,
  type Optimizer,
  type Sample,
  type Schedule,
  sgd,
  step,
} from '@kinegraph/core/train';
import type { Classes } from '../datasets/classes.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { augmentations } from './augmentations.ts';
import { encoders } from './encoders.ts';
import type { Protocol } from './split.ts';
import type { CommonOptions } from './terminal.ts';

/** What commander makes of the arguments. */
export interface TrainArguments extends CommonOptions {
  readonly data: string;
  readonly classes: Extract<Classes, 'label' | 'label-correct'>;
  readonly protocol: Protocol;
  readonly out: string;
  readonly encoder: string;
  readonly width: number;
  readonly stages: readonly number[];
  readonly set?: readonly string[];
  readonly frames: number;
  readonly sampling: 'crop-resize' | 'uniform';
  readonly streams: readonly Stream[];
  readonly center: string;
  readonly align: 'auto' | 'none' | 'y' | 'z';
  readonly epochs: number;
  readonly batch: number;
  readonly accumulate: number;
  readonly rate: number;
  readonly schedule: 'cosine' | 'step' | 'constant';
  readonly drops?: readonly number[];
  readonly warmup: number;
  readonly optimizer: 'sgd' | 'adamw';
  readonly weightDecay?: number;
  readonly labelSmoothing: number;
  readonly dropout: number;
  readonly ema?: number;
  readonly clipNorm?: number;
  readonly augment: readonly string[];
  readonly validationSubjects?: readonly (number | string)[];
  readonly validationShare?: number;
  readonly patience?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly precision: 'float32' | 'float16';
  readonly checkpoint?: string;
  readonly resume?: string;
}

/**
 * The encoder with its options; `--set name=value` gives those that have no option of their own.
 *
 * @throws `invalid-argument` for what the encoder does not have.
 */
export function encoderOf({ encoder: id, width, stages, set = [] }: TrainArguments): Encoder {
  const create = Object.hasOwn(encoders, id) ? encoders[id] : undefined;
  if (!create) throw refuse('--encoder', `one of ${Object.keys(encoders).join(', ')}`, `"${id}"`);
  const given = set.map((item) => {
    const [, name, text] = /^([A-Za-z]\w*)=(.+)$/.exec(item) ?? [];
    if (name === undefined || text === undefined) throw refuse('--set', 'name=value', `"${item}"`);
    return [name, parseValue(text)];
  });
  return create({ width, stages, ...Object.fromEntries(given) });
}

/** What the network sees. */
export function inputOf(args: TrainArguments, dataset: Pick<Dataset, 'layout' | 'up' | 'samples'>): NetworkInput {
  const { frames, sampling, streams, center } = args;
  const { layout } = dataset;
  const align = args.align === 'auto' ? alignmentOf(dataset) : args.align;
  const centered = center === 'clip' || center === 'frame' ? center : { joint: center, per: 'clip' as const };
  return {
    layout,
    frames,
    sampling,
    streams,
    // So that clips in another unit are converted, and those in pixels refused.
    ...(dataset.samples[0]?.clip.unit === 'meter' && { unit: 'meter' as const }),
    ...(center === 'none' ? {} : { center: centered }),
    ...(align === 'none' ? {} : { align }),
  };
}

/** Everyone can be turned to face forward if the upward axis is known and there are shoulders to go by. */
function alignmentOf({ layout, up }: Pick<Dataset, 'layout' | 'up'>): 'none' | 'y' | 'z' {
  const hasShoulders = ['left_shoulder', 'right_shoulder'].every((joint) => layout.joints.includes(joint));
  return hasShoulders && (up === 'y' || up === 'z') ? up : 'none';
}

/** The optimizer with its decay. */
export function optimizerOf({ optimizer, weightDecay }: TrainArguments): Optimizer {
  if (optimizer === 'adamw') return adamw(weightDecay === undefined ? {} : { weightDecay });
  return sgd({ weightDecay: weightDecay ?? 4e-4 });
}

/**
 * How the trainer is run.
 *
 * @throws `invalid-argument` for options that do not go together, or augmentations that there are not.
 */
export function fitOptionsOf(
  args: TrainArguments,
  { layout, up = 'y' }: Pick<Dataset, 'layout' | 'up'>,
): FitOptions<Sample, ClassificationReport> {
  const { epochs, batch, accumulate, augment, patience } = args;
  const validation = validationOf(args);
  if (patience !== undefined && !validation) {
    throw refuse('--patience', 'recordings to validate on', 'none', 'Add --validation-subjects or --validation-share.');
  }
  return {
    epochs,
    batch,
    accumulate,
    rate: scheduleOf(args),
    augment: augmentations(augment, { layout, up }),
    ...(validation && { validation }),
    ...(patience === undefined ? {} : { earlyStop: { patience } }),
  };
}

/** Steps drop at 60 and 85 % of the epochs unless `--drops` says where. */
function scheduleOf({ schedule, rate, warmup, epochs, drops }: TrainArguments): Schedule {
  if (schedule === 'cosine') return cosine(rate, { warmup });
  if (schedule === 'constant') return constant(rate, { warmup });
  return step(rate, { at: drops ?? [Math.round(0.6 * epochs), Math.round(0.85 * epochs)], warmup });
}

function validationOf({ validationSubjects: subjects, validationShare: share }: TrainArguments) {
  if (subjects && share !== undefined) {
    throw refuse('--validation-share', 'one of --validation-subjects and --validation-share', 'both');
  }
  if (subjects) return { subjects };
  return share === undefined ? undefined : { share, by: 'subject' as const };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refuse(where: string, expected: string, actual: string, hint?: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual, ...(hint ? { hint } : {}) });
}
