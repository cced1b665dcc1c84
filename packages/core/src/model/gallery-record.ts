/** The saved form of a gallery: plain JSON that only the model that made it can read. */
import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire';
import * as v from 'valibot';
import { bytesOf, tensorFromBytes } from '../onnx/tensors.ts';
import { KinegraphError } from '../tensor/error.ts';
import { tensor } from '../tensor/tensor.ts';
import { checkJson, type JsonReader } from './json.ts';

/** How nearness is measured: the cosine of the angle, or `1 / (1 + distance)`. Both are 1 for equal embeddings. */
export type Metric = 'cosine' | 'euclidean';

/** A saved gallery. */
export interface GalleryRecord {
  readonly format: 1;
  /** Digest of the weights that made the embeddings; see the manifest. */
  readonly weights: string;
  readonly metric: Metric;
  readonly threshold: number;
  /** Embeddings are little-endian float32 in base64. */
  readonly examples: readonly { readonly label: string; readonly embedding: string }[];
}

/** A labelled embedding, `[width]`. */
export interface Example {
  readonly label: string;
  readonly embedding: Float32Array;
}

/** The most characters of a label. */
export const maxLabelLength = 200;
const reader: JsonReader = { where: 'loadGallery', code: 'invalid-data' };

const schema: v.GenericSchema<unknown, GalleryRecord> = v.strictObject({
  format: v.literal(1),
  weights: v.string(),
  metric: v.picklist(['cosine', 'euclidean']),
  threshold: v.pipe(v.number(), v.finite()),
  examples: v.array(
    v.strictObject({
      label: v.pipe(v.string(), v.minLength(1), v.maxLength(maxLabelLength)),
      embedding: v.string(),
    }),
  ),
});

/**
 * Checks a saved gallery, and that it was made by the weights with this digest.
 *
 * @throws `invalid-data`
 */
export function parseGallery(record: unknown, weights: string): GalleryRecord {
  const gallery = checkJson(schema, record, reader);
  if (gallery.weights === weights) return gallery;
  throw new KinegraphError({
    ...reader,
    expected: `a gallery of this model, weights ${weights.slice(0, 12)}`,
    actual: `one of ${gallery.weights.slice(0, 12)}`,
    hint: 'Embeddings of different weights cannot be compared: open the model that it was made with, or enrol again.',
  });
}

/** The saved form of examples. */
export function encodeExamples(examples: readonly Example[]): GalleryRecord['examples'] {
  return examples.map(({ label, embedding }) => ({
    label,
    embedding: base64Encode(bytesOf(tensor('float32', [embedding.length], embedding))),
  }));
}

/**
 * The examples of a saved gallery.
 *
 * @throws `invalid-data` unless every embedding is `width` finite numbers
 */
export function decodeExamples(examples: GalleryRecord['examples'], width: number): Example[] {
  return examples.map(({ label, embedding }) => ({ label, embedding: decode(embedding, width) }));
}

function decode(text: string, width: number): Float32Array {
  const refuse = (actual: string, cause?: unknown) =>
    new KinegraphError({ ...reader, expected: `embeddings of ${width} finite float32 in base64`, actual, cause });
  let bytes: Uint8Array;
  try {
    bytes = base64Decode(text);
  } catch (cause) {
    throw refuse('other text', cause);
  }
  if (bytes.length !== width * 4) throw refuse(`${bytes.length} bytes`);
  const { data } = tensorFromBytes('float32', [width], bytes);
  if (!data.every(Number.isFinite)) throw refuse('NaN or infinity');
  return data;
}
