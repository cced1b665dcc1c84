import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import type { Example } from './gallery-record.ts';
import { bestScores, matrixOf } from './gallery-search.ts';

describe('bestScores', () => {
  it('finds what comparing with every example finds', () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 9 }),
      seed: fc.integer(),
      copies: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 4 })), { maxLength: 8 }),
    });
    fc.assert(
      fc.property(
        sizes,
        fc.constantFrom('cosine' as const, 'euclidean' as const),
        ({ width, seed, copies }, metric) => {
          const random = createRandom(seed);
          const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
          const examples: Example[] = copies.map(([label, count]) => ({ label, embeddings: draw(count * width) }));
          const query = draw(width);
          const matrix = matrixOf(examples, width);
          const expected = new Map<string, number>();
          for (const { label, embeddings } of examples) {
            for (let start = 0; start < embeddings.length; start += width) {
              const row = Array.from(embeddings.subarray(start, start + width));
              const score =
                metric === 'cosine'
                  ? row.reduce((sum, x, i) => sum + x * (query[i] as number), 0)
                  : 1 / (1 + Math.hypot(...row.map((x, i) => x - (query[i] as number))));
              expected.set(label, Math.max(expected.get(label) ?? -Infinity, score));
            }
          }
          expect(matrix.labels).toEqual([...expected.keys()]);
          const found = bestScores(metric, query, matrix);
          for (const [index, score] of [...expected.values()].entries()) expect(found[index]).toBeCloseTo(score, 9);
        },
      ),
    );
  });
});
