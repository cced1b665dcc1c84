import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32 } from '../tensor/tensor.ts';
import { classificationReport } from './metrics.ts';

describe('classificationReport', () => {
  it('counts by hand', () => {
    const logits = float32([3, 1, 2, 0, 5, 1, 1, 2, 0, 9, 8, 7], [4, 3]);
    const report = classificationReport(logits, [0, 1, 0, 2]);
    expect(report.confusion).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(report).toMatchObject({ count: 4, top1: 0.5, top5: 1 });
    expect(report.meanClassAccuracy).toBeCloseTo((0.5 + 1 + 0) / 3);
    const each = [
      [3, 1, 2, 0],
      [0, 5, 1, 1],
      [1, 2, 0, 0],
      [9, 8, 7, 2],
    ].map(([a, b, c, target]) => {
      const row = [a, b, c] as number[];
      return Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - (row[target as number] as number);
    });
    expect(report.loss).toBeCloseTo(each.reduce((sum, value) => sum + value, 0) / 4, 6);
  });

  it('knows who is sixth', () => {
    const logits = float32([6, 5, 4, 3, 2, 1], [1, 6]);
    expect([0, 4, 5].map((target) => classificationReport(logits, [target]).top5)).toEqual([1, 1, 0]);
  });

  it('leaves classes without samples out of the class mean', () => {
    expect(classificationReport(float32([1, 0, 0, 0, 1, 0], [2, 3]), [0, 1]).meanClassAccuracy).toBe(1);
  });

  it('adds up for any scores', () => {
    const rows = fc.array(
      fc.tuple(fc.array(fc.float({ noNaN: true, min: -50, max: 50 }), { minLength: 7, maxLength: 7 }), fc.nat(6)),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(rows, (samples) => {
        const logits = float32(
          samples.flatMap(([scores]) => scores),
          [samples.length, 7],
        );
        const { confusion, top1, top5, count, loss } = classificationReport(
          logits,
          samples.map(([, target]) => target),
        );
        const total = confusion.flat().reduce((a, b) => a + b, 0);
        const hits = confusion.reduce((sum, cells, i) => sum + (cells[i] as number), 0);
        expect(total).toBe(count);
        expect(hits / count).toBeCloseTo(top1);
        expect(top5).toBeGreaterThanOrEqual(top1);
        expect(loss).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('refuses scores of other samples', () => {
    expect(() => classificationReport(float32([1, 2], [1, 2]), [0, 1])).toThrow(
      'classificationReport: expected logits [2, classes], got [1, 2].',
    );
  });
});
