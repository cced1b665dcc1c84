import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { gradients } from '../graph/gradients.ts';
import { reduceSum } from '../graph/ops/reduce.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { constant, input, type Value } from '../graph/value.ts';
import { createScope } from '../nn/scope.ts';
import { createRandom } from '../tensor/random.ts';
import { elementCount, float32, int64, type Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/gradient-check.ts';
import { testTask } from '../testing/test-task.ts';
import { type BottleneckOptions, bottleneck, orthogonalRows } from './bottleneck.ts';
import { type ClassificationOptions, classification } from './classification.ts';
import { directions, small, stick, swings } from './fixtures/tiny-training.ts';
import { createTrainer } from './trainer.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const draw = (shape: readonly number[], seed: number, scale = 1) => {
  const random = createRandom(seed);
  return float32(
    Array.from({ length: elementCount(shape) }, () => scale * random.normal()),
    shape,
  );
};

describe('the priors', () => {
  it('are orthogonal, of one length, and decided by their seed', () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 8],
      [64, 64],
    ] as const) {
      const { data, shape } = orthogonalRows(rows, columns, 3, 5);
      expect(shape).toEqual([rows, columns]);
      for (let a = 0; a < rows; a++) {
        for (let b = 0; b < rows; b++) {
          let product = 0;
          for (let i = 0; i < columns; i++)
            product += (data[a * columns + i] as number) * (data[b * columns + i] as number);
          expect(Math.abs(product - (a === b ? 9 : 0))).toBeLessThan(1e-5);
        }
      }
    }
    expect(orthogonalRows(3, 8, 3, 5)).toEqual(orthogonalRows(3, 8, 3, 5));
    expect(orthogonalRows(3, 8, 3, 6)).not.toEqual(orthogonalRows(3, 8, 3, 5));
  });
});

/** The terms by plain loops. */
function reference(latent: Tensor<'float32'>, classes: readonly number[], prior: Tensor<'float32'>) {
  const width = latent.shape[1] as number;
  const row = ({ data }: Tensor<'float32'>, i: number) => Array.from(data.slice(i * width, (i + 1) * width));
  const meanOf = (rows: readonly (readonly number[])[]) =>
    Array.from({ length: width }, (_, i) => rows.reduce((sum, values) => sum + (values[i] as number), 0) / rows.length);
  const present = [...new Set(classes)];
  const distances = present.flatMap((id) => {
    const mean = meanOf(classes.flatMap((other, i) => (other === id ? [row(latent, i)] : [])));
    return row(prior, id).map((x, i) => (x - (mean[i] as number)) ** 2);
  });
  return {
    prior: distances.reduce((sum, x) => sum + x) / distances.length,
    mean: Math.hypot(...meanOf(classes.map((_, i) => row(latent, i)))),
  };
}

describe('the loss terms', () => {
  it.each([
    ['every class', [0, 1, 2, 3, 1, 1]],
    ['classes that are absent from the batch', [3, 1, 1, 3, 3, 3]],
    ['one class only', [2, 2, 2, 2, 2, 2]],
  ])('are right, and their gradients, for %s', async (_, classes) => {
    const latent = draw([6, 5], 1);
    const prior = orthogonalRows(4, 5, 3, 7);
    const expected = reference(latent, classes, prior);
    const ids = constant(int64(classes));
    for (const name of ['prior', 'mean'] as const) {
      const { output } = await checkGradients(
        ({ latent: z }) => bottleneck(4, { seed: 7 }).terms(z, ids)[name] as Value,
        { runtime, at: { latent } },
      );
      expect(output.data[0]).toBeCloseTo(expected[name], 5);
    }
  });

  it('pull each class to its prior and nothing else', async () => {
    const [slope] = await run(
      ({ latent }) => gradients(bottleneck(4, {}).terms(latent, constant(int64([2, 2]))).prior as Value, [latent]),
      { latent: float32(new Float32Array(10), [2, 5]) },
    );
    // d/dz of mean over 5 of (z_mean - p)^2 at 0, two samples: -2 p / 5 / 2.
    const prior = orthogonalRows(4, 5, 3, 0).data.slice(10, 15);
    for (const at of [0, 5]) {
      for (let i = 0; i < 5; i++) expect(slope?.data[at + i]).toBeCloseTo(-(prior[i] as number) / 5, 6);
    }
  });

  it('have a gradient at the origin', async () => {
    const [slope] = await run(
      ({ latent }) => gradients(bottleneck(4, {}).terms(latent, constant(int64([0, 1]))).mean as Value, [latent]),
      { latent: float32(new Float32Array(10), [2, 5]) },
    );
    expect([...(slope?.data ?? [])]).toEqual(new Array(10).fill(0));
  });
});

describe('the latent vector', () => {
  it('is the mean in recognition', async () => {
    const features = draw([3, 6], 1);
    const { outputs, weights } = build(false, {});
    const [latent] = await run(({ x }) => [outputs(x).embedding], { x: features }, weights);
    expect([...(latent?.data ?? [])]).toEqual(closeTo(dense(hiddenOf(features, weights()), weights(), 'fc_mu')));
  });

  it.each([0, 0.5, 1])('has in training noise of deviation exp(%f logvar), at most 100', async (noise) => {
    const features = draw([3, 6], 1, 4);
    const { outputs, weights, noises } = build(true, { noise });
    const random = createRandom(4);
    const uniform = () =>
      float32(
        Array.from({ length: 18 }, () => random.next()),
        [3, 6],
      );
    const [radius, angle] = [uniform(), uniform()];
    const [latent] = await run(({ x }) => [outputs(x).embedding], { x: features }, weights, {
      'fc_logvar.radius': radius,
      'fc_logvar.angle': angle,
    });
    expect(noises()).toEqual(['fc_logvar.radius', 'fc_logvar.angle']);
    const hidden = hiddenOf(features, weights());
    const [mean, variance] = [dense(hidden, weights(), 'fc_mu'), dense(hidden, weights(), 'fc_logvar')];
    const expected = mean.map((mu, i) => {
      const e =
        Math.sqrt(-2 * Math.log(1 - (radius.data[i] as number))) * Math.cos(2 * Math.PI * (angle.data[i] as number));
      return mu + e * Math.min(Math.exp(noise * (variance[i] as number)), 100);
    });
    if (noise === 1) expect(variance.some((x) => Math.exp(x) > 100)).toBe(true);
    expect([...(latent?.data ?? [])]).toEqual(closeTo(expected));
  });

  it('has standard normal noise, and stays finite for a draw that rounds to 1', async () => {
    const { outputs, weights } = build(true, { noise: 0 });
    const random = createRandom(9);
    const count = 4000;
    const shape = [count, 6];
    const uniform = () =>
      float32(
        Array.from({ length: count * 6 }, () => random.next()),
        shape,
      );
    const radius = uniform();
    radius.data[0] = 1;
    const zeros = float32(new Float32Array(count * 6), shape);
    const feeds = { 'fc_logvar.radius': radius, 'fc_logvar.angle': uniform() };
    const [latent] = await run(
      ({ x }) => [outputs(x).embedding],
      { x: zeros },
      () => weights('fc_mu.bias'),
      feeds,
    );
    const values = Array.from((latent as Tensor).data as Float32Array);
    expect(values.every(Number.isFinite)).toBe(true);
    const moment = (k: number) => values.reduce((sum, x) => sum + x ** k, 0) / values.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(moment(4)).toBeGreaterThan(2.7);
    expect(moment(4)).toBeLessThan(3.3);
  });

  it('has finite gradients where the variance overflows', async () => {
    const { outputs, weights } = build(true, { noise: 1 });
    const huge = () => ({ ...weights(), 'fc_logvar.bias': float32(new Array(6).fill(1e4)) });
    const half = float32(new Array(18).fill(0.5), [3, 6]);
    const feeds = { 'fc_logvar.radius': half, 'fc_logvar.angle': half };
    const [latent, slope] = await run(
      ({ x }) => {
        const { embedding } = outputs(x);
        return [embedding, ...gradients(reduceSum(embedding, { keep: false }), [x])];
      },
      { x: draw([3, 6], 1) },
      huge,
      feeds,
    );
    for (const values of [latent, slope]) expect([...(values?.data ?? [Number.NaN])].every(Number.isFinite)).toBe(true);
  });
});

describe('classification with a bottleneck', () => {
  const task = (options: ClassificationOptions = { labelSmoothing: 0.1 }) =>
    classification(directions, { ...options, bottleneck: {} });
  const network = { runtime, encoder: small(), input: { layout: stick, frames: 8 } };
  const options = { epochs: 4, batch: 4, rate: 0.05 };
  const samples = swings(24);

  it('keeps the task contract', async () => {
    await testTask(task(), { runtime, samples });
  });

  it('reports its terms, of which the weighted sum is minimized', async () => {
    const weighted = classification(directions, { bottleneck: { priorWeight: 0.5, meanWeight: 0.25 } });
    const trainer = createTrainer({ ...network, task: weighted });
    for await (const { loss, losses } of trainer.fit(samples, options)) {
      expect(Object.keys(losses)).toEqual(['crossEntropy', 'prior', 'mean']);
      const { crossEntropy = 0, prior = 0, mean = 0 } = losses;
      expect(loss).toBeCloseTo(crossEntropy + 0.5 * prior + 0.25 * mean, 4);
    }
  });

  it('draws the classes to their priors', async () => {
    const far = { priorWeight: 1, noise: 0.5 };
    const trainer = createTrainer({ ...network, task: classification(directions, { bottleneck: far }), seed: 2 });
    const priors: number[] = [];
    for await (const { kind, losses } of trainer.fit(samples, { ...options, epochs: 12 })) {
      if (kind === 'epoch') priors.push(losses.prior as number);
    }
    expect(priors.at(-1)).toBeLessThan(0.5 * (priors[0] as number));
    expect((await trainer.evaluate(samples)).top1).toBeGreaterThan(0.9);
  });

  it('goes on after a checkpoint bit for bit', async () => {
    const whole: number[] = [];
    for await (const { loss } of createTrainer({ ...network, task: task() }).fit(samples, options)) whole.push(loss);
    const first = createTrainer({ ...network, task: task() });
    const losses: number[] = [];
    for await (const { loss, kind } of first.fit(samples, options)) {
      losses.push(loss);
      if (kind === 'epoch' && losses.length > whole.length / 2) break;
    }
    const second = createTrainer({ ...network, task: task() });
    await second.resume(await first.checkpoint());
    for await (const { loss } of second.fit(samples, options)) losses.push(loss);
    expect(losses).toEqual(whole);
  });

  it('exports neither the priors nor what only the noise needs', async () => {
    const trainer = createTrainer({ ...network, task: task() });
    for await (const _ of trainer.fit(samples, { ...options, epochs: 1 }));
    const weights = await trainer.weights();
    expect(Object.keys(weights)).toEqual(expect.arrayContaining(['fc.weight', 'fc_logvar.weight', 'decoder.bias']));
    expect(Object.keys(weights).filter((name) => name.includes('prior'))).toEqual([]);
    const bytes = await trainer.export();
    const holds = ({ data }: Tensor) => {
      const wanted = new Uint8Array((data as Float32Array).slice(0, 4).buffer);
      return bytes.some((_, at) => wanted.every((byte, i) => bytes[at + i] === byte));
    };
    expect(holds(weights['fc_mu.weight'] as Tensor)).toBe(true);
    expect(holds(weights['fc_logvar.weight'] as Tensor)).toBe(false);
    expect(holds(orthogonalRows(3, 8, 3, 0))).toBe(false);
  });

  it('refuses more classes than the features have directions', () => {
    const nine = classification(
      Array.from({ length: 9 }, (_, i) => `${i}`),
      { bottleneck: {} },
    );
    expect(() => createTrainer({ ...network, task: nine })).toThrow(
      'classification: bottleneck: expected at most 8 classes for features of width 8, so that their priors can be orthogonal, got 9. ' +
        'Make the encoder wider, or leave the bottleneck out.',
    );
  });

  it.each([
    [{ noise: -1 }, 'noise of at least 0, got -1'],
    [{ gain: Number.NaN }, 'gain of at least 0, got NaN'],
    [{ seed: 0.5 }, 'a seed that is a whole number, got 0.5'],
    [{ rho: 1 }, 'options among noise, priorWeight, meanWeight, gain, seed, got "rho"'],
    [true, 'an object with options among noise, priorWeight, meanWeight, gain, seed, got true'],
  ])('refuses %j', (given, message) => {
    const make = () => classification(directions, { bottleneck: given as BottleneckOptions });
    expect(make).toThrow(`classification: bottleneck: expected ${message}`);
  });
});

/** The bottleneck for 4 classes and 6 features, with weights that spread far. */
function build(training: boolean, options: BottleneckOptions) {
  const record = createScope({ training, random: createRandom(2) });
  return {
    outputs: (x: Value) => bottleneck(4, options).outputs(record.scope, x),
    noises: () => record.noises.map(({ path }) => path),
    weights: (zeroed = '') =>
      Object.fromEntries(
        record.parameters.map(({ name, initial }) => [
          name,
          name === zeroed ? float32(new Float32Array(initial.data.length), initial.shape) : initial,
        ]),
      ),
  };
}

async function run<Name extends string>(
  make: (inputs: Record<Name, Value>) => readonly Value[],
  at: Record<Name, Tensor>,
  weights: () => Record<string, Tensor> = () => ({}),
  others: Record<string, Tensor> = {},
): Promise<Tensor[]> {
  const inputs = Object.fromEntries(Object.entries<Tensor>(at).map(([name, { shape }]) => [name, input(name, shape)]));
  const outputs = make(inputs as Record<Name, Value>);
  const named = Object.fromEntries(outputs.map((value, i) => [`y${i}`, value]));
  await using session = await runtime.load(toOnnx({ outputs: named, weights: weights() }));
  const feeds: Record<string, Tensor> = { ...at, ...others };
  const results = await session.run(
    Object.fromEntries(session.inputs.map(({ name }) => [name, feeds[name] as Tensor])),
  );
  return outputs.map((_, i) => results[`y${i}`] as Tensor);
}

type Weights = Readonly<Record<string, Tensor>>;

function dense(x: readonly number[], weights: Weights, name: string): number[] {
  const [weight, bias] = [weights[`${name}.weight`], weights[`${name}.bias`]] as [Tensor, Tensor];
  const [rows, columns] = weight.shape as [number, number];
  const [w, b] = [weight.data, bias.data];
  return Array.from({ length: (x.length / columns) * rows }, (_, at) => {
    const [sample, row] = [Math.floor(at / rows), at % rows];
    let sum = b[row] as number;
    for (let i = 0; i < columns; i++) sum += (w[row * columns + i] as number) * (x[sample * columns + i] as number);
    return sum;
  });
}

const hiddenOf = ({ data }: Tensor<'float32'>, weights: Weights) =>
  dense([...data], weights, 'fc').map((x) => Math.max(x, 0));

const closeTo = (values: readonly number[]) => values.map((x) => expect.closeTo(x, 3));
