/** The options of `kinegraph train`, from text to a trainer's parts. */
import { type Augmentation, KinegraphError, type Layout, type Stream, type UpAxis } from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';
import {
  adamw,
  cosine,
  type NetworkInput,
  type Optimizer,
  type Sample,
  type Schedule,
  sgd,
  step,
  type Validation,
} from '@kinegraph/core/train';
import type { Classes } from '../datasets/classes.ts';
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
  readonly align: 'none' | 'y' | 'z';
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
export function inputOf(args: TrainArguments, layout: Layout): NetworkInput {
  const { frames, sampling, streams, center, align } = args;
  const centered = center === 'clip' || center === 'frame' ? center : { joint: center, per: 'clip' as const };
  return {
    layout,
    frames,
    sampling,
    streams,
    ...(center === 'none' ? {} : { center: centered }),
    ...(align === 'none' ? {} : { align }),
  };
}

/** The optimizer with its decay. */
export function optimizerOf({ optimizer, weightDecay }: TrainArguments): Optimizer {
  if (optimizer === 'adamw') return adamw(weightDecay === undefined ? {} : { weightDecay });
  return sgd({ weightDecay: weightDecay ?? 4e-4 });
}

/** The learning rate over the epochs; steps drop at 60 and 85 % unless `--drops` says where. */
export function scheduleOf({ schedule, rate, warmup, epochs, drops }: TrainArguments): Schedule {
  if (schedule === 'cosine') return cosine(rate, { warmup });
  const at = schedule === 'constant' ? [] : (drops ?? [Math.round(0.6 * epochs), Math.round(0.85 * epochs)]);
  return step(rate, { at, warmup });
}

/** Random changes of the training clips. */
export function augmentationsOf(args: TrainArguments, layout: Layout, up: UpAxis): Augmentation[] {
  return augmentations(args.augment, { layout, up });
}

/** What is held back to choose the best epoch by. */
export function validationOf(args: TrainArguments): Validation<Sample> | undefined {
  const { validationSubjects: subjects, validationShare: share } = args;
  if (subjects && share !== undefined) {
    throw refuse('--validation-share', 'one of --validation-subjects and --validation-share', 'both');
  }
  if (subjects) return { subjects };
  return share === undefined ? undefined : { share, by: 'subject' };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refuse(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
