import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { add, divide, multiply, sqrt, subtract } from '../graph/ops/elementwise.ts';
import { reduceSumSquare } from '../graph/ops/reduce.ts';
import { classify } from '../model/classify.ts';
import { openModel } from '../model/model.ts';
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import { clip } from '../skeleton/clip.ts';
import { batch, prepare } from '../skeleton/input.ts';
import { KinegraphError } from '../tensor/error.ts';
import { float32, type Tensor } from '../tensor/tensor.ts';
import type { FitOptions } from './fit.ts';
import { input, quick, samples, train, trainerMaker } from './fixtures/tiny-trainer.ts';
import { directions, passthrough, small, stick, swings } from './fixtures/tiny-training.ts';
import { type ClassificationReport, classificationReport } from './metrics.ts';
import { adamw, type Optimizer } from './optimizers.ts';
import { cosine } from './schedules.ts';
import type { Sample } from './task.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());
const create = trainerMaker(runtime);

describe('fit', () => {
  it('learns, and the exported bundle says the same as the trainer', async () => {
    const trainer = create({ optimizer: adamw() });
    const test = swings(30, 2);
    const before = await trainer.evaluate(test);
    const progress = await train(trainer, { epochs: 12, batch: 8, rate: cosine(0.05, { warmup: 1 }) });
    const losses = progress.filter(({ kind }) => kind === 'epoch').map(({ loss }) => loss);
    expect(losses).toHaveLength(12);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
    const report = await trainer.evaluate(test);
    expect(report.top1).toBeGreaterThan(0.9);
    expect(report.loss).toBeLessThan(before.loss);

    for (const [precision, tolerance] of [
      ['float32', 1e-6],
      ['float16', 1e-2],
    ] as const) {
      const bundle = await trainer.export({ precision, license: 'MIT', metrics: { top1: report.top1 } });
      await using model = await openModel(bundle, { runtime });
      expect(model.manifest).toMatchObject({ license: 'MIT', labels: directions, encoder: { id: 'test/small' } });
      const positions = batch(test.map((sample) => prepare(sample.clip, model.manifest.input)));
      const { logits } = await model.session.run({ positions });
      const truth = test.map(({ label }) => directions.indexOf(label as (typeof directions)[number]));
      const again = classificationReport(logits as Tensor<'float32'>, truth);
      expect(Math.abs(again.loss - report.loss)).toBeLessThan(tolerance);
      if (precision === 'float32') expect(again.confusion).toEqual(report.confusion);
      const [best] = await classify(model, (test[0] as Sample).clip, { top: 1 });
      expect(best?.label).toBe(test[0]?.label);
    }
  });

  it('tells of every step and epoch', async () => {
    const progress = await train(create(), quick);
    expect(progress.map(({ kind, epoch, step }) => `${kind} ${epoch} ${step}`)).toEqual([
      ...['step 0 1', 'step 0 2', 'step 0 3', 'step 0 4', 'epoch 0 4'],
      ...['step 1 1', 'step 1 2', 'step 1 3', 'step 1 4', 'epoch 1 4'],
    ]);
    expect(progress[3]).toMatchObject({ steps: 4, rate: 0.05, samples: 30 });
    const mean = progress.slice(0, 4).reduce((sum, { loss }) => sum + loss, 0) / 4;
    expect(progress[4]?.loss).toBeCloseTo(mean, 9);
    expect(progress[4]?.losses).toEqual({ crossEntropy: progress[4]?.loss });
  });

  it('repeats itself for a seed, and only for that seed', async () => {
    const losses = async (seed: number) => (await train(create({ seed }), quick)).map(({ loss }) => loss);
    const first = await losses(1);
    expect(await losses(1)).toEqual(first);
    expect(await losses(2)).not.toEqual(first);
  });

  it('accumulates gradients as if the batch were larger', async () => {
    const options = { encoder: passthrough(), optimizer: adamw() };
    const [whole, parts] = [create(options), create(options)];
    await train(whole, { epochs: 3, batch: 8, rate: 0.05 });
    await train(parts, { epochs: 3, batch: 4, rate: 0.05, accumulate: 2 });
    const [a, b] = [await whole.weights(), await parts.weights()];
    for (const [name, { data }] of Object.entries(a)) {
      data.forEach((value, i) => {
        expect(b[name]?.data[i]).toBeCloseTo(value, 5);
      });
    }
  });

  it('starts a second time from where the first ended', async () => {
    const trainer = create();
    const [first] = await train(trainer, { ...quick, rate: 0 });
    expect(await trainer.weights()).toEqual(await trainer.weights('last'));
    const before = (await trainer.weights())['fc.weight'];
    const [second] = await train(trainer, { ...quick, rate: 0 });
    expect((await trainer.weights())['fc.weight']).toEqual(before);
    expect(second?.loss).not.toBe(first?.loss);
  });

  it('gives an optimizer that is not elementwise each parameter in its own shape', async () => {
    const seen: string[] = [];
    const normalized: Optimizer = {
      id: 'normalized',
      options: {},
      begin:
        (_, rate) =>
        (_scope, { name, value }, gradient) => {
          seen.push(`${name} [${value.shape}]`);
          const norm = sqrt(add(reduceSumSquare(gradient, { keep: false }), 1e-12));
          return subtract(value, multiply(divide(gradient, norm), rate));
        },
    };
    const trainer = create({ encoder: passthrough(), optimizer: normalized });
    const before = await trainer.weights();
    await train(trainer, { epochs: 1, batch: 30, rate: 0.1 });
    expect(seen).toEqual(['fc.weight [3,6]', 'fc.bias [3]']);
    const after = await trainer.weights();
    for (const [name, { data }] of Object.entries(before)) {
      const moved = data.map((value, i) => value - (after[name]?.data[i] as number));
      expect(Math.hypot(...moved)).toBeCloseTo(0.1, 5);
    }
  });

  it('starts from given weights', async () => {
    const first = create({ seed: 1 });
    const second = create({ seed: 2, weights: await first.weights() });
    expect(await second.weights()).toEqual(await first.weights());
    const { tensors } = readSafetensors(writeSafetensors(await first.weights()));
    expect(await create({ seed: 2, weights: tensors }).weights()).toEqual(await first.weights());
  });
});

describe('validation', () => {
  it('keeps the best epoch and stops early', async () => {
    const trainer = create();
    const scores = [0.2, 0.6, 0.6, 0.5, 0.4, 0.9];
    let asked = 0;
    const score = () => scores[asked++] as number;
    const validation = { share: 0.5, by: 'subject' } as const;
    const kept: unknown[] = [];
    const progress = await train(
      trainer,
      { ...quick, epochs: 6, validation, score, earlyStop: { patience: 3 } },
      async ({ best }) => best && kept.push(await trainer.weights('last')),
    );
    const epochs = progress.filter(({ kind }) => kind === 'epoch');
    expect(epochs.map(({ best }) => best)).toEqual([true, true, true, false, false]);
    expect(epochs[0]?.validation?.count).toBeGreaterThan(10);
    expect(await trainer.weights()).toEqual(kept.at(-1));
    expect(await trainer.weights('last')).not.toEqual(kept.at(-1));
  });

  it('measures the running average where there is one', async () => {
    const trainer = create({ ema: 0.9 });
    await train(trainer, { ...quick, validation: { subjects: [4] } });
    expect(await trainer.weights('average')).not.toEqual(await trainer.weights('last'));
  });
});

describe('checkpoint', () => {
  const options: FitOptions<Sample, ClassificationReport> = {
    epochs: 3,
    batch: 4,
    rate: cosine(0.05),
    accumulate: 2,
    augment: [
      (seen, random) =>
        clip(
          stick,
          seen.positions.data.map((value) => value + 0.01 * random.normal()),
        ),
    ],
    validation: { share: 0.3 },
  };
  const settings = { ema: 0.9, clipNorm: 1, optimizer: adamw({ weightDecay: 0.1 }) };

  /** One of its parameters is large enough not to be joined with others. */
  const wide = { ...settings, encoder: small({ width: 256 }) };

  it.each([...[0, 3, 5, 6, 11].map((stop) => ({ stop, settings, width: 8 })), { stop: 3, settings: wide, width: 256 }])(
    'after step or epoch $stop, a resumed run of width $width is bit for bit the uninterrupted one',
    async ({ stop, settings }) => {
      const trainer = create(settings);
      let saved: Uint8Array = new Uint8Array();
      const whole = await train(trainer, options, async (_, index) => {
        if (index === stop) saved = await trainer.checkpoint();
      });
      const resumed = create(settings);
      await resumed.resume(saved);
      expect(await train(resumed, options)).toEqual(whole.slice(stop + 1));
      expect(await resumed.weights('last')).toEqual(await trainer.weights('last'));
      expect(await resumed.weights('best')).toEqual(await trainer.weights('best'));
    },
  );

  it.each([
    ['within an epoch', 4],
    ['between epochs', 6],
  ])('survives an abort %s', async (_, stop) => {
    const [whole, resumed] = [create(settings), create(settings)];
    const expected = await train(whole, options);
    const aborted = create(settings);
    const controller = new AbortController();
    const run = train(
      aborted,
      { ...options, signal: controller.signal },
      (__, index) => index === stop && controller.abort(),
    );
    await expect(run).rejects.toSatisfy((error) => KinegraphError.is(error, 'aborted'));
    await resumed.resume(await aborted.checkpoint());
    expect(await train(resumed, options)).toEqual(expected.slice(stop + 1));
  });

  it('survives an abort before the first step', async () => {
    const expected = await train(create(settings), options);
    const [aborted, resumed] = [create(settings), create(settings)];
    const run = train(aborted, { ...options, signal: AbortSignal.abort() });
    await expect(run).rejects.toSatisfy((error) => KinegraphError.is(error, 'aborted'));
    await resumed.resume(await aborted.checkpoint());
    expect(await train(resumed, options)).toEqual(expected);
    expect(await train(aborted, options)).toEqual(expected);
  });

  it('is refused by another network, by other options and by other samples', async () => {
    const trainer = create();
    await train(trainer, quick);
    const saved = await trainer.checkpoint();
    await expect(create({ encoder: small({ width: 9 }) }).resume(saved)).rejects.toThrow(
      'resume: expected a checkpoint of',
    );
    const other = create();
    await other.resume(saved);
    await expect(train(other, { ...quick, batch: 4 })).rejects.toThrow(
      'fit: expected batch as in the checkpoint, 8, got 4.',
    );
    await expect(train(other, { ...quick, rate: 1 })).rejects.toThrow('expected rates as in the checkpoint');
  });

  it('is refused when damaged or foreign', async () => {
    const trainer = create();
    const saved = await trainer.checkpoint();
    await expect(trainer.resume(saved.subarray(0, saved.length - 5))).rejects.toSatisfy((error) =>
      KinegraphError.is(error),
    );
    const flipped = saved.slice();
    flipped[saved.length - 5] = (flipped[saved.length - 5] as number) ^ 1;
    await expect(trainer.resume(flipped)).rejects.toThrow(
      'checkpoint: expected the numbers that were saved, got others.',
    );
    await expect(trainer.resume(await trainer.export())).rejects.toSatisfy((error) => KinegraphError.is(error));
    await trainer.resume(saved);
  });
});

describe('bad input', () => {
  const fails = (list: readonly Sample[], options: Partial<FitOptions<Sample, ClassificationReport>> = {}) =>
    create()
      .fit(list, { ...quick, ...options })
      .next();

  it.each([
    [{ epochs: 0 }, 'fit: expected epochs as a whole number of at least 1, got 0.'],
    [{ batch: 1.5 }, 'fit: expected batch as a whole number of at least 1, got 1.5.'],
    [{ rate: Number.NaN }, 'expected a rate of at least 0, got NaN.'],
    [{ rate: () => -1 }, 'fit: expected rates of at least 0, got -1.'],
    [{ earlyStop: { patience: 2 } }, 'fit: expected validation for earlyStop, got none.'],
    [{ validation: { samples: [] } }, 'fit: expected validation samples, got none.'],
    [{ epoch: 3 } as object, 'fit: expected options among'],
    [{ repeat: 0 }, 'fit: expected repeat as a whole number of at least 1, got 0.'],
    [
      { freeze: { parameters: (name: string) => name === 'PA', epochs: 1 } },
      'fit: expected freeze.parameters to name some of in.weight, ',
    ],
    [{ freeze: { parameters: () => true, epochs: 0 } }, 'expected freeze.epochs as a whole number'],
    [
      { freeze: { parameters: 'PA' as never, epochs: 1 } },
      'expected freeze.parameters as a function of a name, got string',
    ],
    [{ rate: cosine(0.1, { warmup: 3 }) }, 'cosine: expected a warmup of at most the 2 epochs of the training, got 3.'],
    [{ epochs: 1e9 }, 'fit: expected epochs up to 1000000, got 1000000000.'],
    [{ rate: '0.1' as never }, 'fit: expected rate as a number or a schedule, got 0.1.'],
    [{ augment: ['rotate' as never] }, 'fit: expected augment as functions such as rotate, got "rotate".'],
  ])('refuses %o', async (options, message) => {
    await expect(fails(samples, options)).rejects.toThrow(message);
  });

  it('refuses no samples', async () => {
    await expect(fails([])).rejects.toThrow('fit: expected samples to train on, got none.');
    await expect(create().evaluate([])).rejects.toThrow('evaluate: expected samples, got none.');
    await expect(fails(null as never)).rejects.toThrow('fit: expected a list of samples, got null.');
  });

  it('refuses choices that there are not', async () => {
    const trainer = create();
    await expect(trainer.evaluate(samples, { batch: 0 })).rejects.toThrow('evaluate: expected a batch of at least 1');
    await expect(trainer.evaluate(samples, { weights: 'first' as never })).rejects.toThrow(
      'weights: expected a choice among best, average, last, got "first".',
    );
    await expect(trainer.export({ precision: 'int8' as never })).rejects.toThrow(
      "export: expected precision 'float32' or 'float16', got \"int8\".",
    );
  });

  it('names a sample with a label outside the set, before the first step', async () => {
    const [first] = samples as [Sample];
    const bad = [...samples, { ...first, id: 'odd one', label: 'down' }];
    await expect(fails(bad)).rejects.toThrow(
      'classification: sample odd one: expected a label among left, right, up, got "down".',
    );
    await expect(fails([{ ...first, label: 3 }])).rejects.toThrow('or a number below 3, got 3.');
  });

  it('names a clip that cannot be used', async () => {
    const lost = clip(stick, new Float32Array(12), { missing: 'zero' });
    await expect(fails([{ clip: lost, label: 0, id: 'lost' }])).rejects.toThrow(
      'prepare: sample lost: expected at least one joint in one frame',
    );
  });

  it('stops when the loss is no longer finite', async () => {
    const run = train(create(), { ...quick, rate: 1e30 });
    await expect(run).rejects.toThrow(
      /fit: step \d of epoch 0: expected a finite loss, got .*Lower the rate \(it is 1e\+30\)/,
    );
  });

  it('refuses two fits at once', async () => {
    const trainer = create();
    const first = trainer.fit(samples, quick);
    await first.next();
    await expect(trainer.fit(samples, quick).next()).rejects.toThrow('fit: expected one fit at a time, got a second.');
    await first.return();
    await train(trainer, quick);
  });

  it.each([
    [{ ema: 1 }, 'ema between 0 and 1'],
    [{ clipNorm: 0 }, 'a clipNorm above 0'],
    [{ seed: 0.5 }, 'a seed that is a whole number'],
    [{ weights: { nose: float32([1]) } }, 'weights: expected names such as'],
    [{ input: { ...input, frames: 0 } }, 'frames of at least 1'],
    [{ encoder: small as never }, 'an encoder, such as ctrgcn(), got a function that makes one'],
    [{ task: undefined as never }, 'a task, such as classification(labels), got undefined'],
    [{ runtime: undefined as never }, 'a runtime, as createRuntime gives it, got undefined'],
    [{ emma: 0.9 } as object, 'createTrainer: expected options among'],
  ])('refuses to be created with %o', (options, message) => {
    expect(() => create(options)).toThrow(message);
  });
});
