/** The layers that skeleton encoders are made of, as functions over `[N, C, V, T]` values. */

import { type ConvolutionOptions, convolution } from '../graph/ops/convolution.ts';
import { add, cast, divide, greater, multiply, sqrt, subtract } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { reduceMean } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import { everyNth } from '../graph/ops/shape.ts';
import { spectralConvolution } from '../graph/ops/spectral-convolution.ts';
import { transpose } from '../graph/ops/transpose.ts';
import type { Value } from '../graph/value.ts';
import { KinegraphError } from '../tensor/error.ts';
import { elementCount } from '../tensor/tensor.ts';
import { type BatchNormOptions, batchNorm, inferenceAffine } from './batch-norm.ts';
import { defaultUniform, type Initializer, one, zero } from './initializers.ts';
import type { Scope } from './scope.ts';

/** A batch normalization that follows a linear layer and is folded into its weights for inference. */
export interface FollowingNorm extends Pick<BatchNormOptions, 'scale'> {
  readonly scope: Scope;
}

/** Options shared by the linear layers. */
export interface LinearOptions {
  /** First value of the weight; PyTorch's default by default. */
  readonly weight?: Initializer;
  /** First value of the bias; PyTorch's default by default. */
  readonly bias?: Initializer;
  readonly norm?: FollowingNorm;
}

/**
 * A fully connected layer over the last axis: `y = x Wᵀ + b`.
 *
 * @param x `[..., inputs]`
 * @returns `[..., width]`; parameters `weight [width, inputs]`, `bias [width]`.
 */
export function linear(scope: Scope, x: Value, width: number, options: Omit<LinearOptions, 'norm'> = {}): Value {
  const inputs = x.shape.at(-1) as number;
  const weight = scope.param('weight', [width, inputs], options.weight ?? defaultUniform(inputs));
  const bias = scope.param('bias', [width], options.bias ?? defaultUniform(inputs));
  return add(matmul(x, transpose(weight, [1, 0])), bias);
}

/** Options of {@link pointwise}. */
export interface PointwiseOptions extends LinearOptions {
  /** Keeps every n-th frame; 1 by default. */
  readonly stride?: number;
}

/**
 * A 1x1 convolution: the same linear map of the channels at every joint and frame, optionally batch-normalized.
 *
 * @param x `[N, C, V, T]`
 * @returns `[N, width, V, T / stride]`; parameters `weight [width, C, 1, 1]`, `bias [width]`.
 */
export function pointwise(scope: Scope, x: Value, width: number, options: PointwiseOptions = {}): Value {
  const channels = x.shape[1] as number;
  const parameters = declare(scope, [width, channels, 1, 1], options);
  const kept = everyNth(x, options.stride ?? 1);
  return normalized(parameters, options.norm, (weight) => mix(kept, reshape(weight, [width, channels])));
}

/** Options of {@link temporalConvolution}. */
export interface TemporalOptions extends LinearOptions, ConvolutionOptions {}

/**
 * A convolution over time with a K x 1 kernel, padded so that stride 1 keeps the number of frames, optionally batch-normalized.
 *
 * @param x `[N, C, V, T]`
 * @returns `[N, width, V, ceil(T / stride)]`; parameters `weight [width, C, K, 1]`, `bias [width]`.
 */
export function temporalConvolution(
  scope: Scope,
  x: Value,
  width: number,
  kernel: number,
  options: TemporalOptions = {},
): Value {
  const channels = x.shape[1] as number;
  const { stride = 1, dilation = 1, padding = ((kernel - 1) * dilation) / 2 } = options;
  const parameters = declare(scope, [width, channels, kernel, 1], options);
  const spectral = spectralPays(x, parameters.weight, stride);
  const along = { stride, dilation, padding };
  return normalized(parameters, options.norm, (given) => {
    const weight = reshape(given, [width, channels, 1, kernel]);
    return spectral
      ? spectralConvolution(x, weight, { ...along, bySample: !scope.training })
      : convolution(x, weight, undefined, along);
  });
}

/**
 * Whether a convolution is faster by its frequencies: multiply-adds for each sample and joint, of which those of
 * the transforms count twice, because their matrices are small.
 */
function spectralPays(x: Value, weight: Value, stride: number): boolean {
  const [width, channels, kernel] = weight.shape as [number, number, number];
  const frames = x.shape[3] as number;
  const outputs = frames / stride;
  const products = 1.5 * frames;
  const transforms = products * (frames * channels + outputs * width);
  return products * channels * width + 2 * transforms < kernel * outputs * channels * width;
}

/**
 * Layer normalization over one axis (Ba, Kiros and Hinton 2016, eq. 3-4).
 *
 * @param axis the channels; the last by default
 * @returns the shape of x; parameters `weight` and `bias` `[channels]`
 */
export function layerNorm(scope: Scope, x: Value, axis = -1): Value {
  const channels = x.shape.at(axis) as number;
  const across = x.shape.map(() => 1).with(axis, channels);
  const centered = subtract(x, reduceMean(x, { axes: [axis] }));
  const variance = reduceMean(multiply(centered, centered), { axes: [axis] });
  const normalized = divide(centered, sqrt(add(variance, 1e-5)));
  const weight = reshape(scope.param('weight', [channels], one), across);
  return add(multiply(normalized, weight), reshape(scope.param('bias', [channels], zero), across));
}

/**
 * Zeroes each element with probability `rate` and scales the others by `1 / (1 - rate)`; does nothing in inference.
 *
 * The noise comes from {@link Scope.noise}, so that the trainer's seed decides it.
 *
 * @throws `invalid-argument` unless 0 <= rate < 1
 */
export function dropout(scope: Scope, x: Value, rate: number): Value {
  if (!(rate >= 0 && rate < 1)) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where: scope.path ? `${scope.path}: dropout` : 'dropout',
      expected: 'a rate of at least 0 and below 1',
      actual: `${rate}`,
    });
  }
  if (!scope.training || rate === 0) return x;
  const kept = cast(greater(scope.noise('dropout', x.shape), rate), 'float32');
  return multiply(multiply(x, kept), 1 / (1 - rate));
}

/** The linear map of axis 1 of `[N, C, ...]` by a matrix `[O, C]`. */
export function mix(x: Value, matrix: Value): Value {
  const [n, c, ...rest] = x.shape as [number, number, ...number[]];
  const mixed = matmul(matrix, reshape(x, [n, c, elementCount(rest)]));
  return reshape(mixed, [n, matrix.shape[0] as number, ...rest]);
}

interface LinearParameters {
  readonly weight: Value;
  readonly bias: Value;
}

function declare(scope: Scope, shape: readonly number[], options: LinearOptions): LinearParameters {
  const fanIn = elementCount(shape.slice(1));
  return {
    weight: scope.param('weight', shape, options.weight ?? defaultUniform(fanIn)),
    bias: scope.param('bias', [shape[0] as number], options.bias ?? defaultUniform(fanIn)),
  };
}

/**
 * Applies a linear map and its normalization. In training the bias is left to the normalization, which cancels it; in inference the
 * normalization becomes part of weight and bias.
 */
function normalized(
  { weight, bias }: LinearParameters,
  norm: FollowingNorm | undefined,
  apply: (weight: Value) => Value,
): Value {
  const channels = weight.shape[0] as number;
  const across = [channels, 1, 1];
  if (!norm) return add(apply(weight), reshape(bias, across));
  const options = { bias, ...(norm.scale && { scale: norm.scale }) };
  if (norm.scope.training) return batchNorm(norm.scope, apply(weight), options);
  const { scale, shift } = inferenceAffine(norm.scope, channels, options);
  return add(apply(multiply(weight, reshape(scale, [channels, 1, 1, 1]))), reshape(shift, across));
}
