/** The options of `kinegraph train`, from text to a trainer's parts. */
import { dimensionCount, KinegraphError, reroot } from '@kinegraph/core';
import {
  adamw,
  type ClassificationOptions,
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
import type { TrainingSettings } from '../recipes/recipe.ts';
import { augmentations } from './augmentations.ts';
import type { EncoderArguments } from './encoder-option.ts';
import type { DataSplit, Protocol } from './split.ts';
import type { CommonOptions } from './terminal.ts';

/** What commander makes of the arguments, once a recipe has taken the place of defaults. */
export interface TrainArguments extends CommonOptions, TrainingSettings, EncoderArguments {
  readonly data: string;
  readonly classes: Extract<Classes, 'label' | 'label-correct'>;
  readonly protocol: Protocol;
  readonly out: string;
  readonly recipe?: string;
  readonly segments: number;
  readonly ema?: number;
  readonly clipNorm?: number;
  readonly validationSubjects?: readonly (number | string)[];
  readonly validationShare?: number;
  readonly validationTest?: true;
  readonly patience?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly precision: 'float32' | 'float16';
  readonly checkpoint?: string;
  readonly resume?: string;
}

/** What the network sees. */
export function inputOf(args: TrainArguments, dataset: Pick<Dataset, 'layout' | 'up' | 'samples'>): NetworkInput {
  const { frames, sampling, normalize, streams, center, persons, confidence, root } = args;
  const [first] = dataset.samples;
  const clip = first?.clip;
  const layout = root === undefined ? dataset.layout : reroot(dataset.layout, root);
  const align = args.align === 'auto' ? alignmentOf(dataset) : args.align;
  const centered = center === 'clip' || center === 'frame' ? center : { joint: center, per: 'clip' as const };
  return {
    layout,
    persons,
    ...(clip && dimensionCount(clip) === 2 && { dimensions: 2 as const }),
    confidence,
    frames,
    sampling,
    ...(normalize.length > 0 && { normalize }),
    streams,
    // So that clips in another unit are converted, and those in pixels refused.
    ...(clip?.unit === 'meter' && { unit: 'meter' as const }),
    ...(center === 'none' ? {} : { center: centered }),
    ...(align === 'none' ? {} : { align }),
  };
}

/** Everyone can be turned to face forward if there is depth, the upward axis is known, and there are shoulders to go by. */
function alignmentOf({ layout, up, samples }: Pick<Dataset, 'layout' | 'up' | 'samples'>): 'none' | 'y' | 'z' {
  const [first] = samples;
  if (first && dimensionCount(first.clip) === 2) return 'none';
  const hasShoulders = ['left_shoulder', 'right_shoulder'].every((joint) => layout.joints.includes(joint));
  return hasShoulders && (up === 'y' || up === 'z') ? up : 'none';
}

/**
 * The optimizer with its decay.
 *
 * @throws `invalid-argument` for `--decays` with another optimizer than sgd.
 */
export function optimizerOf({ optimizer, momentum, nesterov, weightDecay, decays }: TrainArguments): Optimizer {
  if (optimizer === 'sgd')
    return sgd({ momentum, nesterov, weightDecay: weightDecay ?? 4e-4, ...(decays && { decays }) });
  if (decays) throw refuse('--decays', '--optimizer sgd', optimizer);
  return adamw(weightDecay === undefined ? {} : { weightDecay });
}

/** What the network is trained for. */
export function taskOptionsOf(args: TrainArguments): ClassificationOptions {
  const { labelSmoothing, dropout, segments, bottleneck } = args;
  return {
    labelSmoothing,
    dropout,
    segments,
    ...(bottleneck && { bottleneck: bottleneck === true ? {} : bottleneck }),
  };
}

/**
 * How the trainer is run.
 *
 * @throws `invalid-argument` for options that do not go together, or augmentations that there are not.
 */
export function fitOptionsOf(
  args: TrainArguments,
  { layout, up = 'y' }: Pick<Dataset, 'layout' | 'up'>,
  { test }: Pick<DataSplit, 'test'>,
): FitOptions<Sample, ClassificationReport> {
  const { epochs, batch, accumulate, repeat, augment, patience, freeze } = args;
  const validation = args.validationTest ? { samples: test } : validationOf(args);
  if (patience !== undefined && !validation) {
    throw refuse('--patience', 'recordings to validate on', 'none', 'Add --validation-subjects or --validation-share.');
  }
  return {
    epochs,
    batch,
    accumulate,
    repeat,
    rate: scheduleOf(args),
    ...(freeze && {
      freeze: { epochs: freeze.epochs, parameters: (name: string) => name.includes(freeze.parameters) },
    }),
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

function refuse(where: string, expected: string, actual: string, hint?: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual, ...(hint ? { hint } : {}) });
}
