/** The verb for open sets: a clip as one vector, near those of clips that show the same action. */
import type { Clip } from '../skeleton/clip.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { forward, outputOf } from './forward.ts';
import type { Model } from './model.ts';
import { checkOptions, type VerbOptions } from './options.ts';

/** What {@link embed} takes beside the clips. */
export interface EmbedOptions extends VerbOptions {
  /** Scales every vector to length 1, so that a dot product is the cosine. Default: false. */
  readonly normalize?: boolean | undefined;
}

/**
 * The embedding of a clip, `[width]`; of several clips, `[clips, width]`.
 *
 * @throws as {@link classify} does, `unsupported` if the bundle has no embedding.
 * @example
 * const { data } = await embed(model, wave, { normalize: true }); // Float32Array of length 256
 */
export async function embed(
  model: Model,
  clips: Clip | readonly Clip[],
  options: EmbedOptions = {},
): Promise<Tensor<'float32'>> {
  checkOptions('embed', options, ['normalize', 'signal']);
  const { normalize = false, signal } = options;
  const many = Array.isArray(clips);
  const rows = await forward('embed', model, 'embedding', many ? clips : [clips as Clip], signal);
  const { width } = outputOf('embed', model, 'embedding');
  const data = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) data.set(normalize ? unit(row) : row, index * width);
  return tensor('float32', many ? [rows.length, width] : [width], data);
}

/** The vector at length 1; a zero vector has no direction and stays. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? vector.map((value) => value / length) : vector;
}
