import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { gradients } from '../graph/gradients.ts';
import { add, multiply } from '../graph/ops/elementwise.ts';
import { reduceMean } from '../graph/ops/reduce.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { constant, input } from '../graph/value.ts';
import { one, zero } from '../nn/initializers.ts';
import { createRandom } from '../tensor/random.ts';
import { float32 } from '../tensor/tensor.ts';
import { classification, poolFeatures } from './classification.ts';
import { directions, passthrough, small, stick, swings } from './fixtures/tiny-training.ts';
import { buildNetwork, buildObjective } from './network.ts';
import { type Task, weightedSum } from './task.ts';
import { createTrainer } from './trainer.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());

const plain = classification(directions);
const network = {
  encoder: small(),
  input: { layout: stick, frames: 8 },
  batch: 4,
  random: createRandom(1),
  training: true,
};

describe('taps', () => {
  it('can be read in outputs and loss', () => {
    const task: typeof plain = {
      ...plain,
      loss: (scope, features, outputs, targets) => ({
        ...plain.loss(scope, features, outputs, targets),
        calm: reduceMean(multiply(features.tap('block.0'), features.tap('block.0')), { keep: false }),
      }),
    };
    const { terms, features } = buildObjective({ ...network, task });
    expect(features.taps).toEqual(['block.0', 'block.1']);
    expect(Object.keys(terms)).toEqual(['crossEntropy', 'calm']);
  });

  it('that do not exist are an error which lists those that do', () => {
    const reads: typeof plain = { ...plain, outputs: (_, features) => ({ logits: features.tap('block.9') }) };
    const message = 'task classification on encoder test/small: expected a tap among block.0, block.1, got "block.9".';
    expect(() => buildNetwork({ ...network, task: reads })).toThrow(message);
    const rewrites: typeof plain = { ...plain, rewrites: { 'block.9': (_, value) => value } };
    expect(() => buildNetwork({ ...network, task: rewrites })).toThrow(message);
    expect(() => buildNetwork({ ...network, encoder: passthrough(), task: reads })).toThrow(
      'expected an encoder with taps',
    );
  });

  it('can be rewritten from earlier taps, with parameters of the task that train and ship', async () => {
    const task: typeof plain = {
      ...plain,
      rewrites: {
        'block.1': (scope, value, tap) =>
          multiply(value, add(multiply(reduceMean(tap('block.0')), scope.child('gate').param('slope', [1], zero)), 1)),
      },
    };
    const trainer = createTrainer({ runtime, encoder: small(), task, input: network.input });
    for await (const _ of trainer.fit(swings(12), { epochs: 2, batch: 4, rate: 0.1 }));
    const weights = await trainer.weights();
    expect(weights['gate.slope']?.data[0]).not.toBe(0);
    const without = { ...weights, 'gate.slope': float32([0]) };
    const [own, other] = await Promise.all(
      [weights, without].map((given) =>
        createTrainer({ runtime, encoder: small(), task, input: network.input, weights: given }).evaluate(swings(12)),
      ),
    );
    expect(own?.loss).not.toBe(other?.loss);
  });
});

describe('combination of loss terms', () => {
  const w = input('w', [2]);
  const terms = {
    a: reduceMean(multiply(w, w), { keep: false }),
    b: reduceMean(multiply(w, constant(float32([3, 5]))), { keep: false }),
  };
  const at = { w: float32([1, -2]) };

  it('is their weighted sum, with weight 1 where none is given', async () => {
    const { loss, gradients: slopes } = weightedSum({ b: 0.5 })(terms, [w]);
    await using session = await runtime.load(toOnnx({ outputs: { loss, slope: slopes[0] as typeof loss } }));
    const results = await session.run(at);
    expect(results.loss?.data[0]).toBeCloseTo((1 + 4) / 2 + (0.5 * (3 - 10)) / 2, 5);
    expect(Array.from(results.slope?.data ?? [], Number)).toEqual([1 + 0.75, -2 + 1.25]);
  });

  it('may treat the gradients of each term apart, and is what the trainer applies', async () => {
    const task: Task<(typeof samples)[number], unknown> = {
      ...plain,
      loss: (scope, features, outputs, targets) => {
        const extra = scope.child('side').param('extra', [1], one);
        return {
          ...plain.loss(scope, features, outputs, targets),
          extra: reduceMean(multiply(extra, extra), { keep: false }),
        };
      },
      // Only the second term's gradients, tenfold.
      combine: ({ crossEntropy, extra }, parameters) => ({
        loss: crossEntropy as NonNullable<typeof crossEntropy>,
        gradients: gradients(extra as NonNullable<typeof extra>, parameters).map((slope) => multiply(slope, 10)),
      }),
    };
    const samples = swings(8);
    const trainer = createTrainer({ runtime, encoder: passthrough(), task, input: network.input });
    const before = await trainer.weights();
    for await (const _ of trainer.fit(samples, { epochs: 1, batch: 8, rate: 0.01 }));
    const after = await trainer.weights();
    expect(after['fc.weight']).toEqual(before['fc.weight']);
    // Nesterov's first step moves by rate * (1 + momentum) * gradient = 0.01 * 1.9 * 20.
    expect(after['side.extra']?.data[0]).toBeCloseTo(1 - 0.38, 5);
  });
});

describe('segments', () => {
  const encoded = input('encoded', [1, 1, 2, 4, 1]);
  const features = { positions: encoded, encoded, taps: [], tap: () => encoded };

  it('gives each part of the clip a mean of its own', async () => {
    await using session = await runtime.load(toOnnx({ outputs: { pooled: poolFeatures(features, { segments: 2 }) } }));
    const { pooled } = await session.run({ encoded: float32([1, 3, 5, 7, 10, 30, 50, 70], [1, 1, 2, 4, 1]) });
    expect(pooled?.shape).toEqual([1, 4]);
    expect(Array.from(pooled?.data ?? [], Number)).toEqual([2, 20, 6, 60]);
  });

  it.each([3, 0, 1.5])('refuses %j of 4 frames', (segments) => {
    expect(() => poolFeatures(features, { segments })).toThrow(
      `classification: expected segments that divide the encoder's 4 frames, got ${segments}`,
    );
  });
});

describe('personPooling', () => {
  it('leaves absent persons out when masked', async () => {
    const positions = input('positions', [2, 2, 1, 1, 2]);
    const features = { positions, encoded: positions, taps: [], tap: () => positions };
    const outputs = { mean: poolFeatures(features), masked: poolFeatures(features, { personPooling: 'masked-mean' }) };
    await using session = await runtime.load(toOnnx({ outputs }));
    const { mean, masked } = await session.run({ positions: float32([2, 4, 0, 0, 1, 1, 5, 5], [2, 2, 1, 1, 2]) });
    expect(Array.from(mean?.data ?? [], Number)).toEqual([1.5, 3]);
    expect(Array.from(masked?.data ?? [], Number)).toEqual([3, 3]);
  });
});

describe('classification', () => {
  it.each([
    [{ labelSmoothing: 1 }, 'labelSmoothing of at least 0 and below 1, got 1'],
    [{ dropout: -0.1 }, 'dropout of at least 0 and below 1, got -0.1'],
    [{ personPooling: 'max' as 'mean' }, "personPooling 'mean' or 'masked-mean', got \"max\""],
    [
      { smoothing: 0.1 } as object,
      'options among labelSmoothing, dropout, personPooling, segments, headDeviation, bottleneck, got "smoothing"',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => classification(directions, options)).toThrow(`classification: expected ${message}`);
  });

  it.each([[['a', '']], [['a', 'b'.repeat(201)]], [[1, 2]], ['wave'], [undefined]])(
    'refuses the labels %j, which a bundle could not store',
    (labels) => {
      expect(() => classification(labels as string[])).toThrow('labels as a list of texts of 1 to 200 characters');
    },
  );

  it.each([[['a']], [['a', 'b', 'a']], [[]]])('refuses the labels %j', (labels) => {
    expect(() => classification(labels)).toThrow('classification: expected two or more labels, each once');
  });
});
