/** The trainer: fits a network to samples on a runtime, measures it, saves its state and writes its bundle. */
import type { Encoder } from '../encoder/encoder.ts';
import { checkOptions } from '../model/options.ts';
import type { Parameter } from '../nn/scope.ts';
import type { Runtime, Session } from '../runtime/contract.ts';
import { type AbortSignalLike, KinegraphError } from '../tensor/error.ts';
import { createRandom, resumeRandom } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkIdentity, checkPlan, digestText, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { evaluateNetwork } from './evaluate.ts';
import { type ExportOptions, exportBundle } from './export.ts';
import { type FitOptions, type Progress, planRun, type TrainingPlan } from './fit.ts';
import { buildInference } from './inference.ts';
import { declareNetwork, inputSpec, type NetworkInput } from './network.ts';
import { type Optimizer, sgd } from './optimizers.ts';
import { packParameters, packStatistics, unpackTensors, type Weights } from './packing.ts';
import { type RunState, trainEpochs } from './run.ts';
import { averagePrefix, buildStep } from './step.ts';
import type { Recording, Sample, Task } from './task.ts';

/** Options of {@link createTrainer}. */
export interface TrainerOptions<S extends Recording, R> {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
  readonly task: Task<S, R>;
  readonly input: NetworkInput;
  /** `sgd()` by default: momentum 0.9, Nesterov. */
  readonly optimizer?: Optimizer;
  /** Decides first weights, order, augmentation and noise; 0 by default. */
  readonly seed?: number;
  /**
   * Keeps a running average of the weights with this decay, for example 0.999, and evaluates and exports it. The decay grows from 0.1, so that
   * short trainings forget their start as well.
   */
  readonly ema?: number;
  /** The largest global norm of the gradients; larger ones are scaled down. */
  readonly clipNorm?: number;
  /** Weights to start from, by name, as a record or as `readSafetensors` gives them; the others are drawn. */
  readonly weights?: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;
}

/** Which weights: of the best validated epoch, the running average, or those after the last step. */
export type WeightChoice = 'best' | 'average' | 'last';

const weightChoices: readonly string[] = ['best', 'average', 'last'] satisfies WeightChoice[];

/** Options of {@link Trainer.evaluate}. */
export interface EvaluateOptions {
  /** Samples a run; 16 by default. */
  readonly batch?: number;
  /** The first of `best`, `average` and `last` that there is, by default. */
  readonly weights?: WeightChoice;
  readonly signal?: AbortSignalLike;
}

/** Fits one network. Its methods may be called between the steps of {@link Trainer.fit}, or after it. */
export interface Trainer<S extends Recording = Sample, R = unknown> {
  /**
   * Trains, and yields progress; nothing happens until it is iterated. A new call starts from the current weights with a fresh optimizer,
   * unless {@link Trainer.resume} was called.
   *
   * Every batch is full: an epoch's last one is filled up with the first samples of that epoch's order.
   *
   * @throws `invalid-argument` or `invalid-data` for bad options or samples; `invalid-data` when the loss is no longer finite; `aborted`
   */
  fit(samples: readonly S[], options: FitOptions<S, R>): AsyncGenerator<Progress<R>, void, undefined>;
  /** Measures the network on samples, without augmentation. */
  evaluate(samples: readonly S[], options?: EvaluateOptions): Promise<R>;
  /** Parameters and buffers by name. */
  weights(choice?: WeightChoice): Promise<Record<string, Tensor<'float32'>>>;
  /** Everything that {@link Trainer.resume} needs: after it, losses are bit for bit those of an uninterrupted run. */
  checkpoint(): Promise<Uint8Array>;
  /**
   * Puts the trainer where a checkpoint was taken. The next {@link Trainer.fit}, with the same samples and options, goes on from there.
   *
   * @throws `invalid-data` for a file that is damaged, no checkpoint, or of another network
   */
  resume(checkpoint: Uint8Array): Promise<void>;
  /** The bundle: an ONNX file that knows its input, labels and outputs. */
  export(options?: ExportOptions & { readonly weights?: WeightChoice }): Promise<Uint8Array>;
}

/**
 * Makes a trainer. The network is built at once, so a wrong pairing of encoder, task and input is an error here.
 *
 * @example
 * ```ts
 * const trainer = createTrainer({ runtime: createRuntime(), encoder: ctrgcn(), task: classification(labels), input: { layout: ntu25, frames: 64 } });
 * for await (const { kind, epoch, loss } of trainer.fit(samples, { epochs: 30, batch: 16, rate: cosine(0.1, { warmup: 5 }) })) {
 *   if (kind === 'epoch') console.log(epoch, loss);
 * }
 * await writeFile('exercises.onnx', await trainer.export());
 * ```
 */
export function createTrainer<S extends Recording, R>(options: TrainerOptions<S, R>): Trainer<S, R> {
  const known = ['runtime', 'encoder', 'task', 'input', 'optimizer', 'seed', 'ema', 'clipNorm', 'weights'];
  checkOptions('createTrainer', options, known);
  const { runtime, encoder, task, input, optimizer = sgd(), seed = 0, ema, clipNorm } = options;
  const network = { encoder, task, input };
  checkSettings(options);
  const spec = inputSpec(input);
  let random = createRandom(seed);
  const weights = options.weights instanceof Map ? Object.fromEntries(options.weights) : (options.weights ?? {});
  const { parameters, buffers } = declareNetwork({ ...network, random, weights });
  let packs = packParameters(parameters, optimizer);
  const statistics = packStatistics(buffers);
  const identity = identify({ ...options, optimizer }, parameters);
  /** Where the next run starts from. */
  let origin: Weights = Object.fromEntries([...parameters, ...buffers].map(({ name, initial }) => [name, initial]));
  /** What a session carried when it ended, or a checkpoint held. */
  let resting: Weights | undefined;
  let latest: RunState | undefined;
  let session: Session | undefined;
  let fitting = false;
  let resumed = false;

  const readAll = async () => (session ? ((await session.read()) as Weights) : resting);

  const choose = async (choice?: WeightChoice): Promise<Weights> => {
    if (choice !== undefined && !weightChoices.includes(choice)) {
      throw refuse('weights', `a choice among ${weightChoices.join(', ')}`, `"${choice}"`);
    }
    if (latest?.best && (choice === undefined || choice === 'best')) return latest.best.weights;
    if (choice === 'best') throw refuse('weights', 'a fit with validation before', 'none');
    if (choice === 'average' && ema === undefined) throw refuse('weights', 'a trainer with ema', 'none');
    const state = await readAll();
    if (!state) return origin;
    const prefix = ema === undefined || choice === 'last' ? '' : averagePrefix;
    const single = buffers.filter(({ blended }) => !blended);
    const kept = single.map(({ name }) => [name, state[`${prefix}${name}`] as Tensor<'float32'>] as const);
    return { ...unpackTensors([...packs, ...statistics], state, prefix), ...Object.fromEntries(kept) };
  };

  const measure = async (samples: readonly S[], weights: Weights, { batch = 16, signal }: EvaluateOptions) => {
    const bytes = buildInference({ ...network, weights });
    return evaluateNetwork(samples, { runtime, bytes, task, spec, batch, signal });
  };

  const start = async (plan: TrainingPlan<S>): Promise<RunState> => {
    const { epochs, batch, accumulate, samples, rates, freeze } = plan;
    const record = { epochs, batch, accumulate, samples, rates, ...(freeze && { freeze }) };
    origin = await choose('last');
    resting = undefined;
    packs = packParameters(parameters, optimizer, freeze?.parameters);
    return { random, run: { plan: record, epoch: 0, step: 0, order: [], sums: {}, stale: 0 }, best: undefined };
  };

  const open = async ({ batch, accumulate, freeze }: TrainingPlan<S>, signal: AbortSignalLike | undefined) => {
    const carried = { average: ema !== undefined, accumulate: accumulate > 1, freeze: freeze?.parameters };
    const settings = { optimizer, clipNorm, ...carried };
    const step = buildStep({ ...network, ...settings, batch, weights: origin, random: createRandom(seed) });
    const load = { carry: step.carry, state: resting ?? step.state, ...(signal && { signal }) };
    return { step, opened: await runtime.load(step.bytes, load) };
  };

  async function* fit(samples: readonly S[], fitOptions: FitOptions<S, R>): ReturnType<Trainer<S, R>['fit']> {
    if (fitting) throw refuse('fit', 'one fit at a time', 'a second');
    const plan = planRun(samples, fitOptions, { seed, parameters: parameters.map(({ name }) => name) });
    task.check?.([...plan.train, ...plan.held]);
    if (resumed && latest) checkPlan(latest.run.plan, plan);
    fitting = true;
    const state = resumed && latest ? latest : await start(plan);
    latest = state;
    resumed = false;
    try {
      const { step, opened } = await open(plan, fitOptions.signal);
      session = opened;
      const validate = async (held: readonly S[]) => {
        const weights = await choose(ema === undefined ? 'last' : 'average');
        return { weights, report: await measure(held, weights, { ...fitOptions, batch: plan.batch }) };
      };
      yield* trainEpochs({ state, plan, options: fitOptions, step, session, task, spec, ema, validate });
    } finally {
      random = state.random;
      try {
        resting = await readAll();
      } finally {
        await session?.dispose();
        session = undefined;
        fitting = false;
      }
    }
  }

  return {
    fit,
    async evaluate(samples, evaluateOptions = {}) {
      checkOptions('evaluate', evaluateOptions, ['batch', 'weights', 'signal']);
      const { batch = 1 } = evaluateOptions;
      if (!(Number.isInteger(batch) && batch >= 1)) throw refuse('evaluate', 'a batch of at least 1', `${batch}`);
      task.check?.(samples);
      return measure(samples, await choose(evaluateOptions.weights), evaluateOptions);
    },
    weights: async (choice) => ({ ...(await choose(choice)) }),
    async checkpoint() {
      const state = await readAll();
      const drawn = (latest?.random ?? random).state();
      if (state) return writeCheckpoint({ identity, state, random: drawn, run: latest?.run, best: latest?.best });
      return writeCheckpoint({ identity, state: origin, random: drawn, run: undefined, best: undefined });
    },
    async resume(bytes) {
      if (fitting) throw refuse('resume', 'no fit in progress', 'one');
      const checkpoint = readCheckpoint(bytes);
      checkIdentity(identity, checkpoint);
      const { run, best } = checkpoint;
      resting = run && checkpoint.state;
      packs = packParameters(parameters, optimizer, run?.plan.freeze?.parameters);
      if (!run) origin = checkpoint.state;
      random = resumeRandom(checkpoint.random);
      latest = run && { random, run, best };
      resumed = run !== undefined;
    },
    async export({ weights: choice, ...exportOptions } = {}) {
      checkOptions('export', exportOptions, ['precision', 'license', 'data', 'metrics', 'command', 'threshold']);
      return exportBundle({ ...network, weights: await choose(choice) }, exportOptions);
    },
  };
}

function checkSettings<S extends Recording, R>(options: TrainerOptions<S, R>): void {
  const where = 'createTrainer';
  const { runtime, encoder, task, ema, clipNorm, seed = 0 } = options;
  const parts = {
    'a runtime, as createRuntime gives it': [runtime, runtime?.load],
    'an encoder, such as ctrgcn()': [encoder, encoder?.build],
    'a task, such as classification(labels)': [task, task?.outputs],
  };
  for (const [expected, [part, method]] of Object.entries(parts)) {
    const actual = typeof part === 'function' ? 'a function that makes one' : typeof part;
    if (typeof method !== 'function') throw refuse(where, expected, actual);
  }
  if (ema !== undefined && !(ema > 0 && ema < 1)) throw refuse(where, 'ema between 0 and 1', `${ema}`);
  if (clipNorm !== undefined && !(clipNorm > 0)) throw refuse(where, 'a clipNorm above 0', `${clipNorm}`);
  if (!Number.isInteger(seed)) throw refuse(where, 'a seed that is a whole number', `${seed}`);
}

/** What must be the same for a checkpoint to fit, as JSON. */
function identify<S extends Recording, R>(
  options: TrainerOptions<S, R> & { readonly optimizer: Optimizer },
  parameters: readonly Parameter[],
): string {
  const { encoder, task, input, optimizer, ema, clipNorm } = options;
  return JSON.stringify({
    encoder: { id: encoder.id, options: encoder.options },
    task: { id: task.id, ...task.manifest() },
    input: { ...input, layout: inputSpec(input).layout },
    optimizer: { id: optimizer.id, options: optimizer.options },
    parameters: digestText(parameters.map(({ name, value }) => `${name} [${value.shape}]`).join()),
    ema,
    clipNorm,
  });
}

function refuse(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
