import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { multiply, subtract } from '../graph/ops/elementwise.ts';
import type { Clip } from '../skeleton/clip.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { quick, samples, train, trainerMaker } from './fixtures/tiny-trainer.ts';
import { passthrough } from './fixtures/tiny-training.ts';
import { adamw, type Optimizer, sgd } from './optimizers.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());
const create = trainerMaker(runtime);

describe('repeat', () => {
  it('shows each sample as often as asked, in one epoch, and never the held ones', async () => {
    const seen = new Map<unknown, number>();
    const augment = [
      (one: Clip) => {
        seen.set(one, (seen.get(one) ?? 0) + 1);
        return one;
      },
    ];
    const progress = await train(create(), {
      ...quick,
      epochs: 1,
      batch: 5,
      repeat: 3,
      validation: { subjects: [4] },
      augment,
    });
    const kept = samples.filter(({ subject }) => subject !== 4);
    expect(progress.at(-1)).toMatchObject({ steps: Math.ceil((3 * kept.length) / 5), samples: 3 * kept.length });
    expect(progress.at(-1)?.validation?.count).toBe(samples.length - kept.length);
    expect(seen.size).toBe(kept.length);
    expect(Math.min(...seen.values())).toBe(3);
  });
});

describe('weight decay', () => {
  it('decays parameters by name where that is asked for', async () => {
    const rate = 0.1;
    const still = { epochs: 1, batch: 30, rate };
    const plain = create({ encoder: passthrough(), optimizer: sgd({ momentum: 0, weightDecay: 0.5 }) });
    const special = create({
      encoder: passthrough(),
      optimizer: sgd({ momentum: 0, weightDecay: 0.5, decays: { bias: 0, 'fc.w': 0.25 } }),
    });
    const before = await plain.weights();
    await train(plain, still);
    await train(special, still);
    const [a, b] = [await plain.weights(), await special.weights()];
    before['fc.weight']?.data.forEach((w, i) => {
      const difference = (b['fc.weight']?.data[i] as number) - (a['fc.weight']?.data[i] as number);
      expect(difference).toBeCloseTo(rate * 0.25 * w, 6);
    });
    expect(() => sgd({ decays: { bias: -1 } })).toThrow('sgd: expected a weightDecay of at least 0, got -1.');
  });
});

describe('freeze', () => {
  const isOut = (name: string) => name.startsWith('out.');
  const freeze = { parameters: isOut, epochs: 2 };
  const settings = { optimizer: sgd({ weightDecay: 0.1 }) };

  it('leaves parameters alone for the first epochs, and trains them afterwards as if they had just begun', async () => {
    const trainer = create(settings);
    const before = await trainer.weights();
    const history: Record<string, Tensor<'float32'>>[] = [];
    await train(trainer, { ...quick, epochs: 3, freeze }, async ({ kind }) => {
      if (kind === 'epoch') history.push(await trainer.weights());
    });
    for (const name of Object.keys(before).filter(isOut)) {
      expect(history[1]?.[name], name).toEqual(before[name]);
      expect(history[2]?.[name], name).not.toEqual(before[name]);
    }
    expect(history[0]?.['in.weight']).not.toEqual(before['in.weight']);
  });

  it.each([
    ['momentum and an average', {}, {}],
    ['a clipped norm and several runs an update', { clipNorm: 0.1, optimizer: adamw() }, { accumulate: 2 }],
  ])('resumes bit for bit, with %s', async (_, more, options) => {
    const own = { ...settings, ema: 0.9, ...more };
    const plan = { ...quick, ...options, epochs: 3, freeze };
    const trainer = create(own);
    let saved: Uint8Array = new Uint8Array();
    const whole = await train(trainer, plan, async (__, index) => {
      if (index === 6) saved = await trainer.checkpoint();
    });
    const resumed = create(own);
    await resumed.resume(saved);
    expect(await resumed.weights('last')).toHaveProperty(['out.weight']);
    await expect(train(resumed, { ...plan, freeze: { ...freeze, epochs: 1 } })).rejects.toThrow(
      'fit: expected freeze as in the checkpoint, {"epochs":2',
    );
    expect(await train(resumed, plan)).toEqual(whole.slice(7));
    expect(await resumed.weights('last')).toEqual(await trainer.weights('last'));
    // A second run may freeze others, or none.
    await train(resumed, quick);
    await train(resumed, { ...quick, freeze: { parameters: (name) => name.startsWith('in.'), epochs: 9 } });
  });

  it('counts frozen gradients neither in the norm nor in the moments', async () => {
    const own = { encoder: passthrough(), clipNorm: 1e-3, optimizer: sgd({ momentum: 0 }) };
    const trainer = create(own);
    const before = await trainer.weights();
    await train(trainer, {
      epochs: 1,
      batch: 30,
      rate: 1,
      freeze: { parameters: (name) => name === 'fc.weight', epochs: 1 },
    });
    const after = await trainer.weights();
    expect(after['fc.weight']).toEqual(before['fc.weight']);
    const moved = before['fc.bias']?.data.map((x, i) => x - (after['fc.bias']?.data[i] as number)) ?? [];
    expect(Math.hypot(...moved)).toBeCloseTo(1e-3, 6);
  });

  it('works for optimizers that want each parameter in its own shape', async () => {
    const plain: Optimizer = {
      id: 'plain',
      options: {},
      begin:
        (_, rate) =>
        (__, { value }, slope) =>
          subtract(value, multiply(slope, rate)),
    };
    const trainer = create({ optimizer: plain });
    const before = await trainer.weights();
    await train(trainer, { ...quick, freeze });
    expect((await trainer.weights())['out.weight']).toEqual(before['out.weight']);
    expect((await trainer.weights())['in.weight']).not.toEqual(before['in.weight']);
  });
});
