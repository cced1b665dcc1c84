import { ensemble } from '@kinegraph/core';
import { classification, createTrainer } from '@kinegraph/core/train';
import { ctrgcn } from '@kinegraph/encoders';
import { createRuntime as createNodeRuntime, open as openInNode } from '@kinegraph/node';
import { expect, it } from 'vitest';
import { difference, logitsOf } from '../browser/same-program.ts';
import { createRuntime, ntu25, open } from './index.ts';

it.each(['logits', 'probabilities'] as const)('an ensemble has the scores of onnxruntime-node: %s', async (fuse) => {
  await using runtime = createNodeRuntime({ threads: 1 });
  const members = [['joint'], ['bone'], ['joint-motion']] as const;
  const bundles = members.map((streams, seed) =>
    createTrainer({
      runtime,
      encoder: ctrgcn({ width: 8, stages: [1, 1] }),
      task: classification(['wave', 'squat', 'kick']),
      input: { layout: ntu25, frames: 16, streams },
      seed,
    }).export({ precision: seed === 1 ? 'float16' : 'float32' }),
  );
  const bytes = ensemble(await Promise.all(bundles), { weights: 'ctrgcn', fuse });
  await using there = await openInNode(bytes, { runtime });
  await using web = createRuntime();
  await using here = await open(bytes, { runtime: web });
  expect(here.session.report.engine).toMatch(/^onnxruntime-web /);
  expect(difference(await logitsOf(here), await logitsOf(there))).toBeLessThan(1e-4);
});
