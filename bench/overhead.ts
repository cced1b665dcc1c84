/** What classify() adds to the bare session's run: remap, sampling, batching, sorting. */

import { syntheticMotion } from '@kinegraph/core/testing';
import { classification, createTrainer } from '@kinegraph/core/train';
import { ctrgcn } from '@kinegraph/encoders';
import { batch, classify, createRandom, createRuntime, ntu25, openModel, prepare } from '@kinegraph/node';
import { type BenchOptions, interleaved, type Measurement, rounded } from './measure.ts';

/** Measures classify() and the bare run in turn, at batch 1. */
export async function* benchOverhead({ threads, runs }: BenchOptions): AsyncGenerator<Measurement> {
  await using runtime = createRuntime({ threads });
  for (const width of [64, 24]) {
    const task = classification(Array.from({ length: 60 }, (_, i) => `${i}`));
    const input = { layout: ntu25, frames: 64, persons: 1, streams: ['joint', 'bone', 'joint-motion'] as const };
    const trainer = createTrainer({ runtime, encoder: ctrgcn({ width }), task, input });
    await using model = await openModel(await trainer.export(), { runtime });
    const clip = syntheticMotion({ action: 'wave', random: createRandom(1) });
    const positions = batch([prepare(clip, model.manifest.input)]);
    const [bare, verb] = (await interleaved(
      [() => model.session.run({ positions }, { fetch: ['logits'] }), () => classify(model, clip)],
      Math.max(21, runs),
    )) as [number, number];
    const percent = rounded((verb / bare - 1) * 100, 1);
    yield {
      model: `ctrgcn width ${width}`,
      batch: 1,
      bareMs: rounded(bare, 2),
      classifyMs: rounded(verb, 2),
      addedPercent: percent,
    };
  }
}
