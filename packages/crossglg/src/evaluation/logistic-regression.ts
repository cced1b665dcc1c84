/** Multinomial logistic regression on the host: small enough for the features of a few thousand clips. */
import { minimize, type Slope } from './minimize.ts';

/** Options of {@link logisticRegression}. */
export interface LogisticOptions {
  /** How much errors count beside half the squared length of the weights; 1 by default, as in scikit-learn. */
  readonly strength?: number;
  /** The most iterations; 1000 by default. */
  readonly iterations?: number;
}

/** Scores of classes for a vector. */
export type Scorer = (vector: ArrayLike<number>) => Float64Array;

/**
 * Fits `scores = W x + b` by minimizing `|W|² / 2 + strength Σ cross-entropy`; b is free.
 *
 * @param rows vectors of one width
 * @param classes the class of each row, from 0
 * @param count of the classes
 */
export function logisticRegression(
  rows: readonly ArrayLike<number>[],
  classes: readonly number[],
  count: number,
  { strength = 1, iterations = 1000 }: LogisticOptions = {},
): Scorer {
  const width = rows[0]?.length ?? 0;
  const weights = minimize(slopeOf(rows, classes, count, strength), new Float64Array(count * (width + 1)), {
    iterations,
    // Of the mean over rows, as scikit-learn has it.
    tolerance: 1e-4 * strength * rows.length,
  });
  return (vector) => scoresOf(weights, vector, count);
}

/** Each class has its weights and, after them, its bias. */
function scoresOf(weights: Float64Array, vector: ArrayLike<number>, count: number): Float64Array {
  const width = vector.length;
  const scores = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const start = k * (width + 1);
    let sum = weights[start + width] as number;
    for (let i = 0; i < width; i++) sum += (weights[start + i] as number) * (vector[i] as number);
    scores[k] = sum;
  }
  return scores;
}

function slopeOf(rows: readonly ArrayLike<number>[], classes: readonly number[], count: number, strength: number) {
  const width = rows[0]?.length ?? 0;
  return ((weights) => {
    let value = 0;
    const gradient = new Float64Array(weights.length);
    for (let at = 0; at < weights.length; at++) {
      if (at % (width + 1) === width) continue;
      value += (weights[at] as number) ** 2 / 2;
      gradient[at] = weights[at] as number;
    }
    for (const [row, vector] of rows.entries()) {
      const target = classes[row] as number;
      const scores = scoresOf(weights, vector, count);
      const largest = scores.reduce((a, b) => Math.max(a, b));
      const powers = scores.map((score) => Math.exp(score - largest));
      const total = powers.reduce((a, b) => a + b);
      value += strength * (largest + Math.log(total) - (scores[target] as number));
      for (let k = 0; k < count; k++) {
        const error = strength * ((powers[k] as number) / total - (k === target ? 1 : 0));
        const start = k * (width + 1);
        for (let i = 0; i < width; i++) {
          gradient[start + i] = (gradient[start + i] as number) + error * (vector[i] as number);
        }
        gradient[start + width] = (gradient[start + width] as number) + error;
      }
    }
    return { value, gradient };
  }) satisfies Slope;
}
