/** The evaluation of one-shot recognition: its numerics, and its figures on cases with known answers. */
import { createRandom, float32, type Tensor } from '@kinegraph/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DistributionCalibrationOptions, distributionCalibration } from './distribution-calibration.ts';
import { choleskyFactor, covarianceOf, draw, meanOf } from './gaussian.ts';
import { jointSimilarities } from './joint-masks.ts';
import { logisticRegression } from './logistic-regression.ts';
import { minimize } from './minimize.ts';
import { auroc, openSetFigures } from './open-set.ts';
import { oneShotReport } from './report.ts';
import { bestOfClass, type EmbeddedClips, similarities } from './similarity.ts';

const numbers = ({ data }: Tensor) => Array.from(data, Number);

/** Clips around one corner of a cube for each class, with positive features. */
function clouds(classes: readonly string[], each: number, { seed = 1, noise = 0.1, shift = 0 } = {}): EmbeddedClips {
  const random = createRandom(seed);
  const labels = classes.flatMap((label) => new Array<string>(each).fill(label));
  const rows = classes.flatMap((_, k) =>
    Array.from({ length: each }, () =>
      [0, 1, 2, 3].map((axis) => Math.abs((axis === (k + shift) % 4 ? 1 : 0.2) + noise * random.normal())),
    ),
  );
  return { embeddings: float32(rows.flat(), [rows.length, 4]), labels };
}

describe('similarities', () => {
  it('are cosines, or minus distances', () => {
    const clips = float32([3, 4, 0, 2, 0, 0], [3, 2]);
    const exemplars = float32([1, 0, 3, 4], [2, 2]);
    const cosines = numbers(similarities(clips, exemplars, 'cosine'));
    for (const [i, value] of [0.6, 1, 0, 0.8, 0, 0].entries()) expect(cosines[i]).toBeCloseTo(value, 6);
    expect(numbers(similarities(clips, exemplars, 'euclidean'))[1]).toBeCloseTo(0);
    expect(numbers(similarities(clips, exemplars, 'euclidean'))[0]).toBeCloseTo(-Math.hypot(2, 4));
  });

  it('of a class are those of its best exemplar', () => {
    const best = bestOfClass(float32([1, 5, 3, 9, 2, 4], [2, 3]), ['x', 'y', 'x'], ['x', 'y']);
    expect(numbers(best)).toEqual([3, 5, 9, 2]);
  });
});

describe('normal distributions', () => {
  const random = createRandom(4);
  const rows = Array.from({ length: 40 }, () => {
    const [a, b] = [random.normal(), random.normal()];
    return [a, a + 0.5 * b, 3 + b];
  });

  it('have factors whose product is the covariance', () => {
    const covariance = covarianceOf(rows);
    const factor = choleskyFactor(covariance, 3, 0);
    for (const i of [0, 1, 2]) {
      for (const j of [0, 1, 2]) {
        const product = [0, 1, 2].reduce((sum, k) => sum + (factor[i * 3 + k] ?? 0) * (factor[j * 3 + k] ?? 0), 0);
        expect(product).toBeCloseTo(covariance[i * 3 + j] as number, 6);
      }
    }
  });

  it('are what is drawn', () => {
    const [mean, covariance] = [meanOf(rows), covarianceOf(rows)];
    const factor = choleskyFactor(covariance, 3, 0);
    const drawn = Array.from({ length: 4000 }, () => draw(mean, factor, random));
    for (const [i, value] of meanOf(drawn).entries()) expect(Math.abs(value - (mean[i] as number))).toBeLessThan(0.1);
    for (const [i, value] of covarianceOf(drawn).entries()) {
      expect(Math.abs(value - (covariance[i] as number))).toBeLessThan(0.15);
    }
  });

  it('of fewer clips than features have a factor by shrinkage', () => {
    const factor = choleskyFactor(
      covarianceOf([
        [1, 2, 3],
        [2, 3, 5],
      ]),
      3,
      0.01,
    );
    expect(factor.every(Number.isFinite)).toBe(true);
    expect(choleskyFactor(new Float64Array(9), 3, 0.01).every(Number.isFinite)).toBe(true);
    expect(numbers(float32(covarianceOf([[1, 2, 3]])))).toEqual(new Array(9).fill(0));
  });
});

describe('minimize', () => {
  it('finds the minimum of a narrow valley', () => {
    // Rosenbrock's function, whose minimum is at (1, 1).
    const end = minimize(
      ([x = 0, y = 0]) => ({
        value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
      }),
      Float64Array.of(-1.2, 1),
      { iterations: 200, tolerance: 1e-8 },
    );
    expect(end[0]).toBeCloseTo(1, 5);
    expect(end[1]).toBeCloseTo(1, 5);
  });
});

describe('logisticRegression', () => {
  it('ends where the gradient is zero', () => {
    const rows = [
      [0, 1],
      [1, 1],
      [2, 0],
      [3, 1],
      [1, 3],
      [0, 2],
    ];
    const classes = [0, 0, 1, 1, 2, 2];
    const score = logisticRegression(rows, classes, 3, { strength: 0.7 });
    const bias = score([0, 0]);
    const errors = rows.map((row, i) => {
      const powers = score(row).map(Math.exp);
      const total = powers.reduce((a, b) => a + b);
      return powers.map((power, k) => power / total - (classes[i] === k ? 1 : 0));
    });
    for (const k of [0, 1, 2]) {
      expect(errors.reduce((sum, error) => sum + (error[k] ?? 0), 0)).toBeCloseTo(0, 3);
      for (const axis of [0, 1]) {
        const weight = (score(axis === 0 ? [1, 0] : [0, 1])[k] ?? 0) - (bias[k] ?? 0);
        const slope = errors.reduce((sum, error, i) => sum + (error[k] ?? 0) * (rows[i]?.[axis] ?? 0), 0);
        expect(weight + 0.7 * slope).toBeCloseTo(0, 3);
      }
    }
  });
});

describe('distributionCalibration', () => {
  const novel = ['p', 'q', 'r'];
  const base = clouds(['a', 'b', 'c', 'd'], 12, { seed: 2, noise: 0.15 });
  const exemplars = clouds(novel, 1, { seed: 3 });
  const queries = clouds(novel, 8, { seed: 4 });
  const run = (options: Partial<DistributionCalibrationOptions> = {}, from = exemplars) =>
    distributionCalibration(from, queries.embeddings, base, { random: createRandom(1), samples: 60, ...options });
  const accuracy = ({ scores, classes }: { scores: Tensor<'float32'>; classes: readonly string[] }) =>
    queries.labels.filter((label, row) => {
      const own = numbers(scores).slice(row * 3, row * 3 + 3);
      return classes[own.indexOf(Math.max(...own))] === label;
    }).length / queries.labels.length;

  it('recognizes clouds, with its own draws for each seed', () => {
    const { scores, plain, classes } = run();
    expect(classes).toEqual(novel);
    expect(accuracy({ scores, classes })).toBeGreaterThan(0.9);
    expect(accuracy({ scores: plain, classes })).toBeGreaterThan(0.9);
    expect(numbers(scores)).not.toEqual(numbers(plain));
    expect(numbers(run().scores)).toEqual(numbers(scores));
    expect(numbers(run({ random: createRandom(2) }).scores)).not.toEqual(numbers(scores));
  });

  it('is the plain logistic regression without neighbors, alpha and draws', () => {
    const { scores, plain } = run({ nearest: 0, alpha: 0, samples: 0 });
    expect(numbers(scores)).toEqual(numbers(plain));
    const rows = novel.map((_, k) =>
      numbers(exemplars.embeddings)
        .slice(k * 4, k * 4 + 4)
        .map(Math.sqrt),
    );
    const score = logisticRegression(rows, [0, 1, 2], 3);
    const first = numbers(queries.embeddings).slice(0, 4).map(Math.sqrt);
    for (const [i, value] of score(first).entries()) expect(numbers(plain)[i]).toBeCloseTo(value, 5);
  });

  it.each([{ transformBase: true }, { power: 1 }, { power: 0 }, { nearest: 0 }, { alpha: 0, nearest: 0, samples: 5 }])(
    'works with %j',
    (options) => {
      expect(accuracy(run(options))).toBeGreaterThan(0.6);
    },
  );

  it('shares the draws between the exemplars of a class', () => {
    expect(accuracy(run({}, clouds(novel, 2, { seed: 5 })))).toBeGreaterThan(0.9);
  });

  it('refuses what it cannot use', () => {
    const negative = { embeddings: float32([-1, 0, 0, 0], [1, 4]), labels: ['p'] };
    expect(() => run({}, negative)).toThrow('features of at least 0, as after a ReLU, got negative ones. power: 1');
    expect(() => run({ nearest: -1 })).toThrow('nearest, a whole number, got -1');
    expect(() => run({ alpha: Number.NaN })).toThrow('alpha of at least 0, got NaN');
    expect(() => run({ count: 3 } as object)).toThrow('got "count"');
    expect(() => run({}, { ...exemplars, labels: ['p'] })).toThrow('expected embeddings [1, width], got [3, 4]');
  });
});

describe('jointSimilarities', () => {
  const clips = float32([1, 0, 0, 1], [1, 2, 2]);
  const exemplars = float32([1, 0, 1, 0, 0, 1, 0, 1], [2, 2, 2]);

  it('are means of cosines over the joints that count', () => {
    expect(numbers(jointSimilarities(clips, exemplars))).toEqual([0.5, 0.5]);
    expect(numbers(jointSimilarities(clips, exemplars, float32([2, 0, 1, 3], [2, 2])))).toEqual([1, 0.75]);
  });

  it.each([[[0, 0, 1, 1]], [[1, -1, 1, 1]]])('refuse the masks %j', (masks) => {
    expect(() => jointSimilarities(clips, exemplars, float32(masks, [2, 2]))).toThrow('masks of at least 0');
  });

  it('refuse other shapes', () => {
    expect(() => jointSimilarities(clips, float32([1, 0], [1, 1, 2]))).toThrow('exemplars [1, 2, 2], got [1, 1, 2]');
  });
});

describe('auroc', () => {
  it('is the share of pairs in the right order', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(scores, scores, (known, unknown) => {
        const pairs = known.flatMap((a) => unknown.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const share = pairs.reduce<number>((a, b) => a + b, 0) / pairs.length;
        expect(auroc(known, unknown)).toBeCloseTo(share, 10);
      }),
    );
  });

  it('needs both', () => {
    expect(() => auroc([1], [])).toThrow('known and unknown scores, got 1 and 0');
  });
});

describe('openSetFigures', () => {
  it('play each class as the unknown one', () => {
    // Each clip is 0.9 like its own class; clips of class 1 are 0.6 like class 0.
    const scores = float32([0.9, 0.1, 0.2, 0.6, 0.9, 0.1, 0.1, 0.1, 0.9], [3, 3]);
    const { auroc: area, accepted, rejected } = openSetFigures(scores, [0, 1, 2], 0.5);
    expect(area).toBe(1);
    expect(accepted).toBe(1);
    expect(rejected).toBeCloseTo(2 / 3);
    expect(openSetFigures(scores, [0, 1, 2], 0.95)).toMatchObject({ accepted: 0, rejected: 1 });
  });
});

describe('oneShotReport', () => {
  const novel = ['p', 'q', 'r'];
  const exemplars = clouds(novel, 1, { seed: 3 });
  const queries = clouds(novel, 6, { seed: 4 });
  const base = clouds(['a', 'b'], 10, { seed: 5 });
  const random = () => createRandom(1);

  it('has every way of deciding, side by side', () => {
    const report = oneShotReport({ exemplars, queries, base }, { random: random(), calibration: { samples: 30 } });
    expect(report.cosine).toEqual({ queries: 1, classes: 1 });
    expect(report.euclidean.classes).toBe(1);
    expect(report.calibrated?.without.classes).toBeGreaterThan(0.9);
    expect(report.calibrated?.with.classes).toBeGreaterThan(0.9);
    expect(report.openSet?.auroc).toBeGreaterThan(0.9);
    expect(report.openSet?.threshold).toBeGreaterThan(0.5);
    expect(report.joints).toBeUndefined();
  });

  it('has the mean over classes beside that over queries', () => {
    const uneven = { embeddings: float32([1, 0, 1, 0, 1, 0, 1, 0], [4, 2]), labels: ['p', 'p', 'p', 'q'] };
    const two = { embeddings: float32([1, 0, 0, 1], [2, 2]), labels: ['p', 'q'] };
    const { cosine, calibrated, openSet } = oneShotReport({ exemplars: two, queries: uneven }, { random: random() });
    expect(cosine).toEqual({ queries: 0.75, classes: 0.5 });
    expect(calibrated).toBeUndefined();
    expect(openSet).toBeUndefined();
  });

  it('has joints by mask, and no calibration, if asked', () => {
    const byJoint = (clips: EmbeddedClips) => float32(clips.embeddings.data, [clips.labels.length, 2, 2]);
    const joints = {
      exemplars: byJoint(exemplars),
      queries: byJoint(queries),
      masks: float32([1, 0, 1, 0, 0, 1], [3, 2]),
    };
    const report = oneShotReport({ exemplars, queries, base, joints }, { random: random(), calibration: false });
    expect(report.joints?.masked.queries).toBeGreaterThan(0);
    expect(report.joints?.unmasked.queries).toBeGreaterThan(0.5);
    expect(report.calibrated).toBeUndefined();
  });

  it('learns its threshold from held-out clips, few of them if asked', () => {
    const heldOut = clouds(['a', 'b'], 10, { seed: 6, noise: 0.5 });
    const by = (thresholdClips: number) =>
      oneShotReport({ exemplars, queries, base, heldOut }, { random: random(), calibration: false, thresholdClips })
        .openSet?.threshold;
    expect(by(20)).not.toBe(by(10));
  });

  it('refuses queries that no exemplar is for', () => {
    const others = clouds(['p', 'x'], 1);
    expect(() => oneShotReport({ exemplars, queries: others }, { random: random() })).toThrow(
      'oneShotReport: expected queries among p, q, r, got "x".',
    );
  });
});
