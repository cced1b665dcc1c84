/** InfoGCN's information bottleneck: features become a noisy latent vector, which is drawn to a fixed place for each class. */
import {
  add,
  cast,
  cos,
  divide,
  exp,
  greater,
  log,
  maximum,
  minimum,
  multiply,
  relu,
  sqrt,
  subtract,
} from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { reduceMean, reduceSum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import { transpose } from '../graph/ops/transpose.ts';
import { constant, type Value } from '../graph/value.ts';
import { normal, xavierUniform } from '../nn/initializers.ts';
import { linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { KinegraphError } from '../tensor/error.ts';
import { badOption, checkOptions } from '../tensor/options.ts';
import { createRandom } from '../tensor/random.ts';
import { float32, type Tensor } from '../tensor/tensor.ts';
import { oneHot } from './losses.ts';
import type { LossTerms } from './task.ts';

/** Options of the `bottleneck` of `classification`; `{}` has the published values. */
export interface BottleneckOptions {
  /** How far the logarithm of the variance scales the noise: `exp(noise * logvar)`, at most 100; 0.5 by default, the standard deviation. */
  readonly noise?: number;
  /** Weight of the loss term `prior`, λ2 in the paper; 0.1 by default. */
  readonly priorWeight?: number;
  /** Weight of the loss term `mean`, λ1 in the paper; 1e-4 by default. */
  readonly meanWeight?: number;
  /** The length of the latent vectors that stand for classes; 3 by default. */
  readonly gain?: number;
  /** Decides which these are; 0 by default. */
  readonly seed?: number;
}

/** The bottleneck between pooled features and class scores. */
export interface Bottleneck {
  /**
   * Scores and latent vector of pooled features: `fc`, `fc_mu`, `fc_logvar` and `decoder`. In training the latent vector is
   * `z = mu + e * min(exp(noise * logvar), 100)` with normal noise e, in recognition `z = mu`.
   *
   * @param features `[B, width]`
   * @returns logits `[B, classes]`, and z as the embedding `[B, width]`
   * @throws `unsupported` if there are more classes than the width has orthogonal directions
   */
  outputs(scope: Scope, features: Value): { readonly logits: Value; readonly embedding: Value };
  /**
   * The terms that shape the latent vectors: `prior`, the mean squared distance between the mean vector of each class of the batch
   * and that class's prior, and `mean`, the length of the batch's mean vector.
   *
   * @param latent `[B, width]`
   * @param classes int64 `[B]`
   */
  terms(latent: Value, classes: Value): LossTerms;
  /** The weights of the terms. */
  readonly weights: Readonly<Record<string, number>>;
}

const largestDeviation = 100;

/**
 * The bottleneck of InfoGCN (Chi et al. 2022; spec encoders §4.5) for a number of classes.
 *
 * @throws `invalid-argument` for an option that is no number in its range
 */
export function bottleneck(classes: number, options: BottleneckOptions): Bottleneck {
  const where = 'classification: bottleneck';
  checkOptions(where, options, ['noise', 'priorWeight', 'meanWeight', 'gain', 'seed']);
  const { noise = 0.5, priorWeight = 0.1, meanWeight = 1e-4, gain = 3, seed = 0 } = options;
  for (const [name, value] of Object.entries({ noise, priorWeight, meanWeight, gain })) {
    if (!(value >= 0 && Number.isFinite(value))) throw badOption(where, `${name} of at least 0`, `${value}`);
  }
  if (!Number.isInteger(seed)) throw badOption(where, 'a seed that is a whole number', `${seed}`);
  return {
    outputs(scope, features) {
      const width = features.shape[1] as number;
      if (classes > width) throw tooManyClasses(where, classes, width);
      const dense = (name: string, x: Value) =>
        linear(scope.child(name), x, width, { weight: xavierUniform(Math.SQRT2) });
      const hidden = relu(dense('fc', features));
      const mean = dense('fc_mu', hidden);
      const logVariance = dense('fc_logvar', hidden);
      const latent = scope.training ? sample(scope.child('fc_logvar'), mean, multiply(logVariance, noise)) : mean;
      const logits = linear(scope.child('decoder'), latent, classes, { weight: normal(Math.sqrt(2 / classes)) });
      return { logits, embedding: latent };
    },
    terms(latent, ids) {
      const prior = constant(orthogonalRows(classes, latent.shape[1] as number, gain, seed));
      return { prior: priorDistance(latent, ids, prior), mean: norm(reduceMean(latent, { axes: [0], keep: false })) };
    },
    weights: { prior: priorWeight, mean: meanWeight },
  };
}

/** Adds normal noise of the deviation `min(e^logDeviation, 100)`. */
function sample(scope: Scope, mean: Value, logDeviation: Value): Value {
  // Bounded before the exponential, which might overflow and then have no gradient.
  const deviation = exp(minimum(logDeviation, Math.log(largestDeviation)));
  return add(mean, multiply(deviation, normalNoise(scope, mean.shape)));
}

/** Standard normal noise from uniform noise (Box and Muller 1958). */
function normalNoise(scope: Scope, shape: readonly number[]): Value {
  // A draw may round to 1, the logarithm of 0 would follow.
  const share = maximum(subtract(1, scope.noise('radius', shape)), 2 ** -25);
  const radius = sqrt(multiply(log(share), -2));
  return multiply(radius, cos(multiply(scope.noise('angle', shape), 2 * Math.PI)));
}

/** Mean over the classes of the batch, and over the width, of `(mean of the class's vectors - prior)^2`. */
function priorDistance(latent: Value, classes: Value, prior: Value): Value {
  const [count, width] = prior.shape as [number, number];
  const members = oneHot(classes, count);
  const sizes = reshape(reduceSum(members, { axes: [0] }), [count, 1]);
  const present = cast(greater(sizes, 0), 'float32');
  const means = divide(matmul(transpose(members, [1, 0]), latent), maximum(sizes, 1));
  const apart = multiply(subtract(means, prior), present);
  const total = reduceSum(multiply(apart, apart), { keep: false });
  return divide(total, multiply(reduceSum(present, { keep: false }), width));
}

/** The Euclidean norm of a vector; its gradient is 0 at the origin. */
function norm(x: Value): Value {
  return sqrt(maximum(reduceSum(multiply(x, x), { keep: false }), 1e-30));
}

/**
 * Orthogonal vectors of one length in random directions: normal draws, each made orthogonal to those before (Gram-Schmidt), which is how
 * the rows of a random orthogonal matrix are distributed.
 *
 * @returns `[rows, columns]`; rows may not be more than columns
 */
export function orthogonalRows(rows: number, columns: number, length: number, seed: number): Tensor<'float32'> {
  const random = createRandom(seed);
  const basis: Float64Array[] = [];
  for (let row = 0; row < rows; row++) {
    const vector = Float64Array.from({ length: columns }, () => random.normal());
    // Twice, since rounding leaves a little of the others the first time.
    for (const other of [...basis, ...basis]) {
      const along = dot(vector, other);
      for (let i = 0; i < columns; i++) vector[i] = (vector[i] as number) - along * (other[i] as number);
    }
    const size = Math.sqrt(dot(vector, vector));
    basis.push(vector.map((x) => x / size));
  }
  return float32(
    basis.flatMap((vector) => Array.from(vector, (x) => x * length)),
    [rows, columns],
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}

function tooManyClasses(where: string, classes: number, width: number): KinegraphError {
  return new KinegraphError({
    code: 'unsupported',
    where,
    expected: `at most ${width} classes for features of width ${width}, so that their priors can be orthogonal`,
    actual: `${classes}`,
    hint: 'Make the encoder wider, or leave the bottleneck out.',
  });
}
