/** The method: what it trains, what it ships, and what reaches what. */
import { classify, filled, float32, type Tensor } from '@kinegraph/core';
import { gradients, type Value } from '@kinegraph/core/graph';
import { testTask } from '@kinegraph/core/testing';
import { buildInference, buildStep, classification, createTrainer, initialWeights, sgd } from '@kinegraph/core/train';
import { ctrgcn, infogcn, stgcnpp } from '@kinegraph/encoders';
import { createRandom, createRuntime, ntu25, open } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { type CrossglgTask, crossglg } from './crossglg.ts';
import { limbs, limbTexts, numbers, star, twitches } from './fixtures/tiny.ts';
import type { CrossglgOptions } from './options.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const texts = limbTexts();
const samples = twitches(12);
const input = { layout: star, frames: 8 };
const encoder = ctrgcn({ width: 8, stages: [1, 1] });
const deeper = ctrgcn({ width: 8, stages: [2, 1] });
const short = { localToGlobal: { blocks: 1, heads: 2 } } as const;
const task = crossglg(limbs, { texts, ...short });

async function train(trained: CrossglgTask, epochs: number, chosen = encoder) {
  const trainer = createTrainer({ runtime, encoder: chosen, task: trained, input, optimizer: sgd({ momentum: 0 }) });
  const before = await trainer.weights();
  const losses: number[] = [];
  for await (const { kind, loss } of trainer.fit(samples, { epochs, batch: 12, rate: 0.1 })) {
    if (kind === 'epoch') losses.push(loss);
  }
  return { trainer, before, after: await trainer.weights(), losses };
}

/** Names of the parameters that a term of the loss alone changes within three steps. */
async function reached(term: 'calibration' | 'guidance'): Promise<string[]> {
  const alone: CrossglgTask = {
    ...task,
    combine: (terms, parameters) => ({
      loss: terms[term] as Value,
      gradients: gradients(terms[term] as Value, parameters),
    }),
  };
  const { before, after } = await train(alone, 3, deeper);
  const moved = (name: string) => numbers(before[name]).some((value, i) => value !== numbers(after[name])[i]);
  return Object.keys(before).filter((name) => !name.includes('running_') && moved(name));
}

describe('crossglg', () => {
  it('passes the contract test of tasks', async () => {
    await testTask(task, { runtime, samples, encoder, input });
  });

  it.each([stgcnpp({ width: 8, stages: [1, 1] }), infogcn({ width: 8, stages: [1, 1], heads: 1 })])(
    'trains $id as well',
    async (other) => {
      const { losses } = await train(crossglg(limbs, { texts, ...short }), 4, other);
      expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    },
  );

  it('reports its three terms, and weighs them as published', async () => {
    const trainer = createTrainer({ runtime, encoder, task, input });
    for await (const progress of trainer.fit(samples, { epochs: 1, batch: 12, rate: 0 })) {
      if (progress.kind !== 'step') continue;
      const { crossEntropy = 0, calibration = 0, guidance = 0 } = progress.losses;
      expect(progress.loss).toBeCloseTo(crossEntropy + 0.5 * calibration + 0.2 * guidance, 5);
      // Uniform importance against one joint of five: (4/5)² + 4 (1/5)².
      expect(calibration).toBeCloseTo(0.8, 5);
    }
  });

  it.each<[string, Partial<CrossglgOptions>, string[]]>([
    ['neither half', { globalToLocal: false, localToGlobal: false }, ['crossEntropy']],
    ['joint importance alone', { localToGlobal: false }, ['crossEntropy', 'calibration']],
    ['the text branch alone', { globalToLocal: false }, ['crossEntropy', 'guidance']],
    ['the bottleneck', { bottleneck: {}, ...short }, ['crossEntropy', 'prior', 'mean', 'calibration', 'guidance']],
    ['a hidden layer', { classifier: 'mlp', dropout: 0.1, ...short }, ['crossEntropy', 'calibration', 'guidance']],
  ])('with %s has the terms of that', (_, options, names) => {
    const network = { encoder, task: crossglg(limbs, { texts, ...options }), input, random: createRandom(1) };
    expect(buildStep({ ...network, batch: 2, optimizer: sgd() }).terms).toEqual(names);
    const ofText = Object.keys(initialWeights(network)).filter((name) => name.startsWith('guide.'));
    expect(ofText.length > 0).toBe(names.includes('guidance'));
  });

  it.each<Partial<CrossglgOptions>>([{ bottleneck: {} }, { classifier: 'mlp', dropout: 0.1 }])(
    'shares the classifier %j between the branches',
    async (options) => {
      const { losses } = await train(crossglg(limbs, { texts, ...short, ...options }), 3);
      expect(losses.every(Number.isFinite)).toBe(true);
    },
  );

  it('lets the text branch teach the encoder from its first block on', async () => {
    const names = await reached('guidance');
    expect(names.some((name) => name.startsWith('l1.'))).toBe(true);
    expect(names).toContain('fc.weight');
    expect(names).toContain('guide.texts.weight');
  });

  it('lets calibration teach the blocks before the head only', async () => {
    const names = await reached('calibration');
    expect(names.some((name) => name.startsWith('l1.'))).toBe(true);
    expect(names).toContain('importance.hidden.weight');
    expect(names.filter((name) => /^(l3|fc|guide)\./.test(name))).toEqual([]);
  });

  it('finds out that texts alone can be classified', async () => {
    const open = crossglg(limbs, { texts, localToGlobal: { ...short.localToGlobal, textDropout: 0, weight: 1 } });
    const { trainer } = await train(open, 90);
    const { accuracy, chance, loss } = await open.leak(runtime, await trainer.weights());
    expect(accuracy).toBe(1);
    expect(chance).toBeCloseTo(1 / 3);
    expect(loss).toBeLessThan(Math.log(3));
    await expect(open.leak(runtime, {})).rejects.toThrow('crossglg: leak: expected weights with guide.joints.weight');
    const without = crossglg(limbs, { texts, localToGlobal: false });
    await expect(async () => without.leak(runtime, await trainer.weights())).rejects.toThrow(
      'a task with localToGlobal',
    );
  });
});

describe('what ships', () => {
  const weights = initialWeights({ encoder, task, input, random: createRandom(1) });
  const bytesOf = (chosen: CrossglgTask, given = weights) =>
    buildInference({ encoder, task: chosen, input, weights: given });
  const logitsOf = async (bytes: Uint8Array, fetch = 'logits') => {
    await using session = await runtime.load(bytes);
    const random = createRandom(3);
    const positions: Tensor = {
      dtype: 'float32',
      shape: [2, 1, 3, 8, 5],
      data: Float32Array.from({ length: 240 }, () => random.normal()),
    };
    return session.run({ positions }, { fetch: [fetch] }).then((results) => results[fetch]);
  };

  it('is the encoder itself as long as joints are equally important', async () => {
    const bare = await logitsOf(buildInference({ encoder, task: classification(limbs), input, weights }));
    const ours = numbers(await logitsOf(bytesOf(task)));
    for (const [i, value] of numbers(bare).entries()) expect(ours[i]).toBeCloseTo(value, 5);
    const literal = crossglg(limbs, { texts, globalToLocal: { literal: true } });
    expect(numbers(await logitsOf(bytesOf(literal)))).not.toEqual(ours);
    const score = float32([3, -2, 1, 2, -3, 1, 2, -1], [1, 8]);
    const skewed = { ...weights, 'importance.score.weight': score };
    expect(numbers(await logitsOf(bytesOf(task, skewed)))).not.toEqual(ours);
  });

  it('does not depend on texts and holds none of the text branch', () => {
    const bytes = bytesOf(task);
    expect(bytesOf(crossglg(limbs, { texts: limbTexts(9, 2) }))).toEqual(bytes);
    expect(Buffer.from(bytes).includes('guide.')).toBe(false);
    expect(Buffer.from(bytes).includes('importance.hidden.weight')).toBe(true);
    expect(bytesOf(crossglg(limbs, { texts, localToGlobal: false }))).toEqual(bytes);
  });

  it('opens and classifies, without any text', async () => {
    const trainer = createTrainer({ runtime, encoder, task, input, weights });
    const bytes = await trainer.export();
    expect(Buffer.from(bytes).includes('guide.')).toBe(false);
    await using model = await open(bytes, { runtime });
    expect(model.manifest.outputs).toEqual({ logits: 'logits', embedding: 'embedding' });
    expect(await classify(model, twitches(1)[0]?.clip as never)).toHaveLength(3);
  });

  it('has features by joint if asked, whose mean is the embedding', async () => {
    const bytes = bytesOf(crossglg(limbs, { texts, jointOutput: true }));
    const joints = await logitsOf(bytes, 'joints');
    expect(joints?.shape).toEqual([2, 5, 16]);
    const values = numbers(joints);
    const means = Array.from({ length: 16 }, (_, i) =>
      [0, 1, 2, 3, 4].reduce((sum, v) => sum + (values[v * 16 + i] ?? 0) / 5, 0),
    );
    const embedding = numbers(await logitsOf(bytes, 'embedding'));
    for (const [i, value] of means.entries()) expect(embedding[i]).toBeCloseTo(value, 5);
  });

  it.each([ctrgcn(), stgcnpp(), infogcn(), ctrgcn({ width: 32, stages: [2, 2, 2] })])(
    'adds at most 3 % of parameters to $id',
    (full) => {
      const labels = Array.from({ length: 20 }, (_, i) => `${i}`);
      const given = { importance: filled([20, 25], 1 / 25), joints: filled([20, 25, 8], 1) };
      const network = { encoder: full, input: { layout: ntu25, frames: 16 }, random: createRandom(1) };
      const all = initialWeights({ ...network, task: crossglg(labels, { texts: given, ...short }) });
      const size = (wanted: (name: string) => boolean) =>
        Object.entries(all).reduce((sum, [name, { data }]) => (wanted(name) ? sum + data.length : sum), 0);
      const bare = size((name) => !/^(guide|importance)\.|running_/.test(name));
      expect(size((name) => name.startsWith('importance.')) / bare).toBeLessThan(0.03);
      expect(size((name) => name.startsWith('importance.'))).toBeGreaterThan(0);
    },
  );
});

describe('bad input', () => {
  const uneven = { ...texts, joints: { ...texts.joints, shape: [5, 3, 6] } };
  it.each<[string, Partial<CrossglgOptions> | undefined]>([
    ['crossglg: expected texts, as encodeDescriptions gives them, got none', { texts: undefined as never }],
    ['texts: expected importance [3, V] and joints [3, V, d], got [3, 5] and [5, 3, 6]', { texts: uneven }],
    ['expected texts of "b" at 1, got "x"', { texts: { ...texts, labels: ['a', 'x', 'c'] } }],
    ['expected options among texts,', { text: texts } as never],
    ['after, a whole number of at least 1, got 0', { globalToLocal: { after: 0 } }],
    ['smoothing from 0 to 1, got 1.5', { globalToLocal: { smoothing: 1.5 } }],
    ['distance among sum, mean, kl, got "l1"', { globalToLocal: { distance: 'l1' as never } }],
    ['weight of at least 0, got -1', { localToGlobal: { weight: -1 } }],
    ['textDropout of at least 0 and below 1, got 1', { localToGlobal: { textDropout: 1 } }],
    ['ratio above 0, got 0', { localToGlobal: { ratio: 0 } }],
    ['classifier among linear, mlp, got "deep"', { classifier: 'deep' as never }],
    ['one of bottleneck and classifier mlp, got both', { classifier: 'mlp', bottleneck: {} }],
    ['labelSmoothing of at least 0 and below 1, got 2', { labelSmoothing: 2 }],
  ])('%s', (message, options) => {
    expect(() => crossglg(limbs, { texts, ...options })).toThrow(message);
  });

  it.each<[string, Partial<CrossglgOptions>, ReturnType<typeof ctrgcn>]>([
    ["after, 1 to 1 of the encoder's 2 blocks, got 2", { globalToLocal: { after: 2 } }, encoder],
    ['expected an encoder with two blocks or more', {}, ctrgcn({ width: 8, stages: [1] })],
    ["heads that divide the encoder's width 16, got 5", { localToGlobal: { heads: 5 } }, encoder],
  ])('%s', (message, options, chosen) => {
    const odd = crossglg(limbs, { texts, ...options });
    expect(() => createTrainer({ runtime, encoder: chosen, task: odd, input })).toThrow(message);
  });

  it.each([{ globalToLocal: false }, { localToGlobal: false }])('refuses texts over another layout, %j', (options) => {
    const odd = crossglg(limbs, { texts, ...options });
    expect(() => createTrainer({ runtime, encoder, task: odd, input: { layout: ntu25, frames: 8 } })).toThrow(
      "expected descriptions over the 25 joints of the input's layout, got 5",
    );
  });
});
