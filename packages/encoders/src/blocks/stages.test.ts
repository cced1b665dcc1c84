import { describe, expect, it } from 'vitest';
import { planBlocks } from './stages.ts';

describe('planBlocks', () => {
  it('is the published plan for width 64 and stages 4, 3, 3', () => {
    const plan = planBlocks('test', { width: 64, stages: [4, 3, 3] });
    expect(plan.map(({ width }) => width)).toEqual([64, 64, 64, 64, 128, 128, 128, 256, 256, 256]);
    expect(plan.flatMap(({ stride }, i) => (stride === 2 ? [i + 1] : []))).toEqual([5, 8]);
    expect(plan.map(({ residual }) => residual)).toEqual([false, ...new Array(9).fill(true)]);
  });

  it('names the nearest width that its branches allow', () => {
    expect(() => planBlocks('encoder x', { width: 7, stages: [1] }, 4)).toThrow(
      'encoder x: expected a width that is a multiple of 4, got 7. Use width 8.',
    );
    expect(() => planBlocks('encoder x', { width: 5, stages: [1] }, 1, 6)).toThrow('at least 6, got 5. Use width 6.');
    expect(() => planBlocks('encoder x', { width: 8, stages: [] })).toThrow('stages of at least one block');
  });
});
