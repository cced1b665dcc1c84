/** How the shipped one-shot network sees clips, and how it is trained. */
import {
  type Augmentation,
  type Clip,
  cropTime,
  dropJoints,
  jitter,
  mirror,
  normalizeClip,
  type Runtime,
  rescale,
  rotate,
  tensor,
} from '@kinegraph/core';
import {
  type ClassificationReport,
  classification,
  cosine,
  createTrainer,
  type NetworkInput,
  type Sample,
  sgd,
  type Trainer,
} from '@kinegraph/core/train';
import { crossglg } from '@kinegraph/crossglg';
import { ctrgcn } from '@kinegraph/encoders';
import { body13, type JoinedSample, joinedTexts } from './joined-data.ts';

/** Upright, facing forward, of one size and in one place, before frames are sampled: units and axes of the source do not matter. */
const input = {
  layout: body13,
  frames: 32,
  persons: 1,
  sampling: 'uniform',
  normalize: ['align-spine', 'size', 'center'],
  streams: ['joint', 'bone', 'joint-motion'],
} as const satisfies NetworkInput;

/** The clip as {@link input} has it. */
export function upright(clip: Clip): Clip {
  return input.normalize.reduce(normalizeClip, clip);
}

/** An upright clip without depth, as a picture shows it: y, which is depth here, is 0. */
export function flat(clip: Clip): Clip {
  const { shape, data } = clip.positions;
  const seen = data.map((value, i) => (i % 3 === 1 ? 0 : value));
  return upright({ ...clip, positions: tensor('float32', shape, seen) });
}

/** Three clips in ten become pictures from somewhere in front. */
const asPicture: Augmentation = (clip, random) =>
  random.next() < 0.3 ? flat(rotate(clip, random, { max: [0.1, 0.1, 0.6] })) : clip;

/** What other people, cameras and estimators do to a clip. */
const augment: readonly Augmentation[] = [
  (clip, random) => cropTime(clip, random, { minimum: 0.8 }),
  mirror,
  asPicture,
  (clip, random) => rotate(clip, random, { max: [0.3, 0.15, 0.5] }),
  (clip, random) => rescale(clip, random, { range: 0.15 }),
  (clip, random) => jitter(clip, random, { sigma: 0.006 * random.next() }),
  (clip, random) => dropJoints(clip, random, { probability: 0.04 }),
];

/** What decides a training. */
export interface Recipe {
  /** Classification without texts, for comparison. */
  readonly bare: boolean;
  readonly width: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
}

/** Trains a network, with a line of progress an epoch on the error stream. */
export async function fitNetwork(
  runtime: Runtime,
  samples: readonly JoinedSample[],
  labels: readonly string[],
  { bare, width, epochs, batch, rate: peak, seed }: Recipe,
): Promise<Trainer<Sample, ClassificationReport>> {
  const texts = await joinedTexts(labels);
  const task = bare ? classification(labels) : crossglg(labels, { texts, localToGlobal: { textDropout: 0.8 } });
  const encoder = ctrgcn({ width, stages: [2, 2, 2] });
  const optimizer = sgd({ weightDecay: 4e-4 });
  const trainer = createTrainer({ runtime, encoder, task, input, optimizer, seed, ema: 0.99 });
  const rate = cosine(peak, { warmup: Math.min(2, epochs) });
  for await (const { kind, epoch, losses } of trainer.fit(samples, { epochs, batch, rate, augment })) {
    if (kind !== 'epoch') continue;
    const terms = Object.entries(losses).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    process.stderr.write(`epoch ${epoch + 1} of ${epochs}: ${terms.join(', ')}\n`);
  }
  return trainer;
}
