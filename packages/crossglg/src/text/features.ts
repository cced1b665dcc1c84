/** Descriptions as the numbers that training takes: vectors of the whole body's motion and of each joint's, and the importance of joints. */
import { type Layout, type Tensor, tensor } from '@kinegraph/core';
import { importanceOf } from '../anatomy/joints.ts';
import type { ActionDescription } from '../descriptions/description.ts';
import { jointSentences } from '../descriptions/joint-sentences.ts';
import type { EncodeOptions, SentenceEncoder } from './sentence-encoder.ts';

/** What CrossGLG's training knows about K classes over a layout of V joints, from an encoder of width D. */
export interface DescriptionFeatures {
  /** Of the classes, in order. */
  readonly labels: readonly string[];
  /** The {@link SentenceEncoder.id} that made the vectors. */
  readonly encoder: string;
  /** Vectors of the global descriptions, `[K, D]`. */
  readonly global: Tensor<'float32'>;
  /** Vectors of each joint's sentence, `[K, V, D]`. */
  readonly joints: Tensor<'float32'>;
  /** How important each joint is, `[K, V]`; each row sums to 1. */
  readonly importance: Tensor<'float32'>;
}

/** All sentences that descriptions need over a layout, each once: what there is to encode. */
export function sentencesOf(descriptions: readonly ActionDescription[], layout: Layout): readonly string[] {
  return [...new Set(descriptions.flatMap((action) => [action.global, ...jointSentences(action, layout)]))];
}

/**
 * Encodes descriptions over a layout; each different sentence is encoded once.
 *
 * @throws `not-found` if a description says nothing about a joint; what the encoder throws.
 * @example
 * const features = await encodeDescriptions(descriptionsFor(labels, ntu120), ntu25, shippedEmbeddings());
 * features.joints.shape; // [labels.length, 25, 512]
 */
export async function encodeDescriptions(
  descriptions: readonly ActionDescription[],
  layout: Layout,
  encoder: SentenceEncoder,
  options: EncodeOptions = {},
): Promise<DescriptionFeatures> {
  const sentences = sentencesOf(descriptions, layout);
  const rowOf = new Map(sentences.map((sentence, row) => [sentence, row]));
  const vectors = await encoder.encode(sentences, options);
  const { width } = encoder;
  const gather = (shape: readonly number[], wanted: readonly string[]): Tensor<'float32'> => {
    const data = new Float32Array(wanted.length * width);
    for (const [index, sentence] of wanted.entries()) {
      const row = rowOf.get(sentence) as number;
      data.set(vectors.data.subarray(row * width, (row + 1) * width), index * width);
    }
    return tensor('float32', [...shape, width], data);
  };
  const [classes, joints] = [descriptions.length, layout.joints.length];
  const importance = descriptions.flatMap(({ important }) => Array.from(importanceOf(important, layout).data));
  return {
    labels: descriptions.map(({ label }) => label),
    encoder: encoder.id,
    global: gather(
      [classes],
      descriptions.map((action) => action.global),
    ),
    joints: gather(
      [classes, joints],
      descriptions.flatMap((action) => jointSentences(action, layout)),
    ),
    importance: tensor('float32', [classes, joints], Float32Array.from(importance)),
  };
}
