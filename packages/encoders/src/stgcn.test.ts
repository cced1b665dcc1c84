/** The graph of ST-GCN is part of its weights. */
import { adjacency, createRandom, ntu25 } from '@kinegraph/core';
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
