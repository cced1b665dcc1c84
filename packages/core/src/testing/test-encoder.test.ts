import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { defineEncoder } from '../encoder/encoder.ts';
import { add, divide, multiply, subtract } from '../graph/ops/elementwise.ts';
import { reduceMean } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import type { Value } from '../graph/value.ts';
import { one } from '../nn/initializers.ts';
import { linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { small } from '../train/fixtures/tiny-training.ts';
import { testEncoder } from './test-encoder.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());

/** `[B, M, C, T, V]` with every channel scaled, by a parameter. */
const scaled = (scope: Scope, x: Value) => multiply(x, scope.param('scale', [x.shape[2] as number, 1, 1], one));
const make = (build: (scope: Scope, x: Value) => Value, defaults: Record<string, unknown> = {}) =>
  defineEncoder({ id: 'test/odd', defaults, build })();

describe('testEncoder', () => {
  it('passes an encoder that keeps all rules', async () => {
    await testEncoder(small(), { runtime });
  });

  it.each<[message: string, encoder: ReturnType<typeof make>]>([
    ['options that survive JSON: options', make(scaled, { activation: () => 1 })],
    [
      'features [B, M, width, T, V] for any layout',
      make((scope, x) => reduceMean(scaled(scope, x), { axes: [4], keep: false })),
    ],
    [
      'the same parameters in training and recognition',
      make((scope, x) => (scope.training ? add(scaled(scope, x), scope.param('extra', [1], one)) : scaled(scope, x))),
    ],
    ['parameters: expected at least one', make((_, x) => x)],
    [
      'tap block.0: expected its result to be used',
      make((scope, x) => {
        const y = scaled(scope, x);
        scope.tap('block.0', y);
        return y;
      }),
    ],
    ['"Block_0"', make((scope, x) => scope.tap('Block_0', scaled(scope, x)))],
    ['taps: expected block.0, block.1', make((scope, x) => scope.tap('block.1', scaled(scope, x)))],
    [
      'its numbers are finite, with absent persons too: training',
      make((scope, x) => divide(scaled(scope, x), reduceMean(x, { axes: [2, 3, 4] }))),
    ],
    [
      'unused: expected to have a part in recognition',
      make((scope, x) => {
        scope.param('unused', [3], one);
        return scaled(scope, x);
      }),
    ],
    [
      'gradient of dead: expected some number other than 0',
      make((scope, x) => add(scaled(scope, x), multiply(scope.param('dead', [1], one), 0))),
    ],
    [
      'does not depend on the others of its batch',
      make((scope, x) => subtract(scaled(scope, x), reduceMean(x, { axes: [0] }))),
    ],
    [
      'training lowers the loss',
      make((scope, x) => {
        const [b, m, c, t, v] = x.shape as [number, number, number, number, number];
        const still = reduceMean(multiply(x, 1e-9), { axes: [2, 3, 4] });
        return reshape(linear(scope, reshape(still, [b, m, 1]), c * t * v, { bias: one }), [b, m, c, t, v]);
      }),
    ],
  ])('finds what is broken: %s', async (message, encoder) => {
    await expect(testEncoder(encoder, { runtime })).rejects.toThrow(message);
  });

  it('lists all broken rules at once', async () => {
    const encoder = make((_, x) => reduceMean(x, { axes: [0], keep: false }));
    await expect(testEncoder(encoder, { runtime })).rejects.toThrow(
      /testEncoder test\/odd: .* \d broken:\n- it gives features[\s\S]*\n- /,
    );
  });
});
