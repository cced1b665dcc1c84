/** How near clips are to exemplars, by their embeddings. */
import { KinegraphError, type Tensor, zeros } from '@kinegraph/core';
import { refuse } from '../refusal.ts';

/** Embeddings of labeled clips. */
export interface EmbeddedClips {
  /** `[clips, width]`, as `embed` gives them. */
  readonly embeddings: Tensor<'float32'>;
  /** One a clip. */
  readonly labels: readonly string[];
}

/** Checks that there is one label a row, and at least one. */
export function checkClips(where: string, { embeddings, labels }: EmbeddedClips, width?: number): void {
  const [count, found] = embeddings.shape;
  if (embeddings.shape.length !== 2 || count !== labels.length || (width !== undefined && found !== width)) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where,
      expected: `embeddings [${labels.length}, ${width ?? 'width'}]`,
      actual: `[${embeddings.shape.join(', ')}]`,
    });
  }
  if (labels.length === 0) throw refuse(where, 'at least one clip', 'none');
}

/** One row of a matrix, without copying. */
export function rowOf({ shape, data }: Tensor<'float32'>, row: number): Float32Array {
  const width = shape[1] as number;
  return data.subarray(row * width, (row + 1) * width);
}

/**
 * Similarity of each clip to each exemplar: the cosine, or minus the Euclidean distance.
 *
 * @param clips `[Q, width]`
 * @param exemplars `[N, width]`
 * @returns `[Q, N]`
 */
export function similarities(
  clips: Tensor<'float32'>,
  exemplars: Tensor<'float32'>,
  metric: 'cosine' | 'euclidean',
): Tensor<'float32'> {
  const [count, others] = [clips.shape[0] as number, exemplars.shape[0] as number];
  const result = zeros('float32', [count, others]);
  const compare = metric === 'cosine' ? cosine : nearness;
  const known = Array.from({ length: others }, (_, row) => rowOf(exemplars, row));
  for (let row = 0; row < count; row++) {
    const clip = rowOf(clips, row);
    for (const [column, exemplar] of known.entries()) result.data[row * others + column] = compare(clip, exemplar);
  }
  return result;
}

/** The cosine of the angle between two vectors; 0 if one has no direction. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [product, left, right] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    product += x * y;
    left += x * x;
    right += y * y;
  }
  return left > 0 && right > 0 ? product / Math.sqrt(left * right) : 0;
}

function nearness(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return -Math.sqrt(sum);
}

/**
 * The best score of each class, from scores of single exemplars.
 *
 * @param scores `[Q, N]`
 * @param labels one an exemplar
 * @param classes in the order of the result
 * @returns `[Q, classes]`
 */
export function bestOfClass(
  scores: Tensor<'float32'>,
  labels: readonly string[],
  classes: readonly string[],
): Tensor<'float32'> {
  const count = scores.shape[0] as number;
  const columns = labels.map((label) => classes.indexOf(label));
  const best = zeros('float32', [count, classes.length]);
  best.data.fill(-Infinity);
  for (let row = 0; row < count; row++) {
    for (const [column, score] of rowOf(scores, row).entries()) {
      const at = row * classes.length + (columns[column] as number);
      best.data[at] = Math.max(best.data[at] as number, score);
    }
  }
  return best;
}
