import { describe, expect, it } from 'vitest';
import { constant, cosine, type Schedule, step } from './schedules.ts';

/** Rates at the given epochs of 65. */
const at = (schedule: Schedule, epochs: readonly number[], totalEpochs = 65) =>
  epochs.map((epoch) =>
    Number(schedule({ epoch, totalEpochs, step: epoch * 10, totalSteps: totalEpochs * 10 }).toFixed(9)),
  );

describe('schedules', () => {
  it('step follows the recipe of CTR-GCN', () => {
    const rates = at(step(0.1, { at: [35, 55], warmup: 5 }), [0, 1, 4, 4.9, 5, 34.9, 35, 54, 55, 64.9]);
    expect(rates).toEqual([0.02, 0.04, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]);
  });

  it('cosine falls to the final rate, step by step, after the warm-up', () => {
    expect(at(cosine(0.1), [0, 32.5, 65])).toEqual([0.1, 0.05, 0]);
    expect(at(cosine(0.2, { warmup: 5, final: 0.02 }), [0, 4, 5, 35, 65])).toEqual([0.04, 0.2, 0.2, 0.11, 0.02]);
  });

  it('a run may be all warm-up, but a warm-up may not outlast it', () => {
    expect(at(cosine(0.1, { warmup: 2 }), [0, 1], 2)).toEqual([0.05, 0.1]);
    for (const [name, schedule] of Object.entries({
      constant: constant(0.1, { warmup: 5 }),
      step: step(0.1, { at: [1], warmup: 5 }),
      cosine: cosine(0.1, { warmup: 5 }),
    })) {
      expect(() => at(schedule, [0], 4)).toThrow(
        `${name}: expected a warmup of at most the 4 epochs of the training, got 5. The rate would never be reached`,
      );
    }
  });

  it('constant is constant but for its warm-up', () => {
    expect(at(constant(0.3, { warmup: 3 }), [0, 1, 2, 3, 60])).toEqual([0.1, 0.2, 0.3, 0.3, 0.3]);
  });

  it('refuses rates that are no rates', () => {
    expect(() => cosine(-1)).toThrow('cosine: expected a rate of at least 0, got -1.');
    expect(() => constant(0.1, { warmup: Number.NaN })).toThrow(
      'constant: expected warmup epochs of at least 0, got NaN.',
    );
  });
});
