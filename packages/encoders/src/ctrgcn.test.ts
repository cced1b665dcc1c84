/** PYSKL's variant of CTR-GCN. The authors' own is compared with golden figures in parity.test.ts. */
import { createRandom, ntu25 } from '@kinegraph/core';
import { testEncoder } from '@kinegraph/core/testing';
import { buildInference, classification, initialWeights } from '@kinegraph/core/train';
import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { goldenInput, goldenWeights } from '../goldens/weights.ts';
import { ctrgcn } from './ctrgcn.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const small = { width: 8, stages: [2, 1] };
const input = { layout: ntu25, frames: 12, persons: 2 };
const task = classification(['a', 'b', 'c']);

async function logitsOf(variant: 'original' | 'pyskl'): Promise<number[]> {
  const encoder = ctrgcn({ ...small, variant });
  const network = { encoder, task, input };
  const shapes = Object.entries(initialWeights({ ...network, random: createRandom(0) }));
  const weights = goldenWeights(shapes.map(([name, { shape }]) => [name, shape] as const));
  await using session = await runtime.load(buildInference({ ...network, weights }));
  const { logits } = await session.run({ positions: goldenInput([2, 3, 12, 25, 2]) });
  return Array.from(logits?.data as Float32Array);
}

describe("the variant 'pyskl'", () => {
  it('computes what the same network written in PyTorch 2.13 computes, which the original does not', async () => {
    const expected = [-1.3033007, -0.0190185, 0.2857391, -0.7035795, -0.0460236, 0.263915];
    const found = await logitsOf('pyskl');
    for (const [i, value] of expected.entries()) expect(Math.abs((found[i] as number) - value)).toBeLessThan(1e-5);
    const original = await logitsOf('original');
    expect(Math.abs((original[0] as number) - (expected[0] as number))).toBeGreaterThan(0.01);
  });

  it('keeps the encoder contract', async () => {
    await expect(testEncoder(ctrgcn({ ...small, variant: 'pyskl' }), { runtime })).resolves.toBeUndefined();
  });

  it('is one of two words', () => {
    const network = { encoder: ctrgcn({ variant: 'mmaction' as 'pyskl' }), task, input };
    expect(() => initialWeights({ ...network, random: createRandom(0) })).toThrow(
      "encoder ctrgcn: expected variant 'original' or 'pyskl', got \"mmaction\".",
    );
  });
});
