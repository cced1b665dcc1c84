/** Trains a small model on synthetic motion, writes it as one file, and recognizes people whom it has never seen. */
import { writeFile } from 'node:fs/promises';
import { syntheticDataset } from '@kinegraph/core/testing';
import { classification, cosine, createTrainer, crossSubject } from '@kinegraph/core/train';
import { ctrgcn } from '@kinegraph/encoders';
import { classify, createRuntime, mirror, ntu25, open, rotate } from '@kinegraph/node';

const labels = ['wave', 'squat', 'kick'] as const;
const { train, test } = crossSubject(syntheticDataset({ actions: labels, subjects: 12 }));

await using runtime = createRuntime();
const trainer = createTrainer({
  runtime,
  encoder: ctrgcn({ width: 16, stages: [1, 1] }),
  task: classification(labels),
  input: { layout: ntu25, frames: 32, center: 'clip', align: 'y', streams: ['joint', 'bone'] },
});
const options = { epochs: 10, batch: 8, rate: cosine(0.05, { warmup: 1 }), augment: [rotate, mirror] };
for await (const { kind, epoch, loss } of trainer.fit(train, options)) {
  if (kind === 'epoch') console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(3)}`);
}
await writeFile('actions.onnx', await trainer.export({ data: 'synthetic motion' }));

await using model = await open('actions.onnx');
let right = 0;
for (const { clip, label } of test) if ((await classify(model, clip))[0]?.label === label) right++;
console.log(`${right} of ${test.length} right, with people it was not trained on`);
