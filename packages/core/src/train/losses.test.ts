import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { gradients } from '../graph/gradients.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { constant, input, type Value } from '../graph/value.ts';
import { float32, int64 } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/gradient-check.ts';
import figures from './fixtures/torch-training.json' with { type: 'json' };
import { crossEntropy, logSoftmax } from './losses.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());

describe('crossEntropy', () => {
  const { logits, classes, bySmoothing } = figures.crossEntropy;

  it.each(Object.entries(bySmoothing))('is that of PyTorch with label smoothing %s', async (smoothing, expected) => {
    const { output, gradients, factors } = await checkGradients(
      ({ x }) => crossEntropy(x, constant(int64(classes)), { labelSmoothing: Number(smoothing) }),
      { runtime, at: { x: float32(logits, [5, 6]) } },
    );
    expect(output.data[0]).toBeCloseTo(expected.loss, 5);
    const scale = factors.data[0] as number;
    expected.gradient.forEach((slope, i) => {
      expect(gradients.x?.data[i]).toBeCloseTo(slope * scale, 6);
    });
  });

  it('gives the published figure', async () => {
    const loss = crossEntropy(constant(float32([1, 2, 3], [1, 3])), constant(int64([2])), { labelSmoothing: 0.1 });
    await using session = await runtime.load(toOnnx({ outputs: { loss } }));
    expect((await session.run({})).loss?.data[0]).toBeCloseTo(0.507606, 5);
  });

  it('stays finite for scores of any size', async () => {
    const loss = crossEntropy(constant(float32([1e4, -1e4, 0], [1, 3])), constant(int64([0])));
    await using session = await runtime.load(toOnnx({ outputs: { loss } }));
    expect((await session.run({})).loss?.data[0]).toBeCloseTo(0, 6);
  });

  it('has no gradient too small for full speed, and the whole one for a class far behind', async () => {
    const x = input('x', [2, 3]);
    const loss = crossEntropy(x, constant(int64([0, 2])));
    const [dx] = gradients(loss, [x]);
    await using session = await runtime.load(toOnnx({ outputs: { loss, dx: dx as Value } }));
    const found = await session.run({ x: float32([0, -40, -95, 0, -1, -200], [2, 3]) });
    expect(found.loss?.data[0]).toBeCloseTo((200 + Math.log(1 + Math.exp(-1))) / 2, 4);
    const slopes = Array.from(found.dx?.data as Float32Array);
    expect(slopes.slice(0, 3)).toEqual([0, 0, 0]);
    const share = 1 / (1 + Math.exp(-1));
    for (const [i, slope] of [share, 1 - share, -1].entries()) expect(slopes[3 + i]).toBeCloseTo(slope / 2, 6);
  });

  it('refuses ids that do not fit the scores', () => {
    expect(() => crossEntropy(input('x', [4, 3]), input('classes', [5], 'int64'))).toThrow(
      'crossEntropy: expected logits [B, classes] and class ids [B], got [4, 3] and [5].',
    );
  });
});

it('logSoftmax has probabilities that sum to one', async () => {
  const at = { x: float32([0.5, -1, 2, 100, 100, 90], [2, 3]) };
  const { output } = await checkGradients(({ x }) => logSoftmax(x), { runtime, at });
  const sums = [0, 1].map((row) =>
    output.data.slice(row * 3, row * 3 + 3).reduce((sum, value) => sum + Math.exp(value), 0),
  );
  for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
});
