/** How well class scores fit the truth. */
import { KinegraphError } from '../tensor/error.ts';
import { formatShape, type Tensor } from '../tensor/tensor.ts';

/** What an evaluation of class scores found; shares are between 0 and 1. */
export interface ClassificationReport {
  /** Samples. */
  readonly count: number;
  /** Share of samples whose class has the highest score. */
  readonly top1: number;
  /** Share of samples whose class is among the five highest scores. */
  readonly top5: number;
  /** Mean over the classes that occur of the share of their samples that was recognized. */
  readonly meanClassAccuracy: number;
  /** Mean cross-entropy, without label smoothing. */
  readonly loss: number;
  /** `confusion[truth][prediction]`: samples. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Compares class scores with the truth. Of equal scores, the class with the lower number counts as higher.
 *
 * @param logits `[samples, classes]`
 * @param truth the class of each sample
 * @throws `invalid-shape` unless there is one row for each sample, and at least one.
 */
export function classificationReport(logits: Tensor<'float32'>, truth: readonly number[]): ClassificationReport {
  const [count, classes] = logits.shape as [number, number];
  if (count !== truth.length || count === 0 || logits.shape.length !== 2) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where: 'classificationReport',
      expected: `logits [${Math.max(1, truth.length)}, classes]`,
      actual: formatShape(logits.shape),
    });
  }
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let [first, fifth, loss] = [0, 0, 0];
  truth.forEach((target, row) => {
    const scores = logits.data.subarray(row * classes, (row + 1) * classes);
    const rank = rankOf(scores, target);
    if (rank < 1) first++;
    if (rank < 5) fifth++;
    loss += surprise(scores, target);
    const predicted = scores.indexOf(scores.reduce((a, b) => Math.max(a, b)));
    const cells = confusion[target] as number[];
    cells[predicted] = (cells[predicted] as number) + 1;
  });
  const recalls = confusion.flatMap((cells, target) => {
    const total = cells.reduce((a, b) => a + b, 0);
    return total === 0 ? [] : [(cells[target] as number) / total];
  });
  return {
    count,
    top1: first / count,
    top5: fifth / count,
    meanClassAccuracy: recalls.reduce((a, b) => a + b, 0) / recalls.length,
    loss: loss / count,
    confusion,
  };
}

/** How many classes rank before the target. */
function rankOf(scores: Float32Array, target: number): number {
  const own = scores[target] as number;
  return scores.reduce((rank, score, i) => (score > own || (score === own && i < target) ? rank + 1 : rank), 0);
}

/** Cross-entropy of one sample: log of the sum of exponentials, minus the target's score. */
function surprise(scores: Float32Array, target: number): number {
  const largest = scores.reduce((a, b) => Math.max(a, b));
  const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  return largest + Math.log(total) - (scores[target] as number);
}
