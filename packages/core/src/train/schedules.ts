/** Learning rates over the course of training. */
import { checkOptions } from '../model/options.ts';
import { KinegraphError } from '../tensor/error.ts';

/** A moment of a training run. */
export interface Moment {
  /** Steps done since the start. */
  readonly step: number;
  /** Epochs done since the start, with the part of the current one. */
  readonly epoch: number;
  readonly totalSteps: number;
  readonly totalEpochs: number;
}

/** The learning rate at a moment. */
export type Schedule = (moment: Moment) => number;

/** Options that all schedules share. */
export interface WarmupOptions {
  /**
   * Epochs at the start during which the rate grows linearly: epoch e of w has `(e + 1) / w` of it. 0 by default; more than the training
   * has is an error, for the rate would never be reached.
   */
  readonly warmup?: number;
}

/** The same rate throughout. */
export function constant(rate: number, options: WarmupOptions = {}): Schedule {
  checkOptions('constant', options, ['warmup']);
  const { warmup = 0 } = options;
  check('constant', rate, warmup);
  return (moment) => rate * warmupShare('constant', moment, warmup);
}

/** Options of {@link step}. */
export interface StepOptions extends WarmupOptions {
  /** Epochs at whose start the rate is multiplied by {@link factor}. */
  readonly at: readonly number[];
  /** 0.1 by default. */
  readonly factor?: number;
}

/**
 * A rate that drops by a factor at given epochs.
 *
 * @example
 * ```ts
 * const rate = step(0.1, { at: [35, 55], warmup: 5 }); // the published recipe of CTR-GCN, 65 epochs
 * ```
 */
export function step(rate: number, options: StepOptions): Schedule {
  checkOptions('step', options, ['at', 'factor', 'warmup']);
  const { at, factor = 0.1, warmup = 0 } = options;
  check('step', rate, warmup);
  return (moment) => {
    const drops = at.filter((epoch) => moment.epoch >= epoch).length;
    return rate * warmupShare('step', moment, warmup) * factor ** drops;
  };
}

/** Options of {@link cosine}. */
export interface CosineOptions extends WarmupOptions {
  /** The rate at the end; 0 by default. */
  readonly final?: number;
}

/**
 * A rate that falls from `rate` to `final` along half a cosine wave, step by step, after the warm-up (Loshchilov and Hutter 2017).
 *
 * @example
 * ```ts
 * const rate = cosine(0.1, { warmup: 5 });
 * ```
 */
export function cosine(rate: number, options: CosineOptions = {}): Schedule {
  checkOptions('cosine', options, ['final', 'warmup']);
  const { final = 0, warmup = 0 } = options;
  check('cosine', rate, warmup);
  return (moment) => {
    const share = warmupShare('cosine', moment, warmup);
    if (moment.epoch < warmup) return rate * share;
    const done = Math.min(1, (moment.epoch - warmup) / Math.max(moment.totalEpochs - warmup, 1e-9));
    return final + ((rate - final) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}

function warmupShare(where: string, { epoch, totalEpochs }: Moment, warmup: number): number {
  if (warmup > totalEpochs) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where,
      expected: `a warmup of at most the ${totalEpochs} epochs of the training`,
      actual: `${warmup}`,
      hint: 'The rate would never be reached: train longer, or warm up for less.',
    });
  }
  return epoch < warmup ? Math.min(1, (Math.floor(epoch) + 1) / warmup) : 1;
}

function check(where: string, rate: number, warmup: number): void {
  const refuse = (expected: string, actual: number) => {
    throw new KinegraphError({ code: 'invalid-argument', where, expected, actual: `${actual}` });
  };
  if (!(rate >= 0 && Number.isFinite(rate))) refuse('a rate of at least 0', rate);
  if (!(warmup >= 0 && Number.isFinite(warmup))) refuse('warmup epochs of at least 0', warmup);
}
