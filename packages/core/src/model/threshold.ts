/** Calibration of how close two embeddings must be to count as the same action. */
import { KinegraphError } from '../tensor/error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { unit } from './embed.ts';
import { badOption, checkOptions } from './options.ts';

/** What {@link calibrateThreshold} takes beside the clips. */
export interface ThresholdOptions {
  /**
   * How many labels the gallery will have: the more, the likelier is one of them close to an unknown clip by chance, and the higher the
   * threshold. Default: 1, which compares two clips.
   */
  readonly enrolled?: number | undefined;
}

/**
 * The cosine at the equal error rate: as large a share of pairs with different labels reaches it as of pairs with one label misses it.
 *
 * With n labels enrolled, a share of 1 - (1 - p)^n of unknown clips reaches it if a share p of the pairs does. Take clips that the model
 * was not trained on. The result goes into the manifest's `threshold` or into `createGallery`.
 *
 * @param embeddings `[clips, width]`, as `embed` gives them
 * @param labels one a clip
 * @throws `invalid-argument` unless there are two clips of one label and two labels.
 * @example
 * const threshold = calibrateThreshold(await embed(model, clips), labels, { enrolled: 5 });
 * const gallery = createGallery(model, { threshold });
 */
export function calibrateThreshold(
  embeddings: Tensor<'float32'>,
  labels: readonly string[],
  options: ThresholdOptions = {},
): number {
  checkOptions('calibrateThreshold', options, ['enrolled']);
  const { enrolled = 1 } = options;
  if (!(Number.isInteger(enrolled) && enrolled >= 1)) {
    throw badOption('calibrateThreshold', 'enrolled as a whole number of at least 1', String(enrolled));
  }
  const { same, different } = cosinesOfPairs(embeddings, labels);
  // How many pairs of either kind are below the threshold, which rises from pair to pair.
  let [missed, rejected, below, above] = [0, 0, Number.NaN, Number.NaN];
  while (missed / same.length < 1 - (rejected / different.length) ** enrolled) {
    below = Math.min(same[missed] ?? Infinity, different[rejected] ?? Infinity);
    if (same[missed] === below) missed++;
    else rejected++;
    above = Math.min(same[missed] ?? Infinity, different[rejected] ?? Infinity);
  }
  return (below + (above === Infinity ? 1 : above)) / 2;
}

/** Cosines of all pairs of clips, in rising order, by whether the two have one label. */
function cosinesOfPairs({ shape, data }: Tensor<'float32'>, labels: readonly string[]) {
  const [count, width] = shape;
  if (shape.length !== 2 || !width || count !== labels.length) {
    throw refuse('one row of embeddings a label', `shape [${shape.join(', ')}] and ${labels.length} labels`);
  }
  const sizes = new Map<string, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const equal = [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const same = new Float64Array(equal);
  const different = new Float64Array((count * (count - 1)) / 2 - equal);
  if (same.length === 0 || different.length === 0) {
    const found = `${same.length} equal and ${different.length} different pairs of labels`;
    throw refuse('two clips of one label, and two labels', found);
  }
  const rows = labels.map((_, row) => unit(data.subarray(row * width, (row + 1) * width)));
  let [s, d] = [0, 0];
  for (const [i, a] of rows.entries()) {
    for (let j = 0; j < i; j++) {
      const b = rows[j] as Float32Array;
      let cosine = 0;
      for (let k = 0; k < width; k++) cosine += (a[k] as number) * (b[k] as number);
      if (labels[i] === labels[j]) same[s++] = cosine;
      else different[d++] = cosine;
    }
  }
  return { same: same.sort(), different: different.sort() };
}

function refuse(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where: 'calibrateThreshold', expected, actual });
}
