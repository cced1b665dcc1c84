/** The contract of text encoders: sentences in, one vector each out. */
import { type AbortSignalLike, KinegraphError, type Tensor, tensor, throwIfAborted } from '@kinegraph/core';

/** What turns sentences into vectors. */
export interface SentenceEncoder {
  /** Which model, in which version: vectors of different ids cannot be compared. */
  readonly id: string;
  /** Numbers of a vector. */
  readonly width: number;
  /**
   * The vectors of some sentences, `[sentences, width]`.
   *
   * @throws `aborted` when the signal fires.
   */
  encode(sentences: readonly string[], options?: EncodeOptions): Promise<Tensor<'float32'>>;
}

/** What {@link SentenceEncoder.encode} takes beside the sentences. */
export interface EncodeOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** Told after each batch how many sentences are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What {@link batchedEncoder} is made of. */
export interface BatchedEncoderOptions {
  readonly id: string;
  readonly width: number;
  /** Sentences at a time. */
  readonly batch: number;
  /** The vectors of one batch of sentences, end to end or as a list. */
  encodeBatch(sentences: readonly string[]): Promise<ArrayLike<number> | readonly ArrayLike<number>[]>;
}

/** Makes a {@link SentenceEncoder} of a function over small batches, with its vectors checked. */
export function batchedEncoder({ id, width, batch, encodeBatch }: BatchedEncoderOptions): SentenceEncoder {
  return {
    id,
    width,
    async encode(sentences, { signal, onProgress } = {}) {
      const data = new Float32Array(sentences.length * width);
      for (let start = 0; start < sentences.length; start += batch) {
        throwIfAborted(signal, `encoder ${id}`);
        const part = sentences.slice(start, start + batch);
        data.set(flatten(id, await encodeBatch(part), part.length, width), start * width);
        onProgress?.(start + part.length, sentences.length);
      }
      throwIfAborted(signal, `encoder ${id}`);
      return tensor('float32', [sentences.length, width], data);
    },
  };
}

function flatten(
  id: string,
  vectors: ArrayLike<number> | readonly ArrayLike<number>[],
  count: number,
  width: number,
): ArrayLike<number> {
  const rows = typeof vectors[0] === 'object' ? (vectors as readonly ArrayLike<number>[]) : undefined;
  const flat = rows ? rows.flatMap((row) => Array.from(row)) : (vectors as ArrayLike<number>);
  const fits = flat.length === count * width && (!rows || rows.every((row) => row.length === width));
  if (!fits || !Array.from(flat).every(Number.isFinite)) {
    throw new KinegraphError({
      code: 'invalid-data',
      where: `encoder ${id}`,
      expected: `${count} vectors of ${width} finite numbers`,
      actual: fits ? 'numbers that are not finite' : `${flat.length} numbers`,
      hint: 'Give the width that the model has.',
    });
  }
  return flat;
}
