/** Training losses, composed from graph ops. */
import {
  add,
  cast,
  equal,
  exp,
  log,
  maximum,
  multiply,
  negate,
  stopGradient,
  subtract,
} from '../graph/ops/elementwise.ts';
import { reduceMax, reduceMean, reduceSum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import { constant, describeShape, type Value } from '../graph/value.ts';
import { KinegraphError } from '../tensor/error.ts';
import { int64 } from '../tensor/tensor.ts';

/**
 * Logarithm of the softmax over the last axis. The largest element is subtracted first, so no exponential overflows.
 *
 * Shares of the sum under e^-30 have no gradient: they are lost in rounding, and the denormal numbers that they become on the way back would
 * slow a network that is sure of itself down tenfold.
 *
 * @param x `[..., classes]`
 */
export function logSoftmax(x: Value): Value {
  const shifted = subtract(x, stopGradient(reduceMax(x, { axes: [-1] })));
  return subtract(shifted, log(reduceSum(exp(maximum(shifted, -30)), { axes: [-1] })));
}

/**
 * One row for each class id: 1 at the class, 0 elsewhere.
 *
 * @param classes int64 `[B]`
 * @returns float32 `[B, count]`
 */
export function oneHot(classes: Value, count: number): Value {
  const ids = constant(int64(Array.from({ length: count }, (_, id) => id)));
  return cast(equal(reshape(classes, [classes.shape[0] as number, 1]), ids), 'float32');
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** Share of the target that is spread evenly over all classes (Szegedy et al. 2016, §7); 0 by default. */
  readonly labelSmoothing?: number;
}

/**
 * Mean cross-entropy between class scores and class ids, as PyTorch's `cross_entropy`.
 *
 * With smoothing s and K classes the target is `(1 - s) onehot + s / K`.
 *
 * @param logits `[B, classes]`
 * @param classes int64 `[B]`
 * @returns a scalar
 */
export function crossEntropy(logits: Value, classes: Value, { labelSmoothing = 0 }: CrossEntropyOptions = {}): Value {
  if (logits.shape.length !== 2 || classes.shape.length !== 1 || classes.shape[0] !== logits.shape[0]) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where: 'crossEntropy',
      expected: 'logits [B, classes] and class ids [B]',
      actual: `${describeShape(logits.shape)} and ${describeShape(classes.shape)}`,
    });
  }
  const count = logits.shape[1] as number;
  const hot = oneHot(classes, count);
  const target = labelSmoothing === 0 ? hot : add(multiply(hot, 1 - labelSmoothing), labelSmoothing / count);
  const each = reduceSum(multiply(target, logSoftmax(logits)), { axes: [1] });
  return negate(reduceMean(each, { keep: false }));
}
