/** Batch normalization over one axis (Ioffe and Szegedy 2015). */
import { withGradient } from '../graph/custom-gradient.ts';
import { add, divide, multiply, reciprocal, sqrt, subtract } from '../graph/ops/elementwise.ts';
import { reduceMean, reduceSum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import type { Value } from '../graph/value.ts';
import { elementCount } from '../tensor/tensor.ts';
import { type Initializer, one, zero } from './initializers.ts';
import type { Scope } from './scope.ts';

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** The channel axis; 1 by default. */
  readonly axis?: number;
  /** First value of the scale; ones by default. */
  readonly scale?: Initializer;
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number;
  /** Share of the new batch in the running statistics; 0.1 by default. */
  readonly momentum?: number;
  /** Per-channel bias `[C]` of the layer before, not yet added to x: it leaves the result unchanged in training. */
  readonly bias?: Value;
}

/** Per-channel scale and shift `[C]`: what inference-mode normalization comes down to. */
export interface Affine {
  readonly scale: Value;
  readonly shift: Value;
}

interface NormState {
  readonly weight: Value;
  readonly bias: Value;
  readonly mean: Value;
  readonly variance: Value;
}

function declare(scope: Scope, channels: number, scale: Initializer): NormState {
  return {
    weight: scope.param('weight', [channels], scale),
    bias: scope.param('bias', [channels], zero),
    mean: scope.buffer('running_mean', [channels], zero),
    variance: scope.buffer('running_var', [channels], one),
  };
}

/**
 * Normalizes each channel to mean `bias` and deviation `weight`: by the batch's own statistics in training, which also update
 * `running_mean` and `running_var` (unbiased), by the running ones in inference. Parameters and buffers are named as in PyTorch.
 *
 * @param x any rank of at least 2
 * @returns the shape of x
 */
export function batchNorm(scope: Scope, x: Value, options: BatchNormOptions = {}): Value {
  const { axis = 1, bias, ...rest } = options;
  const channels = x.shape[axis] as number;
  const across = x.shape.map((size, i) => (i === axis ? size : 1));
  if (!scope.training) {
    const { scale, shift } = inferenceAffine(scope, channels, options);
    return add(multiply(x, reshape(scale, across)), reshape(shift, across));
  }
  const { scale: initial = one, epsilon = 1e-5, momentum = 0.1 } = rest;
  const state = declare(scope, channels, initial);
  const axes = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
  const mean = reduceMean(x, { axes });
  const centered = subtract(x, mean);
  const variance = reduceMean(multiply(centered, centered), { axes });
  const inverse = reciprocal(sqrt(add(variance, epsilon)));
  const scale = multiply(reshape(state.weight, across), inverse);

  const count = elementCount(x.shape) / channels;
  const seen = reshape(mean, [channels]);
  scope.blend(state.mean, bias ? add(seen, bias) : seen, momentum);
  const unbiased = multiply(reshape(variance, [channels]), count / Math.max(1, count - 1));
  scope.blend(state.variance, unbiased, momentum);
  const normal = add(multiply(centered, scale), reshape(state.bias, across));
  return withGradient(normal, [x, state.weight, state.bias], (dy) => {
    // Ioffe and Szegedy 2015, §3, in few passes over memory: dx = scale (dy - mean(dy) - normal mean(dy normal)).
    const sum = reduceSum(dy, { axes });
    const product = multiply(reduceSum(multiply(dy, centered), { axes }), inverse);
    const slope = multiply(multiply(scale, inverse), multiply(product, -1 / count));
    const dx = add(multiply(subtract(dy, multiply(sum, 1 / count)), scale), multiply(centered, slope));
    return [dx, reshape(product, [channels]), reshape(sum, [channels])];
  });
}

/**
 * The scale and shift `[C]` by which inference-mode normalization multiplies and adds. A linear layer folds them into its own weights,
 * which onnxruntime then computes once, when the model loads.
 */
export function inferenceAffine(scope: Scope, channels: number, options: BatchNormOptions = {}): Affine {
  const { scale: initial = one, epsilon = 1e-5, bias } = options;
  const state = declare(scope, channels, initial);
  const scale = divide(state.weight, sqrt(add(state.variance, epsilon)));
  const mean = bias ? subtract(state.mean, bias) : state.mean;
  return { scale, shift: subtract(state.bias, multiply(mean, scale)) };
}
