/** One program for all hosts: what is recognized, and what is learned, depends on nothing but the runtime that is passed in. */
import { batch, createRandom, type Gallery, type Model, prepare, type Runtime } from '@kinegraph/core';
import { syntheticActions, syntheticDataset, syntheticMotion } from '@kinegraph/core/testing';
import { classification, createTrainer, sgd } from '@kinegraph/core/train';
import { ctrgcn } from '@kinegraph/encoders';

const labels = syntheticActions.slice(0, 4);

/** A small CTR-GCN, 20 steps of training away from being one: five epochs of four batches. */
export async function train(runtime: Runtime): Promise<{ readonly losses: number[]; readonly bundle: Uint8Array }> {
  const samples = syntheticDataset({ actions: labels, subjects: 2 });
  const trainer = createTrainer({
    runtime,
    encoder: ctrgcn({ width: 8, stages: [1, 1] }),
    task: classification(labels),
    input: { layout: samples[0]!.clip.layout, frames: 16, streams: ['joint', 'bone'], center: 'clip' },
    optimizer: sgd(),
    seed: 1,
  });
  const losses: number[] = [];
  for await (const { kind, loss } of trainer.fit(samples, { epochs: 5, batch: 4, rate: 0.02 })) {
    if (kind === 'step') losses.push(loss);
  }
  return { losses, bundle: await trainer.export() };
}

/** A model's logits for one synthetic clip of every action, row after row. */
export async function logitsOf({ manifest, layout, session }: Model): Promise<number[]> {
  const { input, outputs } = manifest;
  const clips = syntheticActions.map((action, seed) =>
    syntheticMotion({ action, layout, dimensions: input.dimensions, random: createRandom(seed) }),
  );
  const positions = batch(clips.map((clip) => prepare(clip, input)));
  const results = await session.run({ positions });
  return Array.from(results[outputs.logits!]!.data, Number);
}

/** Enrolls one synthetic clip of every action. */
export async function teach(gallery: Gallery): Promise<void> {
  for (const [seed, action] of syntheticActions.entries()) {
    await gallery.enrol(action, syntheticMotion({ action, random: createRandom(seed) }));
  }
}

/** The scores of every enrolled action, in the order of enrolment, for another clip of each. */
export async function scoresOf(gallery: Gallery): Promise<number[]> {
  const queries = syntheticActions.map((action, seed) => syntheticMotion({ action, random: createRandom(100 + seed) }));
  const found = await gallery.match(queries, { threshold: -2 });
  return found.flatMap((matches) =>
    syntheticActions.map((action) => matches.find(({ label }) => label === action)?.score ?? Number.NaN),
  );
}

/** The largest difference between two hosts, as a share of the largest number. */
export function difference(numbers: readonly number[], reference: readonly number[]): number {
  if (numbers.length !== reference.length) return Infinity;
  const gap = Math.max(...numbers.map((number, i) => Math.abs(number - reference[i]!)));
  return gap / Math.max(...reference.map(Math.abs));
}
