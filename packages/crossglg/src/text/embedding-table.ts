/** Vectors that were computed before, as a file and as a sentence encoder that only looks up. */
import {
  KinegraphError,
  readSafetensors,
  type Tensor,
  tensor,
  throwIfAborted,
  writeSafetensors,
} from '@kinegraph/core';
import { checkText, invalid, show } from '../descriptions/description.ts';
import type { SentenceEncoder } from './sentence-encoder.ts';

/** Sentences with their vectors. */
export interface EmbeddingTable {
  /** The {@link SentenceEncoder.id} of what computed them. */
  readonly encoder: string;
  readonly sentences: readonly string[];
  /** `[sentences, width]` */
  readonly vectors: Tensor<'float32'>;
}

const format = 'kinegraph-embeddings/1';

/**
 * A sentence encoder that knows the sentences of a table and no others.
 *
 * @throws `invalid-data` unless there is one vector for each sentence.
 */
export function tableEncoder({ encoder, sentences, vectors }: EmbeddingTable): SentenceEncoder {
  const [rows, width] = vectors.shape;
  if (vectors.shape.length !== 2 || rows !== sentences.length || width === undefined || width < 1) {
    throw invalid('tableEncoder', `vectors of shape [${sentences.length}, width]`, `[${vectors.shape.join(', ')}]`);
  }
  const rowOf = new Map(sentences.map((sentence, row) => [sentence, row]));
  return {
    id: encoder,
    width,
    async encode(wanted, { signal, onProgress } = {}) {
      throwIfAborted(signal, `encoder ${encoder}`);
      const data = new Float32Array(wanted.length * width);
      for (const [index, sentence] of wanted.entries()) {
        const row = rowOf.get(sentence);
        if (row === undefined) throw unknownSentence(encoder, sentence);
        data.set(vectors.data.subarray(row * width, (row + 1) * width), index * width);
      }
      onProgress?.(wanted.length, wanted.length);
      return tensor('float32', [wanted.length, width], data);
    },
  };
}

/**
 * Encodes sentences and writes them with their vectors to the bytes of a safetensors file.
 *
 * The file has one tensor `vectors`, float32 `[sentences, width]`, and the metadata `format`, `encoder` and `sentences` (a JSON list).
 */
export function writeEmbeddings({ encoder, sentences, vectors }: EmbeddingTable): Uint8Array {
  return writeSafetensors({ vectors }, { format, encoder, sentences: JSON.stringify(sentences) });
}

/**
 * Reads the bytes of {@link writeEmbeddings}, of whatever program made them.
 *
 * @throws `invalid-data` unless it is a safetensors file with float32 `vectors`, one for each of its sentences.
 * @example
 * const encoder = tableEncoder(readEmbeddings(await readFile('embeddings.safetensors')));
 */
export function readEmbeddings(bytes: Uint8Array): EmbeddingTable {
  const where = 'readEmbeddings';
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== format) throw invalid(where, `the format ${format}`, show(metadata.format));
  const encoder = checkText(`${where} encoder`, metadata.encoder);
  const vectors = tensors.get('vectors');
  if (vectors?.dtype !== 'float32') {
    throw invalid(where, 'a float32 tensor "vectors"', vectors ? vectors.dtype : [...tensors.keys()].join(', '));
  }
  const sentences = parseList(where, metadata.sentences ?? '');
  const [rows] = vectors.shape;
  if (vectors.shape.length !== 2 || rows !== sentences.length) {
    throw invalid(where, `vectors of shape [${sentences.length}, width]`, `[${vectors.shape.join(', ')}]`);
  }
  return { encoder, sentences, vectors };
}

function parseList(where: string, text: string): readonly string[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list)) throw invalid(where, 'sentences as a JSON list', show(text));
  return list.map((sentence: unknown, index) => checkText(`${where} sentences[${index}]`, sentence));
}

function unknownSentence(encoder: string, sentence: string): KinegraphError {
  return new KinegraphError({
    code: 'not-found',
    where: `encoder ${encoder}`,
    expected: 'a sentence that was encoded before',
    actual: show(sentence),
    hint: 'The table has no vector for it: encode your descriptions with a real sentence encoder, such as useLite.',
  });
}
