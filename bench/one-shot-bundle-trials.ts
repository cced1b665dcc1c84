/** What the shipped one-shot network is measured by: data sets that it was not trained on, recognized by one example a class. */
import { createRandom, embed, type Model, type Tensor } from '@kinegraph/core';
import type { Sample } from '@kinegraph/core/train';
import {
  type EmbeddedClips,
  everyClassOneShot,
  everyThirdOneShot,
  type OneShotProtocol,
  oneShotReport,
  openSetFigures,
  similarities,
} from '@kinegraph/crossglg';
import { readDataset } from '@kinegraph/node';
import { flat, upright } from './one-shot-bundle-network.ts';
import { dataFolder } from './one-shot-options.ts';

/** Classes that are recognized by one example each. */
export interface Trial {
  readonly name: string;
  readonly protocol: OneShotProtocol<Sample>;
}

/** Classes of HDM05 that the data sets of the bundle have too, under other names. */
const known: ReadonlySet<string> = new Set([
  'elbowToKnee1RepsLelbowStart',
  'jogLeftCircle4StepsRstart',
  'kickLFront1Reps',
  'rotateArmsBothBackward1Reps',
  'squat1Reps',
]);

/** A data set that was not trained on: all its classes, every third, and of HDM05 those that no other data set has. */
export async function trialsOf(name: string): Promise<readonly Trial[]> {
  const { samples, labels } = await readDataset(dataFolder(name), { classes: 'label' });
  const unknown = labels.filter((label) => !known.has(label));
  const others = samples.filter(({ label }) => !known.has(label));
  return [
    { name: `${name}, all classes`, protocol: everyClassOneShot(samples, labels) },
    { name: `${name}, every third class`, protocol: everyThirdOneShot(samples, labels) },
    ...(unknown.length < labels.length
      ? [{ name: `${name}, classes of its own`, protocol: everyClassOneShot(others, unknown) }]
      : []),
  ];
}

/** The trial as pictures without depth. */
export function flattened({ name, protocol }: Trial): Trial {
  const seen = (samples: readonly Sample[]) =>
    samples.map((sample) => ({ ...sample, clip: flat(upright(sample.clip)) }));
  const [exemplars, queries] = [seen(protocol.exemplars), seen(protocol.queries)];
  return { name: `${name}, without depth`, protocol: { ...protocol, exemplars, queries } };
}

/** The network's figures, shares all: mean over the classes, and rejection at a threshold, or where the two kinds of error are equal. */
export async function measure(model: Model, { protocol }: Trial, threshold?: number) {
  const [exemplars, queries] = [await embedded(model, protocol.exemplars), await embedded(model, protocol.queries)];
  const truth = queries.labels.map((label) => exemplars.labels.indexOf(label));
  const scores = similarities(queries.embeddings, exemplars.embeddings, 'cosine');
  return {
    accuracy: oneShotReport({ exemplars, queries }, { random: createRandom(1) }).cosine.classes,
    ...openSetFigures(scores, truth, threshold ?? equalErrorThreshold(scores, truth)),
  };
}

async function embedded(model: Model, samples: readonly Sample[]): Promise<EmbeddedClips> {
  const clips = samples.map(({ clip }) => clip);
  return { embeddings: await embed(model, clips), labels: samples.map(({ label }) => `${label}`) };
}

/** The similarity at which as large a share of clips of enrolled actions is lost as of others, each class taken away in turn, is let in. */
function equalErrorThreshold(scores: Tensor<'float32'>, truth: readonly number[]): number {
  let [low, high] = [-1, 1];
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    const { accepted, rejected } = openSetFigures(scores, truth, middle);
    if (accepted > rejected) low = middle;
    else high = middle;
  }
  return Math.round(high * 1000) / 1000;
}
