/** Sentence encoders of a model hub, through a transformers.js pipeline that the caller made. */
import { checkOptions } from '@kinegraph/core/runtime';
import { batchedEncoder, type SentenceEncoder } from './sentence-encoder.ts';

/** The part of a transformers.js `feature-extraction` pipeline that is used here. */
export type FeatureExtractor = (
  sentences: string[],
  options: { readonly pooling: 'mean' | 'cls'; readonly normalize: boolean },
) => Promise<{ readonly data: ArrayLike<number> | ArrayLike<bigint> }>;

/** What {@link transformersEncoder} takes beside the pipeline. */
export interface TransformersEncoderOptions {
  /** Which model: its name on the hub, with its revision where it matters. */
  readonly id: string;
  /** Numbers of a vector: the model's hidden size. */
  readonly width: number;
  /** How the vectors of tokens become one: the mean over the sentence, or that of the first token. Default mean. */
  readonly pooling?: 'mean' | 'cls';
  /** Sentences at a time. Default 32. */
  readonly batch?: number;
}

/**
 * A sentence encoder of a transformers.js pipeline; vectors have length 1.
 *
 * @example
 * ```ts
 * const extractor = await pipeline('feature-extraction', 'Xenova/all-MiniLM-L6-v2');
 * const encoder = transformersEncoder(extractor, { id: 'all-MiniLM-L6-v2', width: 384 });
 * ```
 */
export function transformersEncoder(extractor: FeatureExtractor, options: TransformersEncoderOptions): SentenceEncoder {
  checkOptions('transformersEncoder', options, ['id', 'width', 'pooling', 'batch']);
  const { id, width, pooling = 'mean', batch = 32 } = options;
  return batchedEncoder({
    id: pooling === 'mean' ? id : `${id}#${pooling}`,
    width,
    batch,
    async encodeBatch(sentences) {
      const { data } = await extractor([...sentences], { pooling, normalize: true });
      return Array.from(data, Number);
    },
  });
}
