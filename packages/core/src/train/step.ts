/** The training step as one ONNX model: forward, backward and update in one run, with all state carried from run to run. */
import { add, divide, greater, minimum, multiply, sqrt, subtract, where } from '../graph/ops/elementwise.ts';
import { reduceSumSquare } from '../graph/ops/reduce.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { input, type Value } from '../graph/value.ts';
import { createScope } from '../nn/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { buildObjective, type NetworkOptions } from './network.ts';
import type { Optimizer } from './optimizers.ts';
import { join, type Pack, packParameters, split } from './pack.ts';
import { type Recording, weightedSum } from './task.ts';

/** What {@link buildStep} takes. */
export interface TrainingStepOptions<S extends Recording, R> extends Omit<NetworkOptions<S, R>, 'training'> {
  readonly optimizer: Optimizer;
  /** The largest global norm of the gradients; larger ones are scaled down. */
  readonly clipNorm?: number | undefined;
  /** Whether a running average of the weights is carried as well. */
  readonly average?: boolean | undefined;
  /** Whether gradients of several runs are summed before an update. */
  readonly accumulate?: boolean | undefined;
}

/** A training step, ready to be loaded into a runtime. */
export interface TrainingStep {
  readonly bytes: Uint8Array;
  /** Which output feeds which input of the next run. */
  readonly carry: Readonly<Record<string, string>>;
  /** First values of the carried inputs. */
  readonly state: Readonly<Record<string, Tensor>>;
  /** Names of the loss terms; the outputs are `loss` and `loss.<term>`. */
  readonly terms: readonly string[];
  /** Names of parameters and buffers of the network: what a bundle holds. */
  readonly weights: readonly string[];
  /** Uniform noise to be fed with every run, by input name. */
  readonly noises: Readonly<Record<string, readonly number[]>>;
}

/** The name under which the running average of a weight is carried. */
export const averageOf = (weight: string): string => `average.${weight}`;

interface Carried {
  readonly name: string;
  readonly next: Value;
  readonly first: Tensor<'float32'>;
}

/**
 * Builds the training step. Its inputs, beside the carried ones: `positions` `[B, M, C, T, V]`, `target.<name>`, the scalar `rate`, noises, and
 * - with `average`: the scalar `decay`, the share of the old average that is kept;
 * - with `accumulate`: the scalar `share`. 0 only adds to the summed gradients; otherwise the sum times `share` is applied and forgotten.
 */
export function buildStep<S extends Recording, R>(options: TrainingStepOptions<S, R>): TrainingStep {
  const { task, optimizer, random, clipNorm } = options;
  const { record, outputs, terms } = buildObjective(options);
  const { parameters, buffers, noises } = record;
  const values = parameters.map(({ value }) => value);
  const { loss, gradients } = (task.combine ?? weightedSum())(terms, values);

  const slopeOf = new Map(parameters.map((parameter, i) => [parameter, gradients[i] as Value]));
  const packs = packParameters(parameters);
  const slopes = packs.map(({ members }) =>
    join(
      members,
      members.map((member) => slopeOf.get(member) as Value),
    ),
  );

  const share = options.accumulate ? input('share', []) : undefined;
  const apply = share && greater(share, 0);
  const when = (next: Value, current: Value) => (apply ? where(apply, next, current) : next);
  const accumulated = (pack: Pack) => `accumulated.${pack.parameter.name}`;
  const totals = slopes.map((slope, i) =>
    share ? add(input(accumulated(packs[i] as Pack), slope.shape), slope) : slope,
  );
  const scaled = share ? totals.map((total) => multiply(total, share)) : totals;
  const applied = clipNorm === undefined ? scaled : clipGlobalNorm(scaled, clipNorm);

  const moments = createScope({ training: true, random });
  const root = moments.scope.child('optimizer');
  const update = optimizer.begin(root, input('rate', []));
  const learned = packs.flatMap((pack, i): Carried[] => {
    const { parameter, members } = pack;
    const next = when(update(root.child(parameter.name), parameter, applied[i] as Value), parameter.value);
    const parts = split(pack, next);
    return members.map(({ name, initial }, k) => ({ name, next: parts[k] as Value, first: initial }));
  });
  const weights: Carried[] = [
    ...learned,
    ...buffers.map(({ name, value, next = value, initial }) => ({ name, next, first: initial })),
  ];
  const fresh = options.average ? subtract(1, input('decay', [])) : undefined;
  const averages = fresh ? weights.map((weight) => runningAverage(weight, fresh, when)) : [];
  const carried: Carried[] = [
    ...weights,
    ...moments.buffers.map(({ name, value, next = value, initial }) => ({
      name,
      next: when(next, value),
      first: initial,
    })),
    ...averages,
    ...(apply
      ? packs.map((pack, i) => ({
          name: accumulated(pack),
          next: where(apply, 0, totals[i] as Value),
          first: pack.parameter.initial,
        }))
      : []),
  ];
  const next = (name: string) => `next.${name}`;
  return {
    bytes: toOnnx({
      name: `train-${options.encoder.id}-${task.id}`,
      outputs: {
        loss,
        ...Object.fromEntries(Object.entries(terms).map(([name, term]) => [`loss.${name}`, term])),
        ...outputs,
        ...Object.fromEntries(carried.map((item) => [next(item.name), item.next])),
      },
    }),
    carry: Object.fromEntries(carried.map(({ name }) => [next(name), name])),
    state: Object.fromEntries(carried.map(({ name, first }) => [name, first])),
    terms: Object.keys(terms),
    weights: weights.map(({ name }) => name),
    noises: Object.fromEntries(noises.map(({ path, shape }) => [path, shape])),
  };
}

/** Scales all gradients by one factor so that their joint norm is at most `most` (Pascanu et al. 2013; PyTorch's `clip_grad_norm_`). */
function clipGlobalNorm(gradients: readonly Value[], most: number): Value[] {
  const squares = gradients.map((gradient) => reduceSumSquare(gradient, { keep: false }));
  const norm = sqrt(squares.reduce((sum, square) => add(sum, square)));
  const factor = minimum(divide(most, add(norm, 1e-6)), 1);
  return gradients.map((gradient) => multiply(gradient, factor));
}

/**
 * Polyak averaging of a weight, from its first value on.
 *
 * @param fresh the share of the new value
 */
function runningAverage(
  { name, next, first }: Carried,
  fresh: Value,
  when: (next: Value, current: Value) => Value,
): Carried {
  const running = input(averageOf(name), first.shape);
  const moved = add(running, multiply(subtract(next, running), fresh));
  return { name: averageOf(name), next: when(moved, running), first };
}
