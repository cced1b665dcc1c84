/** What `fit` takes and yields, checked and turned into a plan. */
import { checkOptions } from '../model/options.ts';
import type { Augmentation } from '../skeleton/augment.ts';
import { type AbortSignalLike, KinegraphError } from '../tensor/error.ts';
import { createRandom } from '../tensor/random.ts';
import type { RunPlan } from './checkpoint.ts';
import { type Split, validationByShare, validationBySubject } from './protocols.ts';
import { constant, type Schedule } from './schedules.ts';
import type { Recording } from './task.ts';

/** Samples that are measured after each epoch and not trained on. */
export type Validation<S> =
  | { readonly samples: readonly S[] }
  /** All training samples of these subjects. */
  | { readonly subjects: readonly (number | string)[] }
  /** A random share of the training samples, or of their subjects. The trainer's seed decides. */
  | { readonly share: number; readonly by?: 'sample' | 'subject' };

/** Parameters that stay as they are at first. */
export interface Freeze {
  /** Told by name, for example `(name) => name.endsWith('PA')`. */
  readonly parameters: (name: string) => boolean;
  /** Epochs from the start during which they are frozen: neither gradients nor weight decay change them. */
  readonly epochs: number;
}

/** Options of `Trainer.fit`. */
export interface FitOptions<S, R> {
  readonly epochs: number;
  /** Samples a run. */
  readonly batch: number;
  readonly rate: Schedule | number;
  /** How often an epoch shows each sample, sampled and augmented anew each time; 1 by default. */
  readonly repeat?: number;
  /** Parameters to leave alone during the first epochs; none by default. */
  readonly freeze?: Freeze;
  /** Random changes of each training clip. */
  readonly augment?: readonly Augmentation[];
  readonly validation?: Validation<S>;
  /** The figure by which the best epoch is chosen, higher is better; the task's own by default. */
  readonly score?: (report: R) => number;
  /** Stops after `patience` epochs whose score was not above the best before. Needs validation. */
  readonly earlyStop?: { readonly patience: number };
  /** Runs whose gradients are averaged before an update, as if the batch were so many times larger; 1 by default. */
  readonly accumulate?: number;
  /** Ends with an `aborted` error after the run in progress; `checkpoint()` then has everything up to it. */
  readonly signal?: AbortSignalLike;
}

/** News of a training run: one `step` for each batch, and one `epoch` after each pass over the samples. */
export interface Progress<R = unknown> {
  readonly kind: 'step' | 'epoch';
  /** From 0. */
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  /** Steps of an epoch. */
  readonly steps: number;
  /** Of the batch; with `epoch`, the mean over its batches. */
  readonly loss: number;
  /** The terms of the loss. */
  readonly losses: Readonly<Record<string, number>>;
  readonly rate: number;
  /** Samples trained on in this epoch so far, repetitions included. */
  readonly samples: number;
  /** The report on the validation samples; with `epoch` only. */
  readonly validation?: R;
  /** Whether the epoch's score is the best so far; with `epoch` and validation only. */
  readonly best?: boolean;
}

/** The rate of each epoch is part of a checkpoint, so their number is bounded. */
const maxEpochs = 1_000_000;

/** Checked arguments of `fit`. */
export interface TrainingPlan<S> extends RunPlan {
  /** Samples of an epoch, repetitions included. */
  readonly train: readonly S[];
  readonly held: readonly S[];
  /** Steps of an epoch. */
  readonly steps: number;
  readonly schedule: Schedule;
}

/**
 * Checks what `fit` was given, and divides the samples.
 *
 * @param parameters names of the network's parameters
 * @throws `invalid-argument` for an option out of range, or no samples
 */
export function planRun<S extends Recording, R>(
  samples: readonly S[],
  options: FitOptions<S, R>,
  { seed, parameters }: { readonly seed: number; readonly parameters: readonly string[] },
): TrainingPlan<S> {
  checkOptions('fit', options, [
    'epochs',
    'batch',
    'rate',
    'repeat',
    'freeze',
    'augment',
    'validation',
    'score',
    'earlyStop',
    'accumulate',
    'signal',
  ]);
  const { epochs, batch, rate, repeat = 1, accumulate = 1, augment = [], validation, earlyStop } = options;
  for (const [name, value] of Object.entries({ epochs, batch, repeat, accumulate })) checkCount(name, value);
  if (epochs > maxEpochs) throw refuse(`epochs up to ${maxEpochs}`, `${epochs}`);
  if (typeof rate !== 'number' && typeof rate !== 'function') throw refuse('rate as a number or a schedule', `${rate}`);
  const odd = augment.find((change) => typeof change !== 'function');
  if (odd !== undefined) throw refuse('augment as functions such as rotate', JSON.stringify(odd));
  if (earlyStop) checkCount('earlyStop.patience', earlyStop.patience);
  if (earlyStop && !validation) throw refuse('validation for earlyStop', 'none');
  if (!Array.isArray(samples)) throw refuse('a list of samples', samples === null ? 'null' : typeof samples);
  if (samples.length === 0) throw refuse('samples to train on', 'none');
  const { train: once, test } = divide(samples, validation, seed);
  const train = Array.from({ length: repeat }, () => once).flat();
  const freeze = options.freeze && frozenNames(options.freeze, parameters);
  const schedule = typeof rate === 'number' ? constant(rate) : rate;
  const steps = Math.ceil(train.length / batch);
  const rates = Array.from({ length: epochs }, (_, epoch) =>
    schedule({ step: epoch * steps, epoch, totalSteps: epochs * steps, totalEpochs: epochs }),
  );
  const wrong = rates.find((value) => !(value >= 0 && Number.isFinite(value)));
  if (wrong !== undefined) throw refuse('rates of at least 0', `${wrong}`);
  const run = { epochs, batch, accumulate, samples: train.length, rates, ...(freeze && { freeze }) };
  return { ...run, train, held: test, steps, schedule };
}

function frozenNames({ parameters: isFrozen, epochs }: Freeze, all: readonly string[]): NonNullable<RunPlan['freeze']> {
  checkCount('freeze.epochs', epochs);
  if (typeof isFrozen !== 'function') throw refuse('freeze.parameters as a function of a name', typeof isFrozen);
  const parameters = all.filter((name) => isFrozen(name));
  if (parameters.length > 0) return { epochs, parameters };
  throw refuse(`freeze.parameters to name some of ${all.slice(0, 5).join(', ')}, ...`, 'none');
}

function divide<S extends Recording>(
  samples: readonly S[],
  validation: Validation<S> | undefined,
  seed: number,
): Split<S> {
  if (!validation) return { train: samples, test: [] };
  if ('samples' in validation) {
    if (validation.samples.length === 0) throw refuse('validation samples', 'none');
    return { train: samples, test: validation.samples };
  }
  const random = createRandom(seed);
  if ('subjects' in validation) return validationBySubject(samples, validation.subjects, random);
  if (validation.by === 'subject') return validationBySubject(samples, validation.share, random);
  return validationByShare(samples, validation.share, random);
}

function checkCount(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1)) throw refuse(`${name} as a whole number of at least 1`, `${value}`);
}

function refuse(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where: 'fit', expected, actual });
}
