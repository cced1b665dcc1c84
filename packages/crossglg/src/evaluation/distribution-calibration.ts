/**
 * Distribution calibration: one exemplar becomes many, drawn from a normal distribution that is borrowed from base classes like it.
 *
 * Yang, Liu, Xu, "Free Lunch for Few-shot Learning: Distribution Calibration", ICLR 2021, https://arxiv.org/abs/2101.06395; defaults of
 * its code. It was tuned on other features, and may do worse than no calibration: compare with {@link CalibratedScores.plain}.
 */
import { KinegraphError, type Random, type Tensor, zeros } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import { refuse } from '../refusal.ts';
import { choleskyFactor, covarianceOf, draw, meanOf } from './gaussian.ts';
import { logisticRegression } from './logistic-regression.ts';
import { checkClips, type EmbeddedClips, rowOf } from './similarity.ts';

/** Options of {@link distributionCalibration}. */
export interface DistributionCalibrationOptions {
  /** Decides the draws. */
  readonly random: Random;
  /** The exponent of Tukey's transform of exemplars and queries, which makes features more normal; 0.5 by default, 1 changes nothing. */
  readonly power?: number;
  /** Whether features of base classes are transformed as well; false by default, as in the authors' code. */
  readonly transformBase?: boolean;
  /** How many of the nearest base classes lend their statistics; 2 by default. */
  readonly nearest?: number;
  /** Added to every entry of the covariance; 0.21 by default. */
  readonly alpha?: number;
  /** Added to the covariance's diagonal, as a share of the mean variance; 0.01 by default. It is ours: without it there may be no root. */
  readonly shrinkage?: number;
  /** Draws for each class; 750 by default. */
  readonly samples?: number;
  /** The most iterations of the logistic regression; 1000 by default. */
  readonly iterations?: number;
}

/** Scores `[Q, classes]` of queries, with classes in the order in which the exemplars first have them. */
export interface CalibratedScores {
  readonly classes: readonly string[];
  /** By logistic regression on exemplars and draws. */
  readonly scores: Tensor<'float32'>;
  /** By logistic regression on the exemplars alone: what calibration has to beat. */
  readonly plain: Tensor<'float32'>;
}

const where = 'distributionCalibration';

/**
 * Scores queries by a logistic regression on exemplars and on draws from their calibrated distributions.
 *
 * For an exemplar x: `mean = mean of x and the nearest base means`, `covariance = mean of theirs + alpha + shrinkage`.
 *
 * @param base clips of base classes
 * @throws `invalid-data` for negative features with a power other than 1; `invalid-argument`; `invalid-shape`
 */
export function distributionCalibration(
  exemplars: EmbeddedClips,
  queries: Tensor<'float32'>,
  base: EmbeddedClips,
  options: DistributionCalibrationOptions,
): CalibratedScores {
  const plan = planCalibration(options);
  const { power, samples } = plan;
  checkClips(`${where}: exemplars`, exemplars);
  const width = exemplars.embeddings.shape[1] as number;
  checkClips(`${where}: base`, base, width);
  if (queries.shape.length !== 2 || queries.shape[1] !== width) {
    throw refuse(where, `queries [Q, ${width}]`, `[${queries.shape.join(', ')}]`);
  }
  const classes = [...new Set(exemplars.labels)];
  const targets = exemplars.labels.map((label) => classes.indexOf(label));
  const seen = rowsOf(exemplars.embeddings, power);
  const asked = rowsOf(queries, power);
  const scoresBy = (rows: readonly Float64Array[], of: readonly number[]) => {
    const score = logisticRegression(rows, of, classes.length, plan);
    const scores = zeros('float32', [asked.length, classes.length]);
    for (const [row, query] of asked.entries()) scores.data.set(score(query), row * classes.length);
    return scores;
  };
  const plain = scoresBy(seen, targets);
  if (samples === 0) return { classes, plain, scores: plain };

  const statistics = statisticsOf(base, plan.transformBase ? power : 1);
  const drawn = seen.map((exemplar, index) => {
    const shots = targets.filter((target) => target === targets[index]).length;
    return drawLike(exemplar, statistics, Math.round(samples / shots), plan);
  });
  const drawnTargets = drawn.flatMap((rows, index) => rows.map(() => targets[index] as number));
  return { classes, plain, scores: scoresBy([...seen, ...drawn.flat()], [...targets, ...drawnTargets]) };
}

type CalibrationPlan = Required<DistributionCalibrationOptions>;

function planCalibration(options: DistributionCalibrationOptions): CalibrationPlan {
  const defaults = {
    power: 0.5,
    transformBase: false,
    nearest: 2,
    alpha: 0.21,
    shrinkage: 0.01,
    samples: 750,
    iterations: 1000,
  };
  checkOptions(where, options, ['random', ...Object.keys(defaults)]);
  const plan = { ...defaults, ...options };
  const { nearest, samples, iterations, power, alpha, shrinkage } = plan;
  for (const [name, count] of Object.entries({ nearest, samples, iterations })) {
    if (!(Number.isInteger(count) && count >= 0)) throw refuse(where, `${name}, a whole number`, `${count}`);
  }
  for (const [name, value] of Object.entries({ power, alpha, shrinkage })) {
    if (!(value >= 0 && Number.isFinite(value))) throw refuse(where, `${name} of at least 0`, `${value}`);
  }
  return plan;
}

/** Draws from the distribution of an exemplar, with statistics of the base classes nearest to it. */
function drawLike(
  exemplar: Float64Array,
  statistics: readonly Statistics[],
  count: number,
  { nearest, alpha, shrinkage, random }: CalibrationPlan,
): Float64Array[] {
  const near = nearestOf(exemplar, statistics, nearest);
  const mean = meanOf([exemplar, ...near.map((entry) => entry.mean)]);
  const width = exemplar.length;
  const none = new Float64Array(width * width);
  const covariance = near.length > 0 ? meanOf(near.map((entry) => entry.covariance())) : none;
  const factor = choleskyFactor(
    covariance.map((entry) => entry + alpha),
    width,
    shrinkage,
  );
  return Array.from({ length: count }, () => draw(mean, factor, random));
}

function rowsOf(embeddings: Tensor<'float32'>, power: number): Float64Array[] {
  return Array.from({ length: embeddings.shape[0] as number }, (_, row) => transform(rowOf(embeddings, row), power));
}

/** Tukey's ladder of powers. */
function transform(vector: Float32Array, power: number): Float64Array {
  if (power === 1) return Float64Array.from(vector);
  if (vector.some((value) => value < 0)) {
    throw new KinegraphError({
      code: 'invalid-data',
      where,
      expected: 'features of at least 0, as after a ReLU',
      actual: 'negative ones',
      hint: 'power: 1 leaves features as they are.',
    });
  }
  return Float64Array.from(vector, (value) => (power === 0 ? Math.log(value + 1e-6) : value ** power));
}

interface Statistics {
  readonly mean: Float64Array;
  /** Computed when it is first asked for: many classes are never near. */
  covariance(): Float64Array;
}

function statisticsOf({ embeddings, labels }: EmbeddedClips, power: number): Statistics[] {
  return [...new Set(labels)].map((label) => {
    const rows = labels.flatMap((own, row) => (own === label ? [transform(rowOf(embeddings, row), power)] : []));
    let covariance: Float64Array | undefined;
    return {
      mean: meanOf(rows),
      covariance() {
        covariance ??= covarianceOf(rows);
        return covariance;
      },
    };
  });
}

function nearestOf(vector: Float64Array, statistics: readonly Statistics[], count: number): readonly Statistics[] {
  const distance = ({ mean }: Statistics) =>
    mean.reduce((sum, value, i) => sum + (value - (vector[i] as number)) ** 2, 0);
  return statistics
    .map((entry) => ({ entry, apart: distance(entry) }))
    .sort((a, b) => a.apart - b.apart)
    .slice(0, count)
    .map(({ entry }) => entry);
}
