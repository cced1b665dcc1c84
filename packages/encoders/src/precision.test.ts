/** Half-precision weights: half the bytes, and logits that stay close. */
import { syntheticDataset } from '@kinegraph/core/testing';
import { classification, createTrainer } from '@kinegraph/core/train';
import { batch, createRuntime, ntu25, openModel, prepare } from '@kinegraph/node';
import { expect, it } from 'vitest';
import { aagcn, ctrgcn, stgcn } from './index.ts';

const size = { width: 16, stages: [1, 1, 1] };

it.each([ctrgcn(size), stgcn(size), aagcn(size)])(
  'float16 bundles of $id are half as large, with logits within 1 % of the largest',
  async (encoder) => {
    await using runtime = createRuntime({ threads: 1 });
    const actions = ['wave', 'squat', 'kick'] as const;
    const samples = syntheticDataset({ actions, subjects: 4, clipsPerSubject: 2 });
    const trainer = createTrainer({
      runtime,
      encoder,
      task: classification(actions),
      input: { layout: ntu25, frames: 16, streams: ['joint', 'bone', 'joint-motion'], center: 'clip' },
    });
    for await (const _ of trainer.fit(samples, { epochs: 4, batch: 8, rate: 0.05 }));
    const [single, half] = [await trainer.export(), await trainer.export({ precision: 'float16' })];
    expect(half.length).toBeLessThan(0.75 * single.length);

    await using exact = await openModel(single, { runtime });
    await using rounded = await openModel(half, { runtime });
    const positions = batch(samples.map(({ clip }) => prepare(clip, exact.manifest.input)));
    const [a, b] = await Promise.all(
      [exact, rounded].map(async ({ session }) => (await session.run({ positions })).logits?.data as Float32Array),
    );
    const largest = Math.max(...(a as Float32Array).map(Math.abs));
    const error = Math.max(...(a as Float32Array).map((logit, i) => Math.abs(logit - (b?.[i] as number))));
    expect(error).toBeGreaterThan(0);
    expect(error / largest).toBeLessThan(0.01);
  },
);
