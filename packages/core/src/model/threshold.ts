/** Calibration of how close two embeddings must be to count as the same action. */
import { KinegraphError } from '../tensor/error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { unit } from './embed.ts';

/**
 * The cosine at the equal error rate: as large a share of pairs with different labels reaches it as of pairs with one label misses it.
 *
 * Take clips that the model was not trained on. The result goes into the manifest's `threshold` or into `createGallery`.
 *
 * @param embeddings `[clips, width]`, as `embed` gives them
 * @param labels one a clip
 * @throws `invalid-argument` unless there are two clips of one label and two labels.
 * @example
 * const threshold = calibrateThreshold(await embed(model, clips), labels);
 * const gallery = createGallery(model, { threshold });
 */
export function calibrateThreshold(embeddings: Tensor<'float32'>, labels: readonly string[]): number {
  const [count, width] = embeddings.shape;
  if (embeddings.shape.length !== 2 || !width || count !== labels.length) {
    throw refuse('one row of embeddings a label', `shape [${embeddings.shape.join(', ')}] and ${labels.length} labels`);
  }
  const rows = labels.map((_, row) => unit(embeddings.data.subarray(row * width, (row + 1) * width)));
  const pairs = rows.flatMap((a, i) =>
    rows.slice(0, i).map((b, j) => ({
      score: a.reduce((sum, value, k) => sum + value * (b[k] as number), 0),
      same: labels[i] === labels[j],
    })),
  );
  const same = pairs.filter((pair) => pair.same).length;
  const different = pairs.length - same;
  if (same === 0 || different === 0) {
    throw refuse('two clips of one label, and two labels', `${same} equal and ${different} different pairs of labels`);
  }
  pairs.sort((a, b) => a.score - b.score);
  let missed = 0;
  let wrong = different;
  let below = 0;
  while (missed / same < wrong / different) {
    if (pairs[below++]?.same) missed++;
    else wrong--;
  }
  return ((pairs[below - 1]?.score ?? 0) + (pairs[below]?.score ?? 1)) / 2;
}

function refuse(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where: 'calibrateThreshold', expected, actual });
}
