import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { add, multiply } from '../graph/ops/elementwise.ts';
import { reduceMean } from '../graph/ops/reduce.ts';
import type { Value } from '../graph/value.ts';
import { float32 } from '../tensor/tensor.ts';
import { classification } from '../train/classification.ts';
import { directions, small, swings } from '../train/fixtures/tiny-training.ts';
import { testTask } from './test-task.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());
const samples = swings(12);
const good = classification(directions);
const square = (value: Value | undefined) => reduceMean(multiply(value as Value, value as Value), { keep: false });

describe('testTask', () => {
  it('passes classification, on its own encoder and on another', async () => {
    await testTask(good, { runtime, samples });
    await testTask(classification(directions, { labelSmoothing: 0.1, personPooling: 'masked-mean', dropout: 0.1 }), {
      runtime,
      samples,
      encoder: small(),
    });
  });

  it.each<[message: string, change: Partial<typeof good>]>([
    ['target classes: expected int64 [4]', { targets: () => ({ classes: float32([0, 1, 2, 0]) }) }],
    ['targets: expected classes, got label', { targets: () => ({ label: float32([0]) }) }],
    [
      'manifest: expected outputs among logits,embedding, got score',
      { manifest: () => ({ ...good.manifest(), outputs: { logits: 'score' } }) },
    ],
    [
      'output embedding: expected [batch, ...]',
      { outputs: (scope, features) => ({ ...good.outputs(scope, features), embedding: reduceMean(features.encoded) }) },
    ],
    ['loss: expected at least one term', { loss: () => ({}) }],
    [
      'loss square: expected a float32 scalar',
      { loss: (_, __, { logits }) => ({ square: multiply(logits as Value, 1) }) },
    ],
    [
      'loss of the last epoch: expected below',
      { loss: (_, __, { logits }) => ({ still: add(multiply(square(logits), 0), 1) }) },
    ],
    ['score: expected finite numbers, got NaN', { score: () => Number.NaN }],
    [
      'score in batches of 5',
      {
        score: (() => {
          let asked = 0;
          return () => asked++;
        })(),
      },
    ],
  ])('finds what is broken: %s', async (message, change) => {
    await expect(testTask({ ...good, ...change }, { runtime, samples })).rejects.toThrow(message);
  });

  it('finds outputs that need targets', async () => {
    let target: Value | undefined;
    const cheat: typeof good = {
      ...good,
      targetSpecs: (batch) => ({ hint: { dtype: 'float32', shape: [batch, 3] } }),
      targets: (list) => ({ hint: float32(new Float32Array(list.length * 3), [list.length, 3]) }),
      loss(_, __, outputs, targets) {
        target = targets.hint;
        const logits = outputs.logits as Value;
        (outputs as Record<string, Value>).logits = multiply(logits, target as Value);
        return { square: square(logits) };
      },
    };
    await expect(testTask(cheat, { runtime, samples })).rejects.toThrow(
      'outputs: expected no part of the targets, got target.hint',
    );
  });

  it('refuses no samples', async () => {
    await expect(testTask(good, { runtime, samples: [] })).rejects.toThrow('testTask: expected samples, got none.');
  });
});
