/** Data sets, protocols and texts of the one-shot bench. */
import type { Layout } from '@kinegraph/core';
import type { Sample } from '@kinegraph/core/train';
import {
  type ActionDescription,
  type DescriptionFeatures,
  descriptionsFor,
  encodeDescriptions,
  everyClassOneShot,
  everyThirdOneShot,
  type OneShotProtocol,
} from '@kinegraph/crossglg';
import { hdm05, uiPrmd, wmft } from '@kinegraph/crossglg/descriptions';
import { shippedEmbeddings } from '@kinegraph/crossglg/embeddings';
import { type Dataset, type LabeledSample, readDataset } from '@kinegraph/node';
import { dataFolder, type OneShotSettings } from './one-shot-options.ts';

/** Descriptions by the beginning of a data set's folder. */
const descriptions: Readonly<Record<string, readonly ActionDescription[]>> = {
  wmft,
  'ui-prmd': uiPrmd,
  hdm05,
};

/** What a network is trained on. */
export interface Training {
  readonly dataset: Dataset;
  readonly samples: readonly LabeledSample[];
  /** Clips of base classes that are not trained on. */
  readonly heldOut: readonly LabeledSample[];
  readonly labels: readonly string[];
  readonly texts: DescriptionFeatures;
}

/** Novel classes to recognize. */
export interface Trial {
  readonly name: string;
  readonly protocol: OneShotProtocol<LabeledSample>;
  /** The layout of its own clips. */
  readonly layout: Layout;
  /** The importance of joints by class, in the order of the exemplars. */
  readonly texts: DescriptionFeatures;
}

/** Reads what the settings name and divides it. */
export async function readOneShotData(settings: OneShotSettings): Promise<{ training: Training; trials: Trial[] }> {
  const read = (name: string) => readDataset(dataFolder(name), { classes: settings.classes });
  const dataset = await read(settings.data);
  const { layout } = dataset;
  if (settings.test.length > 0) {
    const training = await trainingOf(settings, dataset, dataset.samples, dataset.labels);
    const trials = settings.test.map(async (name) => {
      const other = await read(name);
      return trialOf(name, everyClassOneShot(other.samples, other.labels), other.layout, layout);
    });
    return { training, trials: await Promise.all(trials) };
  }
  const whole = everyThirdOneShot(dataset.samples, dataset.labels);
  const protocol = settings.validate ? everyThirdOneShot(whole.train, whole.baseLabels) : whole;
  return {
    training: await trainingOf(settings, dataset, protocol.train, protocol.baseLabels),
    trials: [await trialOf(settings.data, protocol, layout, layout)],
  };
}

async function trainingOf(
  { data, hold, limit }: OneShotSettings,
  dataset: Dataset,
  base: readonly LabeledSample[],
  labels: readonly string[],
): Promise<Training> {
  const subjects = [...new Set(base.map(({ subject }) => subject))];
  const held = new Set(hold > 0 ? subjects.slice(-hold) : []);
  return {
    dataset,
    samples: limited(
      base.filter(({ subject }) => !held.has(subject)),
      limit,
    ),
    heldOut: base.filter(({ subject }) => held.has(subject)),
    labels,
    texts: await textsOf(data, labels, dataset.layout),
  };
}

/** @param trained the layout that the network sees */
async function trialOf(
  name: string,
  protocol: OneShotProtocol<LabeledSample>,
  layout: Layout,
  trained: Layout,
): Promise<Trial> {
  return { name, protocol, layout, texts: await textsOf(name, protocol.novelLabels, trained) };
}

function textsOf(data: string, labels: readonly string[], layout: Layout): Promise<DescriptionFeatures> {
  const name = Object.keys(descriptions).find((start) => data.startsWith(start));
  if (name === undefined)
    throw new Error(`no descriptions of ${data}; there are those of ${Object.keys(descriptions)}`);
  const own = descriptions[name] as readonly ActionDescription[];
  return encodeDescriptions(descriptionsFor(labels, own), layout, shippedEmbeddings());
}

/** The first clips of each class and subject. */
function limited<S extends Sample>(samples: readonly S[], limit: number): readonly S[] {
  if (limit === 0) return samples;
  const seen = new Map<string, number>();
  return samples.filter(({ label, subject }) => {
    const key = `${label} ${subject}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= limit;
  });
}
