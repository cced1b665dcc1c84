/** Normal distributions of features: mean, covariance, and draws. */
import type { Random } from '@kinegraph/core';

/** The mean of some vectors. */
export function meanOf(rows: readonly ArrayLike<number>[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + (row[i] as number);
  return mean.map((sum) => sum / rows.length);
}

/** The unbiased covariance of some vectors, `[width * width]`; zeros of a single one. */
export function covarianceOf(rows: readonly ArrayLike<number>[]): Float64Array {
  const mean = meanOf(rows);
  const width = mean.length;
  const covariance = new Float64Array(width * width);
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      const share = ((row[i] as number) - (mean[i] as number)) / Math.max(1, rows.length - 1);
      for (let j = 0; j <= i; j++) {
        const at = i * width + j;
        covariance[at] = (covariance[at] as number) + share * ((row[j] as number) - (mean[j] as number));
      }
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) covariance[j * width + i] = covariance[i * width + j] as number;
  }
  return covariance;
}

/**
 * The lower triangular factor L of a covariance plus a little on its diagonal, `L Lᵀ = covariance + epsilon I`.
 *
 * The addition is `shrinkage` times the mean variance: covariances of fewer clips than features are singular without it.
 */
export function choleskyFactor(covariance: Float64Array, width: number, shrinkage: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < width; i++) trace += covariance[i * width + i] as number;
  const epsilon = Math.max((shrinkage * trace) / width, 1e-12);
  const factor = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = covariance[i * width + j] as number;
      for (let k = 0; k < j; k++) sum -= (factor[i * width + k] as number) * (factor[j * width + k] as number);
      // Rounding may leave a pivot below what was added.
      if (i === j) factor[i * width + i] = Math.sqrt(Math.max(sum + epsilon, epsilon));
      else factor[i * width + j] = sum / (factor[j * width + j] as number);
    }
  }
  return factor;
}

/** One draw of a normal distribution, from its mean and the factor of its covariance. */
export function draw(mean: Float64Array, factor: Float64Array, random: Random): Float64Array {
  const width = mean.length;
  const noise = Float64Array.from({ length: width }, () => random.normal());
  return mean.map((center, i) => {
    let sum = center;
    for (let j = 0; j <= i; j++) sum += (factor[i * width + j] as number) * (noise[j] as number);
    return sum;
  });
}
