/** The task of telling which of a closed set of actions a clip shows. */
import { absolute, cast, divide, greater, maximum, multiply } from '../graph/ops/elementwise.ts';
import { reduceMax, reduceMean, reduceSum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import { transpose } from '../graph/ops/transpose.ts';
import type { Value } from '../graph/value.ts';
import { normal, zero } from '../nn/initializers.ts';
import { dropout, linear } from '../nn/layers.ts';
import { KinegraphError } from '../tensor/error.ts';
import { badOption, checkOptions } from '../tensor/options.ts';
import { int64, type Tensor } from '../tensor/tensor.ts';
import { type BottleneckOptions, bottleneck as createBottleneck } from './bottleneck.ts';
import { crossEntropy } from './losses.ts';
import { type ClassificationReport, classificationReport } from './metrics.ts';
import { type Features, type Sample, type Task, weightedSum } from './task.ts';

/** Options of {@link classification}. */
export interface ClassificationOptions {
  /** Share of the target spread over all classes; 0 by default. */
  readonly labelSmoothing?: number;
  /** Share of the pooled features dropped while training; 0 by default. */
  readonly dropout?: number;
  /** Whether absent persons count as zeros in the mean over persons, as published (`mean`, the default), or not at all. */
  readonly personPooling?: 'mean' | 'masked-mean';
  /** Into how many parts of equal length the clip is cut, each with a mean of its own, so that the order of movements counts; 1 by default, as published. */
  readonly segments?: number;
  /**
   * Standard deviation of the last layer's first weights: 0.01 by default, as PYSKL has it; `by-classes` is `sqrt(2 / classes)`, as the
   * authors of 2s-AGCN and CTR-GCN have it. A bottleneck has its own.
   */
  readonly headDeviation?: number | 'by-classes';
  /** InfoGCN's information bottleneck in front of the last layer, with two more loss terms; none by default. */
  readonly bottleneck?: BottleneckOptions;
}

/**
 * Classification into the given labels: features averaged over frames, joints and persons, then one linear layer `fc`.
 *
 * The bundle has `logits` `[batch, classes]` and `embedding` `[batch, width]`, the pooled features; with a bottleneck, the latent vector.
 *
 * @throws `invalid-argument` for fewer than two labels, or a label twice.
 * @example
 * ```ts
 * const task = classification(['wave', 'squat', 'jump'], { labelSmoothing: 0.1 });
 * ```
 */
export function classification(
  labels: readonly string[],
  options: ClassificationOptions = {},
): Task<Sample, ClassificationReport> {
  checkOptions('classification', options, [
    'labelSmoothing',
    'dropout',
    'personPooling',
    'segments',
    'headDeviation',
    'bottleneck',
  ]);
  const { labelSmoothing = 0, dropout: dropped = 0, personPooling = 'mean', segments = 1 } = options;
  for (const [name, share] of Object.entries({ labelSmoothing, dropout: dropped })) checkShare(name, share);
  if (personPooling !== 'mean' && personPooling !== 'masked-mean') {
    throw badOption('classification', "personPooling 'mean' or 'masked-mean'", JSON.stringify(personPooling));
  }
  const indices = indexLabels(labels);
  const weight = normal(deviationOf(options.headDeviation ?? 0.01, labels.length));
  const latent = options.bottleneck && createBottleneck(labels.length, options.bottleneck);
  const classesOf = (samples: readonly Sample[]) => samples.map((sample) => classOf(sample, indices, labels));
  return {
    id: 'classification',
    check: classesOf,
    targetSpecs: (batch) => ({ classes: { dtype: 'int64', shape: [batch] } }),
    targets: (samples) => ({ classes: int64(classesOf(samples)) }),
    outputs(scope, features) {
      const embedding = poolFeatures(features, { personPooling, segments });
      const kept = dropout(scope.child('fc'), embedding, dropped);
      if (latent) return latent.outputs(scope, kept);
      const logits = linear(scope.child('fc'), kept, labels.length, { weight, bias: zero });
      return { logits, embedding };
    },
    loss: (_, __, { logits, embedding }, { classes }) => ({
      crossEntropy: crossEntropy(logits as Value, classes as Value, { labelSmoothing }),
      ...latent?.terms(embedding as Value, classes as Value),
    }),
    ...(latent && { combine: weightedSum(latent.weights) }),
    report: ({ logits }, samples) => classificationReport(logits as Tensor<'float32'>, classesOf(samples)),
    score: ({ top1 }) => top1,
    figures: ({ top1, top5, meanClassAccuracy }) => ({ top1, top5, meanClassAccuracy }),
    manifest: () => ({ task: 'classification', labels, outputs: { logits: 'logits', embedding: 'embedding' } }),
  };
}

/** Options of {@link poolFeatures}. */
export type PoolingOptions = Pick<ClassificationOptions, 'personPooling' | 'segments'>;

/**
 * Mean over frames and joints, then over persons.
 *
 * @returns `[B, width]`; with `segments`, `[B, segments * width]`, the first part of the clip first
 * @throws `invalid-argument` if the encoder's frames cannot be cut into so many parts of equal length.
 */
export function poolFeatures(
  { encoded, positions }: Features,
  { personPooling = 'mean', segments = 1 }: PoolingOptions = {},
): Value {
  const each = meanOfSegments(encoded, segments);
  if (personPooling === 'mean') return reduceMean(each, { axes: [1], keep: false });
  const extent = reduceMax(absolute(positions), { axes: [2, 3, 4], keep: false });
  const present = cast(greater(extent, 0), 'float32');
  const count = maximum(reduceSum(present, { axes: [1] }), 1);
  const [b, m] = present.shape as [number, number];
  return reduceSum(multiply(each, reshape(divide(present, count), [b, m, 1])), { axes: [1], keep: false });
}

/** `[B, M, C, T, V]` to `[B, M, segments * C]`. */
function meanOfSegments(encoded: Value, segments: number): Value {
  if (segments === 1) return reduceMean(encoded, { axes: [3, 4], keep: false });
  const [b, m, c, t, v] = encoded.shape as [number, number, number, number, number];
  if (!(Number.isInteger(segments) && segments >= 1 && t % segments === 0)) {
    throw badOption('classification', `segments that divide the encoder's ${t} frames`, `${segments}`);
  }
  const parts = reduceMean(reshape(encoded, [b, m, c, segments, t / segments, v]), { axes: [4, 5], keep: false });
  return reshape(transpose(parts, [0, 1, 3, 2]), [b, m, segments * c]);
}

function deviationOf(given: number | 'by-classes', classes: number): number {
  if (given === 'by-classes') return Math.sqrt(2 / classes);
  if (given >= 0 && Number.isFinite(given)) return given;
  throw badOption('classification', "headDeviation, a number of at least 0 or 'by-classes'", JSON.stringify(given));
}

function checkShare(name: string, share: number): void {
  if (share >= 0 && share < 1) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where: 'classification',
    expected: `${name} of at least 0 and below 1`,
    actual: `${share}`,
  });
}

function indexLabels(labels: readonly string[]): ReadonlyMap<string, number> {
  const odd = Array.isArray(labels) ? labels.findIndex((label) => !isLabel(label)) : 0;
  if (odd >= 0) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'classification',
      expected: 'labels as a list of texts of 1 to 200 characters',
      actual: Array.isArray(labels) ? `${JSON.stringify(labels[odd])} at ${odd}` : (JSON.stringify(labels) ?? 'none'),
      hint: 'A bundle could not store others.',
    });
  }
  const indices = new Map(labels.map((label, index) => [label, index]));
  if (labels.length >= 2 && indices.size === labels.length) return indices;
  throw new KinegraphError({
    code: 'invalid-argument',
    where: 'classification',
    expected: 'two or more labels, each once',
    actual: labels.length < 2 ? `${labels.length}` : 'some twice',
  });
}

/** As a manifest can hold it. */
function isLabel(label: unknown): label is string {
  return typeof label === 'string' && label.length >= 1 && label.length <= 200;
}

function classOf({ label, id }: Sample, indices: ReadonlyMap<string, number>, labels: readonly string[]): number {
  const index = typeof label === 'string' ? indices.get(label) : label;
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index < labels.length) return index;
  const shown = labels.slice(0, 20).join(', ');
  throw new KinegraphError({
    code: 'invalid-data',
    where: id === undefined ? 'classification' : `classification: sample ${id}`,
    expected: `a label among ${shown}${labels.length > 20 ? ', ...' : ''}${typeof label === 'number' ? `, or a number below ${labels.length}` : ''}`,
    actual: typeof label === 'string' ? `"${label}"` : `${label}`,
  });
}
