/** How good a model is on recordings whose class is known. */
import {
  batch,
  type Classification,
  classify,
  embed,
  KinegraphError,
  type Model,
  prepare,
  type Tensor,
  tensor,
} from '@kinegraph/core';
import { type ClassificationReport, classificationReport } from '@kinegraph/core/train';
import type { LabeledSample } from '../datasets/dataset.ts';
import { type Group, groupBy, measureGroups } from './groups.ts';
import type { DataSplit } from './split.ts';

/** What {@link measure} takes beside the recordings. */
export interface MeasureOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  /** Samples of a recording whose probabilities are averaged; 1 by default, more for the sampling `uniform` only. */
  readonly clips?: number;
  /** What recordings are also measured by, apart: `subject`, or anything else that the data set says about each. */
  readonly by?: string | undefined;
}

/** A report, and the classes that its matrix is over. */
export interface Measurement extends ClassificationReport {
  readonly labels: readonly string[];
  /** By each value of `by`, as they come. */
  readonly groups?: readonly Group[];
}

/** Recordings between two looks at the signal. */
const chunk = 32;

/**
 * Measures a model on the test side of a split: by its classes, or, with exemplars, by which exemplar's embedding is nearest.
 *
 * @throws `invalid-data` for a recording whose label the model does not know, `invalid-argument` for a `by` that a recording lacks.
 */
export async function measure(model: Model, split: DataSplit, options: MeasureOptions): Promise<Measurement> {
  const { test, exemplars } = split;
  const labels = exemplars ? exemplars.map(({ label }) => label) : model.manifest.labels;
  const truth = test.map((sample) => indexOfLabel(sample, labels));
  const members = options.by === undefined ? undefined : groupBy(options.by, test);
  const scores = exemplars ? await nearness(model, exemplars, test, options) : await classScores(model, test, options);
  const report = classificationReport(tensor('float32', [test.length, labels.length], scores), truth);
  return { ...report, labels, ...(members && { groups: measureGroups(members, scores, truth) }) };
}

/** The figures of a report that fit in a line. */
export function figures({ top1, top5, meanClassAccuracy }: ClassificationReport): Record<string, number> {
  return { top1, top5, meanClassAccuracy };
}

function indexOfLabel({ id, label }: LabeledSample, labels: readonly string[]): number {
  const index = labels.indexOf(label);
  if (index >= 0) return index;
  throw new KinegraphError({
    code: 'invalid-data',
    where: `recording ${id}`,
    expected: `a label that the model knows, among ${labels.slice(0, 20).join('; ')}`,
    actual: `"${label}"`,
    hint: 'Give the model a data set with its classes; --classes decides what counts as one.',
  });
}

/** Logarithms of probabilities, `[recordings, classes]`. */
async function classScores(model: Model, samples: readonly LabeledSample[], options: MeasureOptions) {
  if (options.clips !== undefined && options.clips > 1) return viewScores(model, samples, options, options.clips);
  const width = model.manifest.labels.length;
  const scores = new Float32Array(samples.length * width);
  for await (const { start, part } of chunks(samples, options)) {
    const results: Classification[][] = await classify(
      model,
      part.map(({ clip }) => clip),
      { signal: options.signal },
    );
    for (const [row, classes] of results.entries()) {
      // The smallest number stands for a probability that underflowed to 0, which has no logarithm.
      for (const { index, score } of classes)
        scores[(start + row) * width + index] = Math.log(score || Number.MIN_VALUE);
    }
  }
  return scores;
}

/** As {@link classScores}, of probabilities averaged over several samples of each recording (pyskl's test protocol). */
async function viewScores(model: Model, samples: readonly LabeledSample[], options: MeasureOptions, count: number) {
  const { labels, input, outputs } = model.manifest;
  const scores = new Float32Array(samples.length * labels.length);
  const name = outputs.logits as string;
  for await (const { start, part } of chunks(samples, options, Math.ceil(chunk / count))) {
    const clips = part.map(({ clip }) => clip);
    for (let view = 0; view < count; view++) {
      const positions = batch(clips.map((clip) => prepare(clip, input, { view: { index: view, count } })));
      const results = await model.session.run({ positions }, { fetch: [name], signal: options.signal });
      const { data } = results[name] as Tensor<'float32'>;
      for (let row = 0; row < clips.length; row++) {
        const logits = data.subarray(row * labels.length, (row + 1) * labels.length);
        const largest = logits.reduce((a, b) => Math.max(a, b));
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
        for (const [index, logit] of logits.entries()) {
          const place = (start + row) * labels.length + index;
          scores[place] = (scores[place] as number) + Math.exp(logit - largest) / total / count;
        }
      }
    }
  }
  return scores.map((share) => Math.log(share || Number.MIN_VALUE));
}

/** Cosines between embeddings of recordings and exemplars, `[recordings, exemplars]`. */
async function nearness(
  model: Model,
  exemplars: readonly LabeledSample[],
  samples: readonly LabeledSample[],
  options: MeasureOptions,
) {
  const { signal } = options;
  const known = await embed(
    model,
    exemplars.map(({ clip }) => clip),
    { normalize: true, signal },
  );
  const [count, width] = known.shape as [number, number];
  const scores = new Float32Array(samples.length * count);
  for await (const { start, part } of chunks(samples, options)) {
    const { data } = await embed(
      model,
      part.map(({ clip }) => clip),
      { normalize: true, signal },
    );
    for (let row = 0; row < part.length; row++) {
      for (let column = 0; column < count; column++) {
        let cosine = 0;
        for (let i = 0; i < width; i++) {
          cosine += (data[row * width + i] as number) * (known.data[column * width + i] as number);
        }
        scores[(start + row) * count + column] = cosine;
      }
    }
  }
  return scores;
}

async function* chunks(samples: readonly LabeledSample[], { onProgress }: MeasureOptions, size = chunk) {
  for (let start = 0; start < samples.length; start += size) {
    yield { start, part: samples.slice(start, start + size) };
    onProgress(Math.min(start + size, samples.length), samples.length);
  }
}
