/**
 * From global to local: joint importance determination (JID). A head behind block N_pre says how important each joint of each person is;
 * the blocks after it multiply joints by that right after their graph interaction.
 *
 * With f the features of block N_pre averaged over frames: `k = softmax over joints of W2 relu(W1 f)`.
 */
import { KinegraphError, type Tensor, tensor } from '@kinegraph/core';
import {
  divide,
  exp,
  expand,
  log,
  maximum,
  multiply,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  type Scope,
  subtract,
  transpose,
  type Value,
  zero,
} from '@kinegraph/core/graph';
import { logSoftmax, type Rewrites } from '@kinegraph/core/train';
import { refuse } from '../refusal.ts';
import { dense } from './dense.ts';
import type { ImportancePlan } from './options.ts';
import { checkJointCount } from './persons.ts';

/** Under this name the importance of each joint and person can be read as a tap, `[B, M, V]`; each row sums to 1. */
export const importanceTap = 'importance';
/** The importance's logarithm, `[B, M, V]`. */
const logarithmTap = 'importance.log';

/**
 * The rewrites that put the head into an encoder.
 *
 * @param taps of the encoder, by whose names `block.i` and `block.i.spatial` its blocks are known
 * @param joints V of the texts
 * @throws `unsupported` if the encoder has too few such taps; `invalid-argument` if it has too few blocks for `after`
 */
export function importanceRewrites(taps: readonly string[], plan: ImportancePlan, joints: number): Rewrites {
  const { head, later } = place(taps, plan.after);
  return {
    [head]: (scope, value) => {
      checkJointCount(value.shape[4] as number, joints);
      const logarithm = logImportance(scope.child('importance'), value, plan.hidden);
      scope.tap(logarithmTap, logarithm);
      scope.tap(importanceTap, exp(logarithm));
      return value;
    },
    ...Object.fromEntries(
      later.map((name) => [name, (_, value, tap) => reweigh(value, tap(importanceTap), plan.literal)]),
    ),
  } satisfies Rewrites;
}

/** Where the head reads, and which taps it changes. */
function place(taps: readonly string[], after: number | undefined) {
  const blocks = taps.filter((name) => /^block\.\d+$/.test(name));
  const spatial = blocks.map((name) => `${name}.spatial`);
  const most = blocks.length - 1;
  if (most < 1 || !spatial.slice(1).every((name) => taps.includes(name))) {
    throw new KinegraphError({
      code: 'unsupported',
      where: 'crossglg',
      expected: 'an encoder with two blocks or more, and the taps block.i and block.i.spatial of each',
      actual: taps.join(', ') || 'no taps',
      hint: 'globalToLocal: false trains without joint importance.',
    });
  }
  const count = after ?? Math.ceil(blocks.length / 2);
  if (count > most) {
    throw refuse('crossglg: globalToLocal', `after, 1 to ${most} of the encoder's ${blocks.length} blocks`, `${count}`);
  }
  return { head: blocks[count - 1] as string, later: spatial.slice(count) };
}

/**
 * The logarithm of the importance. The last layer begins at zero, so that joints are equally important at first and the encoder is the
 * one without the head.
 *
 * @param value `[B, M, C, T, V]`
 * @returns `[B, M, V]`
 */
function logImportance(scope: Scope, value: Value, hidden: number | undefined): Value {
  const [b, m, c, , v] = value.shape as [number, number, number, number, number];
  const joints = transpose(reshape(reduceMean(value, { axes: [3] }), [b, m, c, v]), [0, 1, 3, 2]);
  const inner = relu(dense(scope.child('hidden'), joints, hidden ?? c));
  return logSoftmax(reshape(dense(scope.child('score'), inner, 1, { weight: zero }), [b, m, v]));
}

/** Multiplies joints by V times their importance, or by the importance itself. */
function reweigh(value: Value, importance: Value, literal: boolean): Value {
  const [b, m, , t, v] = value.shape as [number, number, number, number, number];
  const weights = literal ? importance : multiply(importance, v);
  // Repeated over frames, so that engines multiply long stretches and not one joint at a time.
  return multiply(value, expand(reshape(weights, [b, m, 1, 1, v]), [b, m, 1, t, v]));
}

/** The targets `[K, V]` with a share of each row spread over all its joints. */
export function smoothed({ shape, data }: Tensor<'float32'>, share: number): Tensor<'float32'> {
  const joints = shape[1] as number;
  return tensor(
    'float32',
    shape,
    data.map((value) => (1 - share) * value + share / joints),
  );
}

/**
 * How far the importance of all present persons is from the one that the text gives, on average.
 *
 * @param tap reads what {@link importanceRewrites} shows
 * @param target `[B, V]`; each row sums to 1
 * @param present `[B, M]`, 1 or 0
 * @returns a scalar
 */
export function calibrationLoss(
  tap: (name: string) => Value,
  target: Value,
  present: Value,
  distance: ImportancePlan['distance'],
): Value {
  const [b, v] = target.shape as [number, number];
  const wanted = reshape(target, [b, 1, v]);
  const each = apart(tap, wanted, distance);
  const total = reduceSum(multiply(each, present), { keep: false });
  return divide(total, maximum(reduceSum(present, { keep: false }), 1));
}

/** The distance for each person, `[B, M]`. */
function apart(tap: (name: string) => Value, wanted: Value, distance: ImportancePlan['distance']): Value {
  if (distance === 'kl') {
    // A joint of importance 0 adds nothing.
    const ratio = subtract(log(maximum(wanted, 1e-12)), tap(logarithmTap));
    return reduceSum(multiply(wanted, ratio), { axes: [2], keep: false });
  }
  const difference = subtract(tap(importanceTap), wanted);
  const reduce = distance === 'sum' ? reduceSum : reduceMean;
  return reduce(multiply(difference, difference), { axes: [2], keep: false });
}
