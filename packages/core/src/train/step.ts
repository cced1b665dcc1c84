/** The training step as one ONNX model: forward, backward and update in one run, with all state carried from run to run. */
import { add, divide, greater, minimum, multiply, sqrt, subtract, where } from '../graph/ops/elementwise.ts';
import { reduceSumSquare } from '../graph/ops/reduce.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { input, type Value } from '../graph/value.ts';
import { createScope, moved, type Parameter } from '../nn/scope.ts';
import { type Tensor, zeros } from '../tensor/tensor.ts';
import { buildObjective, type NetworkOptions } from './network.ts';
import type { Optimizer } from './optimizers.ts';
import { joinPack, packParameters, packStatistics, packTensors, type StatisticsPack, splitPacks } from './packing.ts';
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
  /** Names of the parameters that are frozen at first. */
  readonly freeze?: readonly string[] | undefined;
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
  /** Uniform noise to be fed with every run, by input name. */
  readonly noises: Readonly<Record<string, readonly number[]>>;
}

/** What the names of running averages start with. */
export const averagePrefix = 'average.';

interface Carried {
  readonly name: string;
  readonly next: Value;
  readonly first: Tensor<'float32'>;
}

/**
 * Builds the training step. Its inputs, beside the carried ones: `positions` `[B, M, C, T, V]`, `target.<name>`, the scalar `rate`, noises, and
 * - with `average`: the scalar `decay`, the share of the old average that is kept;
 * - with `accumulate`: the scalar `share`. 0 only adds to the summed gradients; otherwise the sum times `share` is applied and forgotten;
 * - with `freeze`: the scalar `thawed`. With 0 the frozen parameters and their moments stay as they are, with 1 they are like all others.
 */
export function buildStep<S extends Recording, R>(options: TrainingStepOptions<S, R>): TrainingStep {
  const { task, optimizer, random, clipNorm } = options;
  const { record, outputs, terms } = buildObjective(options);
  const { parameters, buffers, noises } = record;
  const values = parameters.map(({ value }) => value);
  const { loss, gradients } = (task.combine ?? weightedSum())(terms, values);

  const packs = packParameters(parameters, optimizer, options.freeze);
  const members = new Map(parameters.map(({ value }, i) => [value, gradients[i] as Value]));
  const slopes = packs.map((pack) =>
    joinPack(
      pack,
      pack.members.map(({ value }) => members.get(value) as Value),
    ),
  );

  const share = options.accumulate ? input('share', []) : undefined;
  const apply = share && greater(share, 0);
  const totals = slopes.map((slope, i) => {
    return share ? add(input(`accumulated.${packs[i]?.name}`, slope.shape), slope) : slope;
  });
  const thawed = packs.some(({ frozen }) => frozen) ? input('thawed', []) : undefined;
  const scaled = totals.map((total, i) => {
    const sum = share ? multiply(total, share) : total;
    return thawed && packs[i]?.frozen ? multiply(sum, thawed) : sum;
  });
  const clipped = clipNorm === undefined ? scaled : clipGlobalNorm(scaled, clipNorm);

  const moments = createScope({ training: true, random });
  const root = moments.scope.child('optimizer');
  const update = optimizer.begin(root, input('rate', []));
  const when = (next: Value, current: Value, frozen = false) => {
    const applied = apply ? where(apply, next, current) : next;
    return thawed && frozen ? where(greater(thawed, 0), applied, current) : applied;
  };
  const frozenMoments = new Set<string>();
  const statistics = packStatistics(buffers);
  const initials = Object.fromEntries([...parameters, ...buffers].map(({ name, initial }) => [name, initial]));
  const first = packTensors([...packs, ...statistics], initials);
  const weights: Carried[] = [
    ...packs.map(({ name, value, decay, frozen, members: [member] }, i): Carried => {
      const initial = first[name] as Tensor<'float32'>;
      const known = moments.buffers.length;
      const updated = { name, value, decay, initial, member: (member as Parameter).name };
      const next = update(root.child(name), updated, clipped[i] as Value);
      if (frozen) for (const moment of moments.buffers.slice(known)) frozenMoments.add(moment.name);
      return { name, next: when(next, value, frozen), first: initial };
    }),
    ...statistics.map((pack) => ({
      name: pack.name,
      next: movedTogether(pack),
      first: first[pack.name] as Tensor<'float32'>,
    })),
    ...buffers
      .filter(({ blended }) => !blended)
      .map(({ name, value, next = value, initial }) => ({ name, next, first: initial })),
  ];
  const fresh = options.average ? subtract(1, input('decay', [])) : undefined;
  const averages = fresh ? weights.map((weight) => runningAverage(weight, fresh, when)) : [];
  const sums = (apply ? packs : []).map(({ name, value }, i) => ({
    name: `accumulated.${name}`,
    next: where(apply as Value, 0, totals[i] as Value),
    first: zeros('float32', value.shape),
  }));
  const state = moments.buffers.map(({ name, value, next = value, initial }) => {
    return { name, next: when(next, value, frozenMoments.has(name)), first: initial };
  });
  const carried: Carried[] = [...weights, ...state, ...averages, ...sums];
  const nextOf = (name: string) => `next.${name}`;
  return {
    bytes: toOnnx({
      name: `train-${options.encoder.id}-${task.id}`,
      bound: splitPacks([...packs, ...statistics]),
      outputs: {
        loss,
        ...Object.fromEntries(Object.entries(terms).map(([name, term]) => [`loss.${name}`, term])),
        ...outputs,
        ...Object.fromEntries(carried.map(({ name, next }) => [nextOf(name), next])),
      },
    }),
    carry: Object.fromEntries(carried.map(({ name }) => [nextOf(name), name])),
    state: Object.fromEntries(carried.map(({ name, first: value }) => [name, value])),
    terms: Object.keys(terms),
    noises: Object.fromEntries(noises.map(({ path, shape }) => [path, shape])),
  };
}

/** All running means of one share after the step. */
function movedTogether(pack: StatisticsPack): Value {
  const { value, share, members } = pack;
  const seen = joinPack(
    pack,
    members.map(({ blended }) => blended?.seen as Value),
  );
  return moved(value, { seen, share });
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
  const average = `${averagePrefix}${name}`;
  const running = input(average, first.shape);
  const moved = add(running, multiply(subtract(next, running), fresh));
  return { name: average, next: when(moved, running), first };
}
