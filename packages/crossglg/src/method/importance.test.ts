/** Joint importance: where it goes in an encoder, and its loss. */
import { float32, type Tensor } from '@kinegraph/core';
import { constant, createScope, reduceSum, toOnnx, type Value } from '@kinegraph/core/graph';
import { createRandom, createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { limbTexts, numbers } from './fixtures/tiny.ts';
import { calibrationLoss, importanceRewrites, smoothed } from './importance.ts';
import { jointFeatures, presence } from './persons.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const plan = { after: undefined, hidden: 4, literal: false, distance: 'sum', smoothing: 0, weight: 0.5 } as const;
const tapsOf = (blocks: number) =>
  Array.from({ length: blocks }, (_, i) => [`block.${i}.topology`, `block.${i}.spatial`, `block.${i}`]).flat();

async function compute(outputs: Record<string, Value>): Promise<Record<string, Tensor>> {
  await using session = await runtime.load(toOnnx({ outputs }));
  return session.run({});
}

describe('importanceRewrites', () => {
  it.each([
    [10, undefined, 4],
    [9, undefined, 4],
    [6, undefined, 2],
    [3, undefined, 1],
    [2, undefined, 0],
    [10, 8, 7],
  ])('of %i blocks and after %j puts the head behind block %i and rewrites the later ones', (blocks, after, head) => {
    const later = Array.from({ length: blocks - 1 - head }, (_, i) => `block.${head + 1 + i}.spatial`);
    expect(Object.keys(importanceRewrites(tapsOf(blocks), { ...plan, after }, 5))).toEqual([`block.${head}`, ...later]);
  });

  it.each([[[]], [['block.0', 'block.0.spatial']], [['block.0', 'block.1']]])('refuses the taps %j', (taps) => {
    expect(() => importanceRewrites(taps, plan, 5)).toThrow(
      'two blocks or more, and the taps block.i and block.i.spatial',
    );
  });

  it('gives each person an importance that sums to 1, and multiplies joints by V times it', async () => {
    const random = createRandom(1);
    const draw = () => float32(Array.from({ length: 2 * 2 * 3 * 4 * 5 }, random.normal), [2, 2, 3, 4, 5]);
    const [before, after] = [constant(draw()), constant(draw())];
    const score = float32([1, -2, 3, 1], [1, 4]);
    const run = async (literal: boolean) => {
      const record = createScope({
        training: true,
        random: createRandom(2),
        weights: { 'importance.score.weight': score },
      });
      const tap = (name: string) => record.taps.get(name) as Value;
      const rewrites = importanceRewrites(tapsOf(2), { ...plan, literal }, 5);
      expect(rewrites['block.0']?.(record.scope, before, tap)).toBe(before);
      const rewritten = rewrites['block.1.spatial']?.(record.scope, after, tap) as Value;
      const outputs = { importance: tap('importance'), rewritten };
      const weights = Object.fromEntries(record.parameters.map(({ name, initial }) => [name, initial]));
      await using session = await runtime.load(toOnnx({ outputs, weights }));
      return session.run({});
    };
    const { importance, rewritten } = await run(false);
    expect(importance?.shape).toEqual([2, 2, 5]);
    const shares = numbers(importance);
    for (let row = 0; row < 4; row++) {
      expect(shares.slice(row * 5, row * 5 + 5).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
    const values = numbers(rewritten);
    const originals = after.source.kind === 'constant' ? numbers(after.source.tensor) : [];
    // Person 1 of sample 1, its last channel and frame.
    const last = 240 - 5;
    for (let joint = 0; joint < 5; joint++) {
      const share = shares[15 + joint] as number;
      expect(values[last + joint]).toBeCloseTo((originals[last + joint] as number) * 5 * share, 4);
    }
    const literal = numbers((await run(true)).rewritten);
    expect((literal[7] as number) * 5).toBeCloseTo(values[7] as number, 4);
  });
});

describe('calibrationLoss', () => {
  const shares = [
    [0.5, 0.5, 0],
    [0.2, 0.3, 0.5],
  ].flat();
  const importance = constant(float32(shares, [1, 2, 3]));
  const logarithm = constant(
    float32(
      shares.map((share) => Math.log(share + 1e-20)),
      [1, 2, 3],
    ),
  );
  const tap = (name: string) => (name === 'importance' ? importance : logarithm);
  const target = constant(float32([0, 0.5, 0.5], [1, 3]));
  const second = 0.2 ** 2 + 0.2 ** 2;

  it.each([
    ['sum', [0, 1], second],
    ['sum', [1, 1], (second + 0.5) / 2],
    ['mean', [0, 1], second / 3],
    ['kl', [0, 1], 0.5 * Math.log(0.5 / 0.3)],
    ['sum', [0, 0], 0],
  ] as const)('by %s over the persons %j is %d', async (distance, persons, expected) => {
    const present = constant(float32(persons, [1, 2]));
    const { loss } = await compute({ loss: calibrationLoss(tap, target, present, distance) });
    expect(loss?.shape).toEqual([]);
    expect(loss?.data[0]).toBeCloseTo(expected, 5);
  });

  it('has targets of which a share is spread over all joints', () => {
    const { data } = smoothed(float32([1, 0, 0, 0, 0.5, 0.5, 0, 0], [2, 4]), 0.4);
    [0.7, 0.1, 0.1, 0.1, 0.4, 0.4, 0.1, 0.1].forEach((value, i) => {
      expect(data[i]).toBeCloseTo(value, 6);
    });
  });

  it('has texts whose targets sum to 1', () => {
    const { importance: targets } = limbTexts();
    expect(numbers(targets).reduce((a, b) => a + b)).toBeCloseTo(3);
  });
});

describe('persons', () => {
  const positions = constant(float32([0, 0, 0, 1, 0, 0, 0, 0], [1, 2, 1, 2, 2]));
  const second = constant(float32([0, 0, 0, 1, 3, 5, 7, 9], [1, 2, 1, 2, 2]));

  it('are present if any joint is anywhere but at 0', async () => {
    const results = await compute({ one: presence(positions), both: presence(second) });
    expect(numbers(results.one)).toEqual([1, 0]);
    expect(numbers(results.both)).toEqual([1, 1]);
  });

  it('have joint features that are means over frames, and over all or the present persons', async () => {
    const encoded = constant(float32([1, 2, 3, 4, 10, 20, 30, 40], [1, 2, 1, 2, 2]));
    const results = await compute({
      mean: jointFeatures(encoded, positions, 'mean'),
      masked: jointFeatures(encoded, positions, 'masked-mean'),
      sum: reduceSum(jointFeatures(encoded, second, 'masked-mean')),
    });
    expect(numbers(results.mean)).toEqual([11, 16.5]);
    expect(numbers(results.masked)).toEqual([2, 3]);
    expect(numbers(results.sum)).toEqual([27.5]);
  });
});
