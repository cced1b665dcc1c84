/** The saved form of a gallery: plain JSON that only the model that made it can read. */
import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire';
import * as v from 'valibot';
import { bytesOf, tensorFromBytes } from '../onnx/tensors.ts';
import { KinegraphError } from '../tensor/error.ts';
import { tensor } from '../tensor/tensor.ts';
import { checkJson, dangerousKeys, type JsonReader } from './json.ts';

/** How nearness is measured: the cosine of the angle, or `1 / (1 + distance)`. Both are 1 for equal embeddings. */
export type Metric = 'cosine' | 'euclidean';

/** A saved gallery. */
export interface GalleryRecord {
  readonly format: 1;
  /** Digest of the weights that made the embeddings; see the manifest. */
  readonly weights: string;
  readonly metric: Metric;
  readonly threshold: number;
  /** Embeddings are little-endian float32 in base64: the example's own, and then those of its changed copies if it has some. */
  readonly examples: readonly { readonly label: string; readonly embedding: string }[];
}

/** An enrolled clip. */
export interface Example {
  readonly label: string;
  /** `[1 + copies, width]`: its own embedding, and those of its changed copies. */
  readonly embeddings: Float32Array;
}

const labelLength = 'a label of 1 to 200 characters';
const labelKey = `a label that is safe as a key, not ${[...dangerousKeys].join(', ')}`;
const isSafe = (label: string) => !dangerousKeys.has(label);

const label = v.pipe(
  v.string(labelLength),
  v.minLength(1, labelLength),
  v.maxLength(200, labelLength),
  v.check(isSafe, labelKey),
);

/** What a label should be, if this is none. */
export function labelProblem(value: unknown): string | undefined {
  return v.safeParse(label, value, { abortPipeEarly: true }).issues?.[0].message;
}

const reader: JsonReader = { where: 'loadGallery', code: 'invalid-data' };

const schema: v.GenericSchema<unknown, GalleryRecord> = v.strictObject({
  format: v.literal(1),
  weights: v.string(),
  metric: v.picklist(['cosine', 'euclidean']),
  threshold: v.pipe(v.number(), v.finite()),
  examples: v.array(
    v.strictObject({
      label,
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
  return examples.map(({ label, embeddings }) => ({
    label,
    embedding: base64Encode(bytesOf(tensor('float32', [embeddings.length], embeddings))),
  }));
}

/**
 * The examples of a saved gallery.
 *
 * @throws `invalid-data` unless every embedding is `width` finite numbers, at length 1 where cosines are measured
 */
export function decodeExamples({ examples, metric }: GalleryRecord, width: number): Example[] {
  return examples.map(({ label, embedding }) => {
    const embeddings = decode(embedding, width);
    if (metric === 'cosine') checkLengths(embeddings, width);
    return { label, embeddings };
  });
}

function decode(text: string, width: number): Float32Array {
  let bytes: Uint8Array;
  try {
    bytes = base64Decode(text);
  } catch (cause) {
    throw refuse(width, 'other text', cause);
  }
  if (bytes.length === 0 || bytes.length % (width * 4) !== 0) throw refuse(width, `${bytes.length} bytes`);
  const { data } = tensorFromBytes('float32', [bytes.length / 4], bytes);
  if (!data.every(Number.isFinite)) throw refuse(width, 'NaN or infinity');
  return data;
}

/** A vector without direction is at length 0. */
function checkLengths(embeddings: Float32Array, width: number): void {
  for (let start = 0; start < embeddings.length; start += width) {
    const length = Math.hypot(...embeddings.subarray(start, start + width));
    if (length !== 0 && !(Math.abs(length - 1) < 1e-3)) throw refuse(width, `one at length ${length.toPrecision(3)}`);
  }
}

function refuse(width: number, actual: string, cause?: unknown): KinegraphError {
  const expected = `embeddings of ${width} finite float32 in base64, at length 1 for the cosine`;
  return new KinegraphError({ ...reader, expected, actual, cause });
}
