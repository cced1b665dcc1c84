import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { float32, int64, type Tensor } from '../tensor/tensor.ts';
import { classification } from './classification.ts';
import { passthrough, stick } from './fixtures/tiny-training.ts';
import figures from './fixtures/torch-training.json' with { type: 'json' };
import { adamw, sgd } from './optimizers.ts';
import { buildStep, type TrainingStepOptions } from './step.ts';
import type { Sample } from './task.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());

type Options = Partial<TrainingStepOptions<Sample, unknown>>;
const nesterov = sgd({ momentum: 0.9, weightDecay: 0.05 });
const cases: Record<keyof typeof figures.cases, Options & { smoothing?: number; parts?: number; ema?: number }> = {
  sgd: { optimizer: sgd({ momentum: 0 }) },
  momentum: { optimizer: sgd({ nesterov: false }) },
  nesterov: { optimizer: nesterov, smoothing: 0.1 },
  'sgd matrices': { optimizer: sgd({ weightDecay: 0.05, decayVectors: false }) },
  adamw: { optimizer: adamw() },
  'adamw matrices': {
    optimizer: adamw({ beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.2, decayVectors: false }),
    smoothing: 0.1,
  },
  clip: { optimizer: sgd(), clipNorm: 0.05 },
  average: { optimizer: sgd(), average: true, ema: 0.3 },
  accumulate: { optimizer: adamw(), accumulate: true, parts: 2 },
};

/**
 * The figures: PyTorch 2.13 in float64, `cross_entropy` of a linear layer on positions averaged over frames and joints, six steps of
 * `SGD`, `AdamW` and `clip_grad_norm_` with the settings above at rate 0.1; weights and bias after them.
 */
describe('training steps equal those of PyTorch', () => {
  it.each(Object.entries(cases))('%s', async (name, { smoothing = 0, parts = 1, ema = 1, ...options }) => {
    const expected = figures.cases[name as keyof typeof figures.cases];
    const batch = 8 / parts;
    const step = buildStep({
      encoder: passthrough(),
      task: classification(['a', 'b', 'c', 'd'], { labelSmoothing: smoothing }),
      input: { layout: stick, frames: 2 },
      batch,
      random: createRandom(1),
      optimizer: sgd(),
      weights: { 'fc.weight': float32(figures.weight, [4, 3]), 'fc.bias': float32(figures.bias) },
      ...options,
    });
    await using session = await runtime.load(step.bytes, { carry: step.carry, state: step.state });
    const losses: number[] = [];
    for (let i = 0; i < 6; i++) {
      let total = 0;
      for (let part = 0; part < parts; part++) {
        const { loss } = await session.run(
          {
            positions: float32(figures.positions.slice(part * batch * 12, (part + 1) * batch * 12), [
              batch,
              1,
              3,
              2,
              2,
            ]),
            'target.classes': int64(figures.classes.slice(part * batch, (part + 1) * batch)),
            rate: float32([0.1], []),
            ...(options.accumulate && { share: float32([part + 1 === parts ? 1 / parts : 0], []) }),
            ...(options.average && { decay: float32([Math.min(ema, (1 + i) / (10 + i))], []) }),
          },
          { fetch: ['loss'] },
        );
        total += (loss as Tensor<'float32'>).data[0] as number;
      }
      losses.push(total / parts);
    }
    expectClose(losses, expected.losses);
    const state = await session.read();
    expectClose(state['parameters.decaying.matrices']?.data, expected.weight);
    expectClose(state['parameters.decaying.vectors']?.data, expected.bias);
    if ('average' in expected) {
      expectClose(state['average.parameters.decaying.matrices']?.data, expected.average.weight);
      expectClose(state['average.parameters.decaying.vectors']?.data, expected.average.bias);
    }
  });
});

describe('optimizers', () => {
  it.each([() => sgd({ momentum: 1 }), () => sgd({ weightDecay: -1 }), () => adamw({ beta2: Number.NaN })])(
    'refuse settings out of range: %s',
    (make) => {
      expect(make).toThrow(/^(sgd|adamw): expected/);
    },
  );
});

function expectClose(actual: ArrayLike<number | bigint> | undefined, expected: readonly number[]): void {
  const errors = expected.map((value, i) => Math.abs(value - Number(actual?.[i])) / (1 + Math.abs(value)));
  expect(Math.max(...errors)).toBeLessThan(2e-6);
}
