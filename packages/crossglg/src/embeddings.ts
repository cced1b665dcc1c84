/**
 * Vectors of the shipped descriptions, so that training needs no text model. 2 MB: import it where a method is trained, not where
 * actions are recognized.
 *
 * @module
 */
import { base64Decode } from '@bufbuild/protobuf/wire';
import { tensor } from '@kinegraph/core';
import { shippedSentences } from './embeddings/shipped-sentences.ts';
import file from './embeddings/use-lite.json' with { type: 'json' };
import { tableEncoder } from './text/embedding-table.ts';
import type { SentenceEncoder } from './text/sentence-encoder.ts';

export type { EncodeOptions, SentenceEncoder } from './text/sentence-encoder.ts';

/**
 * The vectors of all descriptions of `@kinegraph/crossglg/descriptions` over any layout of a body, by Universal Sentence Encoder lite
 * (512 numbers, kept in 8 bits each with one scale a sentence). It knows these sentences and no others.
 *
 * @example
 * const features = await encodeDescriptions(wmft, ntu25, shippedEmbeddings());
 */
export function shippedEmbeddings(): SentenceEncoder {
  const { encoder, width } = file;
  const bytes = base64Decode(file.vectors);
  const steps = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const scales = new Float32Array(base64Decode(file.scales).slice().buffer);
  const data = Float32Array.from(steps, (step, index) => step * (scales[Math.floor(index / width)] as number));
  const sentences = shippedSentences();
  return tableEncoder({ encoder, sentences, vectors: tensor('float32', [scales.length, width], data) });
}
