/** The graph of ST-GCN is part of its weights, and its taps lie where they were found. */
import { adjacency, createRandom, ntu25, type Tensor } from '@kinegraph/core';
import { createScope, input, multiply, toOnnx, type Value } from '@kinegraph/core/graph';
import { buildInference, classification, initialWeights } from '@kinegraph/core/train';
import { createRuntime } from '@kinegraph/node';
import { afterAll, expect, it } from 'vitest';
import { goldenInput } from '../goldens/weights.ts';
import { stgcn } from './stgcn.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

it('takes the graph that its weights bring, with edges where its own partition has none', async () => {
  const logits = async (partition: 'spatial-configuration' | 'spatial-configuration-legacy') => {
    const encoder = stgcn({ stages: [2], partition });
    const network = { encoder, task: classification(['a', 'b']), input: { layout: ntu25, frames: 12, persons: 2 } };
    const weights = initialWeights({ ...network, random: createRandom(1) });
    const brought = { ...weights, A: adjacency(ntu25, 'spatial-configuration') };
    await using session = await runtime.load(buildInference({ ...network, weights: brought }));
    const found = await session.run({ positions: goldenInput([2, 3, 12, 25, 2]) });
    return Array.from(found.logits?.data as Float32Array);
  };
  const expected = await logits('spatial-configuration');
  const found = await logits('spatial-configuration-legacy');
  const largest = Math.max(...expected.map(Math.abs));
  for (const [i, value] of expected.entries())
    expect(Math.abs((found[i] as number) - value) / largest).toBeLessThan(1e-5);
});

it('computes the same with its taps put back in their places', async () => {
  const features = async (taps: readonly string[]): Promise<Tensor> => {
    const rewrite = Object.fromEntries(taps.map((name) => [name, multiplyByOne]));
    const { scope, parameters, buffers } = createScope({ training: false, random: createRandom(2), rewrite });
    const y = stgcn({ width: 8, stages: [1, 1] }).build(scope, input('x', [3, 2, 3, 6, 25]), ntu25);
    const weights = Object.fromEntries([...parameters, ...buffers].map(({ name, initial }) => [name, initial]));
    await using session = await runtime.load(toOnnx({ outputs: { y }, weights }));
    return (await session.run({ x: goldenInput([3, 3, 6, 25, 2]) })).y as Tensor;
  };
  const taps = ['block.0', 'block.0.spatial', 'block.1', 'block.1.spatial'];
  expect(await features(taps)).toEqual(await features([]));
});

const multiplyByOne = (x: Value) => multiply(x, 1);
