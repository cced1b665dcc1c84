import { describe, expect, it } from 'vitest';
import { adjacency, type Partition } from './adjacency.ts';
import * as layouts from './layouts.ts';

const { ntu25, coco17, openpose18 } = layouts;

function counts(layout: typeof ntu25, partition: Partition): number[] {
  const { shape, data } = adjacency(layout, partition);
  const [subsets, rows, columns] = shape as [number, number, number];
  return Array.from(
    { length: subsets },
    (_, k) => data.slice(k * rows * columns, (k + 1) * rows * columns).filter(Boolean).length,
  );
}

describe('adjacency', () => {
  it('has the published numbers of edges in each subset (spec encoders §3.4)', () => {
    expect(counts(ntu25, 'spatial-configuration-legacy')).toEqual([25, 40, 8]);
    expect(counts(openpose18, 'spatial-configuration-legacy')).toEqual([18, 25, 9]);
    expect(counts(coco17, 'spatial-configuration-legacy')).toEqual([17, 22, 10]);
    expect(counts(ntu25, 'spatial-configuration')).toEqual([25, 24, 24]);
    expect(counts(openpose18, 'spatial-configuration')).toEqual([18, 17, 17]);
    expect(counts(coco17, 'spatial-configuration')).toEqual([17, 16, 16]);
    expect(counts(ntu25, 'spatial')).toEqual([25, 24, 24]);
  });

  it('scales outward edges by the number of children in `spatial`, and nothing else (spec encoders §3.3)', () => {
    const { shape, data } = adjacency(ntu25, 'spatial');
    expect(shape).toEqual([3, 25, 25]);
    const at = (k: number, row: number, column: number) => data[(k * 25 + row) * 25 + column];
    for (const child of [1, 2, 4, 8]) expect(at(2, child, 20)).toBe(0.25);
    for (const child of [12, 16]) expect(at(2, child, 0)).toBe(0.5);
    expect([...data].filter((weight) => weight === 0.25)).toHaveLength(4);
    expect([...data].filter((weight) => weight === 0.5)).toHaveLength(2);
    expect([...data].filter((weight) => weight === 1)).toHaveLength(73 - 6);
    expect(at(1, 1, 0)).toBe(1);
    expect(at(1, 0, 1)).toBe(0);
  });

  it.each(Object.values(layouts))('splits one column-normalized matrix in $id, except in `spatial`', (layout) => {
    const count = layout.joints.length;
    const sum = (partition: Partition) => {
      const { shape, data } = adjacency(layout, partition);
      return Float32Array.from({ length: count * count }, (_, i) => {
        let total = 0;
        for (let k = 0; k < (shape[0] as number); k++) total += data[k * count * count + i] as number;
        return total;
      });
    };
    const uniform = sum('uniform');
    for (let column = 0; column < count; column++) {
      const weights = Array.from({ length: count }, (_, row) => uniform[row * count + column] as number);
      expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    }
    for (const partition of ['distance', 'spatial-configuration', 'spatial-configuration-legacy'] as const) {
      expect(sum(partition)).toEqual(uniform);
    }
    expect(counts(layout, 'spatial-configuration')).toEqual([count, count - 1, count - 1]);
    expect(counts(layout, 'distance')).toEqual([count, 2 * (count - 1)]);
  });

  it('refuses an unknown partition', () => {
    expect(() => adjacency(ntu25, 'spacial' as Partition)).toThrow('adjacency: expected spatial, ');
  });
});
