/** The loop of a training run: batches, epochs, validation, early stop. */
import type { Session } from '../runtime/contract.ts';
import type { InputSpec } from '../skeleton/input.ts';
import { KinegraphError, throwIfAborted } from '../tensor/error.ts';
import { type Random, resumeRandom } from '../tensor/random.ts';
import { filled, type Tensor } from '../tensor/tensor.ts';
import { pickBatch, trainingFeeds } from './batches.ts';
import type { Best, RunRecord } from './checkpoint.ts';
import type { FitOptions, Progress, TrainingPlan } from './fit.ts';
import type { Weights } from './packing.ts';
import type { TrainingStep } from './step.ts';
import type { Recording, Task } from './task.ts';

/** What a run changes, apart from the tensors inside the session. Between the steps it is always consistent. */
export interface RunState {
  random: Random;
  run: RunRecord;
  best: Best | undefined;
}

/** A run that is under way. */
export interface RunContext<S extends Recording, R> {
  readonly state: RunState;
  readonly plan: TrainingPlan<S>;
  readonly options: FitOptions<S, R>;
  readonly step: TrainingStep;
  readonly session: Session;
  readonly task: Task<S, R>;
  readonly spec: InputSpec;
  readonly ema: number | undefined;
  /** Measures the weights as they are now. */
  validate(samples: readonly S[]): Promise<{ readonly report: R; readonly weights: Weights }>;
}

/** Trains from where {@link RunState} stands to the end. */
export async function* trainEpochs<S extends Recording, R>(
  context: RunContext<S, R>,
): AsyncGenerator<Progress<R>, void, undefined> {
  const { state, plan, options } = context;
  const patience = options.earlyStop?.patience ?? Infinity;
  while (state.run.epoch < plan.epochs && state.run.stale < patience) {
    if (state.run.order.length === 0) {
      state.run = { ...state.run, order: state.random.state(), sums: {} };
      state.random.shuffle(plan.train);
    }
    const order = resumeRandom(state.run.order).shuffle(plan.train);
    while (state.run.step < plan.steps) {
      throwIfAborted(options.signal, 'fit');
      const progress = await trainBatch(context, order);
      state.run = { ...state.run, step: progress.step, sums: addLosses(state.run.sums, progress) };
      yield progress;
    }
    yield await finishEpoch(context);
  }
}

/** One batch. A run that fails or is aborted changes nothing; one whose loss is not finite has changed the session's weights. */
async function trainBatch<S extends Recording, R>(
  { state, plan, options, step, session, task, spec, ema }: RunContext<S, R>,
  order: readonly S[],
): Promise<Progress<R>> {
  const { epoch, step: done } = state.run;
  const { steps, batch, accumulate } = plan;
  const { augment, signal } = options;
  const random = resumeRandom(state.random.state());
  const rate = rateAt(plan, epoch, done);
  const feeds = {
    ...trainingFeeds(pickBatch(order, done, batch), { task, spec, augment, noises: step.noises, random }),
    rate: filled([], rate),
    ...(accumulate > 1 && { share: filled([], gradientShare(done, plan)) }),
    ...(plan.freeze && { thawed: filled([], epoch < plan.freeze.epochs ? 0 : 1) }),
    ...(ema !== undefined && { decay: filled([], Math.min(ema, averageDecay(epoch, done, plan))) }),
  };
  const fetch = ['loss', ...step.terms.map((term) => `loss.${term}`)];
  const results = await session.run(usedBy(session, feeds), { fetch, ...(signal && { signal }) });
  const [loss, ...terms] = fetch.map((name) => results[name]?.data[0] as number) as [number, ...number[]];
  if (![loss, ...terms].every(Number.isFinite)) throw diverged(epoch, done, rate, loss);
  state.random = random;
  return {
    kind: 'step',
    epoch,
    step: done + 1,
    steps,
    loss,
    losses: Object.fromEntries(step.terms.map((term, i) => [term, terms[i] as number])),
    rate,
    samples: Math.min((done + 1) * batch, plan.samples),
  };
}

/** Validates, keeps the weights if they are the best, and moves on to the next epoch. */
async function finishEpoch<S extends Recording, R>({
  state,
  plan,
  options,
  task,
  validate,
}: RunContext<S, R>): Promise<Progress<R>> {
  const { epoch, sums, stale } = state.run;
  const { loss = 0, ...terms } = sums;
  const progress: Progress<R> = {
    kind: 'epoch',
    epoch,
    step: plan.steps,
    steps: plan.steps,
    loss: loss / plan.steps,
    losses: Object.fromEntries(
      Object.entries(terms).map(([key, sum]) => [key.slice(termPrefix.length), sum / plan.steps]),
    ),
    rate: rateAt(plan, epoch, plan.steps - 1),
    samples: plan.samples,
  };
  const next = { ...state.run, epoch: epoch + 1, step: 0, order: [] };
  if (plan.held.length === 0) {
    state.run = next;
    return progress;
  }
  const { report, weights } = await validate(plan.held);
  const score = (options.score ?? task.score)(report);
  const before = state.best?.score ?? -Infinity;
  // Of equal epochs the later one is kept: it was trained longer and at a lower rate.
  const best = score >= before || !state.best;
  if (best) state.best = { epoch, score, weights };
  state.run = { ...next, stale: score > before ? 0 : stale + 1 };
  return { ...progress, validation: report, best };
}

/** A graph lacks the inputs that nothing depends on, such as targets that a loss does not use. */
function usedBy({ inputs }: Session, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const names = new Set(inputs.map(({ name }) => name));
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => names.has(name)));
}

const termPrefix = 'loss.';

function addLosses(sums: RunRecord['sums'], { loss, losses }: Progress): Record<string, number> {
  const named = Object.entries(losses).map(([name, value]) => [`${termPrefix}${name}`, value] as const);
  const all = [['loss', loss] as const, ...named];
  return Object.fromEntries(all.map(([key, value]) => [key, (sums[key] ?? 0) + value]));
}

function rateAt({ steps, epochs, schedule }: TrainingPlan<unknown>, epoch: number, done: number): number {
  return schedule({
    step: epoch * steps + done,
    epoch: epoch + done / steps,
    totalSteps: epochs * steps,
    totalEpochs: epochs,
  });
}

/** One over the size of the group of runs that ends here; 0 within a group. An epoch's last group may be smaller. */
function gradientShare(done: number, { steps, accumulate }: TrainingPlan<unknown>): number {
  const size = (done % accumulate) + 1;
  return size === accumulate || done + 1 === steps ? 1 / size : 0;
}

/** `(1 + t) / (10 + t)` after t updates: at first the average is over all of the run. */
function averageDecay(epoch: number, done: number, { steps, accumulate }: TrainingPlan<unknown>): number {
  const updates = epoch * Math.ceil(steps / accumulate) + Math.floor(done / accumulate);
  return (1 + updates) / (10 + updates);
}

function diverged(epoch: number, step: number, rate: number, loss: number): KinegraphError {
  return new KinegraphError({
    code: 'invalid-data',
    where: `fit: step ${step} of epoch ${epoch}`,
    expected: 'a finite loss',
    actual: `${loss}`,
    hint: `Lower the rate (it is ${rate}), or add a warm-up or clipNorm.`,
  });
}
