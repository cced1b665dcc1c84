/** InfoGCN against the authors' implementation, with its k-mode input and its bottleneck. */
import { createRandom, int64, type Layout, ntu25, reroot, type Tensor } from '@kinegraph/core';
import {
  createScope,
  gradients,
  input,
  multiply,
  preprocess,
  reduceSum,
  type ScopeRecord,
  sqrt,
  toOnnx,
  type Value,
} from '@kinegraph/core/graph';
import { testEncoder } from '@kinegraph/core/testing';
import { classification, crossEntropy } from '@kinegraph/core/train';
import { coco17, createRuntime, hand21, kinect20 } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { readGolden } from '../goldens/parity.ts';
import { goldenInput, goldenWeights } from '../goldens/weights.ts';
import { infogcn } from './infogcn.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const labelled = (classes: number) => Array.from({ length: classes }, (_, i) => `${i}`);

/** The network with its bottleneck, as the golden figures have it. */
function buildWhole(
  classes: number,
  shape: readonly number[],
  training: boolean,
  { layout = reroot(ntu25, 'spine_mid'), weights = {} }: { layout?: Layout; weights?: Record<string, Tensor> } = {},
) {
  const record = createScope({ training, random: createRandom(0), weights });
  const positions = input('positions', shape);
  const x = preprocess(positions, layout, { streams: ['mode-1'] });
  const encoded = infogcn().build(record.scope, x, layout);
  const task = classification(labelled(classes), { bottleneck: {} });
  const features = { encoded, positions, taps: [...record.taps.keys()], tap: () => encoded };
  return { record, outputs: task.outputs(record.scope, features) };
}

const countOf = ({ parameters }: ScopeRecord, prefix: string) =>
  parameters.filter(({ name }) => name.startsWith(prefix)).reduce((sum, { initial }) => sum + initial.data.length, 0);

describe('infogcn-ntu60-k1', () => {
  const golden = readGolden('infogcn-ntu60-k1');
  const positions = goldenInput(golden.input.shape);

  it.each([true, false])('has the parameters of the original state dict, training: %s', (training) => {
    const { record } = buildWhole(60, positions.shape, training);
    const found = [...record.parameters, ...record.buffers].map(({ name, initial }) => [name, initial.shape]);
    expect(new Map(found as [string, number[]][])).toEqual(new Map(golden.tensors));
    expect(countOf(record, '')).toBe(1_556_807);
    const blocks = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => countOf(record, `l${i}.`));
    expect(blocks).toEqual([24_707, 24_707, 24_707, 74_755, 91_571, 91_571, 288_947, 357_395, 357_395]);
  });

  it.each([
    [120, 2, ntu25, 1_572_227],
    [10, 1, kinect20, 1_533_722],
  ])(
    'has for %i classes, %i people and the layout of the data set as many parameters',
    (classes, persons, layout, count) => {
      const shape = [2, persons, 3, 52, layout.joints.length];
      expect(countOf(buildWhole(classes, shape, true, { layout }).record, '')).toBe(count);
    },
  );

  it('computes the same logits, taps and gradients in evaluation mode', async () => {
    const { record, outputs } = buildWhole(60, positions.shape, false, { weights: goldenWeights(golden.tensors) });
    const loss = crossEntropy(outputs.logits as Value, input('classes', [2], 'int64'));
    const { parameters, taps } = record;
    const slopes = gradients(
      loss,
      parameters.map(({ value }) => value),
    );
    const norms = slopes.map((slope, i) => [`norm ${parameters[i]?.name}`, sqrt(reduceSum(multiply(slope, slope)))]);
    const shown = Object.keys(golden.eval.taps).map((name) => [name, taps.get(`block.${Number(name.slice(1)) - 1}`)]);
    const bytes = toOnnx({
      outputs: { logits: outputs.logits as Value, loss, ...Object.fromEntries([...norms, ...shown]) },
      weights: Object.fromEntries([...parameters, ...record.buffers].map(({ name, initial }) => [name, initial])),
    });
    await using session = await runtime.load(bytes);
    const results = await session.run({ positions, classes: int64(golden.labels) });
    expect(largestError(results.logits?.data as Float32Array, golden.eval.logits.values)).toBeLessThan(1e-4);
    for (const [name, { shape, at, values, l2 }] of Object.entries(golden.eval.taps)) {
      const data = results[name]?.data as Float32Array;
      expect(results[name]?.shape.slice(2)).toEqual(shape.slice(1));
      const picked = at.map((i) => data[i] as number);
      expect(largestError(picked, values), name).toBeLessThan(1e-4);
      expect(Math.sqrt(data.reduce((sum, x) => sum + x * x, 0)) / l2).toBeCloseTo(1, 4);
    }
    const { loss: expected, gradients: norm } = golden.evalGradient;
    expect(Math.abs((results.loss?.data[0] as number) / expected - 1)).toBeLessThan(1e-5);
    const largest = Math.max(...Object.values(norm).map(({ l2 }) => l2));
    const apart = Object.entries(norm).map(([name, { l2 }]) => {
      return { name, l2, error: Math.abs((results[`norm ${name}`]?.data[0] as number) - l2) };
    });
    // All but those of the variance, which has no part in evaluation.
    expect(apart.length).toBe(parameters.length - 2);
    expect(apart.filter(({ error }) => error > 1e-3 * largest)).toEqual([]);
    const telling = apart.filter(({ l2 }) => l2 > 1e-5 * largest);
    expect(telling.filter(({ l2, error }) => error > 1e-3 * l2).length).toBeLessThan(telling.length / 10);
  });
});

describe('infogcn', () => {
  it('keeps the encoder contract', async () => {
    await testEncoder(infogcn({ width: 8, stages: [1, 1], heads: 2 }), { runtime });
  });

  it.each([1, 3, 8])('keeps it with %i heads, on other layouts and lengths', async (heads) => {
    const layouts = [hand21, kinect20, reroot(coco17, 'left_hip')];
    await testEncoder(infogcn({ width: 8, stages: [1], heads }), { runtime, layouts, frames: 7 });
  });

  it('shows attention whose columns sum to 1 in each head, from each joint to each joint', async () => {
    const record = createScope({ training: false, random: createRandom(3) });
    const x = input('x', [3, 2, 3, 8, 25]);
    infogcn({ width: 8, stages: [1, 1], heads: 3 }).build(record.scope, x, ntu25);
    const topology = record.taps.get('block.1.topology') as Value;
    expect(topology.shape).toEqual([6, 8, 75, 25]);
    const weights = [...record.parameters, ...record.buffers].map(({ name, initial }) => [name, initial]);
    await using session = await runtime.load(toOnnx({ outputs: { topology }, weights: Object.fromEntries(weights) }));
    const data = Float32Array.from({ length: 3 * 2 * 3 * 8 * 25 }, (_, i) => Math.sin(i * i));
    const found = await session.run({ x: { dtype: 'float32', shape: x.shape, data } });
    const values = found.topology?.data as Float32Array;
    for (const [frame, head, target] of [
      [0, 0, 0],
      [17, 1, 24],
      [47, 2, 7],
    ] as const) {
      const column = Array.from({ length: 25 }, (_, source) => values[(frame * 75 + head * 25 + source) * 25 + target]);
      expect(column.every((share) => (share as number) >= 0)).toBe(true);
      expect(column.reduce<number>((sum, share) => sum + (share as number), 0)).toBeCloseTo(1, 5);
    }
  });

  it.each([
    [{ heads: 0 }, 'encoder infogcn: expected heads, a whole number of at least 1, got 0.'],
    [{ width: 20 }, 'encoder infogcn: expected a width that is a multiple of 8, got 20. Use width 24.'],
  ])('refuses %j', (options, message) => {
    const { scope } = createScope({ training: true, random: createRandom(0) });
    expect(() => infogcn(options).build(scope, input('x', [1, 1, 3, 8, 25]), ntu25)).toThrow(message);
  });
});

/** Largest difference over the largest expected value. */
function largestError(actual: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] as number)))) / scale;
}
