/** What one-shot recognition is worth: every way of deciding, side by side. */
import { calibrateThreshold, type Random, type Tensor, tensor } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import { classificationReport } from '@kinegraph/core/train';
import { refuse } from '../refusal.ts';
import { type DistributionCalibrationOptions, distributionCalibration } from './distribution-calibration.ts';
import { jointSimilarities } from './joint-masks.ts';
import { type OpenSetFigures, openSetFigures } from './open-set.ts';
import { bestOfClass, checkClips, type EmbeddedClips, rowOf, similarities } from './similarity.ts';

/** Shares of queries that were recognized. */
export interface OneShotAccuracy {
  /** Of all queries. */
  readonly queries: number;
  /** The mean over the novel classes. */
  readonly classes: number;
}

/** Embeddings of a one-shot protocol. */
export interface OneShotEmbeddings {
  readonly exemplars: EmbeddedClips;
  readonly queries: EmbeddedClips;
  /** Clips of base classes, for distribution calibration and, unless there are held-out ones, for the threshold. */
  readonly base?: EmbeddedClips;
  /** Clips of base classes that were not trained on: the better source of a threshold. */
  readonly heldOut?: EmbeddedClips;
  /** Features by joint, for matching by the joints that a class's text names; see {@link jointSimilarities}. */
  readonly joints?: {
    /** `[N, V, width]` */
    readonly exemplars: Tensor<'float32'>;
    /** `[Q, V, width]` */
    readonly queries: Tensor<'float32'>;
    /** `[N, V]` */
    readonly masks: Tensor<'float32'>;
  };
}

/** Options of {@link oneShotReport}. */
export interface OneShotReportOptions {
  /** Decides the draws of distribution calibration, and which base clips the threshold is learned from. */
  readonly random: Random;
  /** How distributions are calibrated, or `false` not to. */
  readonly calibration?: false | Omit<DistributionCalibrationOptions, 'random'>;
  /** The most base clips from which the threshold is learned; 400 by default. */
  readonly thresholdClips?: number;
}

/** Figures of a one-shot evaluation. */
export interface OneShotReport {
  /** By the exemplar with the highest cosine. */
  readonly cosine: OneShotAccuracy;
  /** By the exemplar at the smallest distance. */
  readonly euclidean: OneShotAccuracy;
  /** By distribution calibration, and by the same logistic regression without it; with base clips only. */
  readonly calibrated?: { readonly with: OneShotAccuracy; readonly without: OneShotAccuracy };
  /** By cosines of joints, those that the text names and all alike; with features by joint only. */
  readonly joints?: { readonly masked: OneShotAccuracy; readonly unmasked: OneShotAccuracy };
  /** Rejection of actions that were not enrolled, by cosine; with base clips only. */
  readonly openSet?: OpenSetFigures;
}

const where = 'oneShotReport';

/**
 * Measures one-shot recognition on embeddings.
 *
 * @throws `invalid-argument` for a query whose label no exemplar has; `invalid-shape`; what {@link distributionCalibration} throws
 * @example
 * ```ts
 * const exemplars = { embeddings: await embed(model, clips), labels };
 * const [seen, names] = [samples.map(({ clip }) => clip), samples.map(({ label }) => label)];
 * const queries = { embeddings: await embed(model, seen), labels: names };
 * oneShotReport({ exemplars, queries }, { random: createRandom(1) }).cosine; // { queries: 0.41, classes: 0.43 }
 * ```
 */
export function oneShotReport(clips: OneShotEmbeddings, options: OneShotReportOptions): OneShotReport {
  checkOptions(where, options, ['random', 'calibration', 'thresholdClips']);
  const { exemplars, queries, base, heldOut = base, joints } = clips;
  const { random, calibration = {}, thresholdClips = 400 } = options;
  const width = exemplars.embeddings.shape[1] as number;
  checkClips(`${where}: exemplars`, exemplars, width);
  checkClips(`${where}: queries`, queries, width);
  const classes = [...new Set(exemplars.labels)];
  const truth = queries.labels.map((label) => classes.indexOf(label));
  const lost = truth.indexOf(-1);
  if (lost >= 0) throw refuse(where, `queries among ${classes.join(', ')}`, `"${queries.labels[lost]}"`);

  const accuracy = (scores: Tensor<'float32'>): OneShotAccuracy => {
    const { top1, meanClassAccuracy } = classificationReport(scores, truth);
    return { queries: top1, classes: meanClassAccuracy };
  };
  const byClass = (scores: Tensor<'float32'>) => bestOfClass(scores, exemplars.labels, classes);
  const near = (metric: 'cosine' | 'euclidean') =>
    byClass(similarities(queries.embeddings, exemplars.embeddings, metric));
  const cosines = near('cosine');
  return {
    cosine: accuracy(cosines),
    euclidean: accuracy(near('euclidean')),
    ...(base && calibration && { calibrated: calibrate() }),
    ...(joints && {
      joints: {
        masked: accuracy(byClass(jointSimilarities(joints.queries, joints.exemplars, joints.masks))),
        unmasked: accuracy(byClass(jointSimilarities(joints.queries, joints.exemplars))),
      },
    }),
    ...(heldOut && { openSet: openSetFigures(cosines, truth, threshold(heldOut)) }),
  };

  function threshold(held: EmbeddedClips): number {
    // Open-set figures leave one class out at a time.
    return learnThreshold(held, thresholdClips, Math.max(1, classes.length - 1), random);
  }

  function calibrate() {
    const settings = { ...calibration, random };
    const { scores, plain } = distributionCalibration(exemplars, queries.embeddings, base as EmbeddedClips, settings);
    return { with: accuracy(scores), without: accuracy(plain) };
  }
}

/** The threshold at the equal error rate of some clips, with so many classes enrolled. */
function learnThreshold({ embeddings, labels }: EmbeddedClips, most: number, enrolled: number, random: Random): number {
  const chosen = random.shuffle(labels.map((_, row) => row)).slice(0, most);
  const width = embeddings.shape[1] as number;
  const data = new Float32Array(chosen.length * width);
  for (const [row, from] of chosen.entries()) data.set(rowOf(embeddings, from), row * width);
  return calibrateThreshold(
    tensor('float32', [chosen.length, width], data),
    chosen.map((row) => labels[row] as string),
    { enrolled },
  );
}
