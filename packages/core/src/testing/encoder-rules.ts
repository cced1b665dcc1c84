/** The rules of the encoder contract. */
import { gradients } from '../graph/gradients.ts';
import { add, multiply } from '../graph/ops/elementwise.ts';
import { reduceSum } from '../graph/ops/reduce.ts';
import { describeShape, input, symbolicBatch, type Value } from '../graph/value.ts';
import { createRandom } from '../tensor/random.ts';
import { elementCount, float32, int64, type Tensor, tensor } from '../tensor/tensor.ts';
import { classification } from '../train/classification.ts';
import { adamw } from '../train/optimizers.ts';
import { buildStep } from '../train/step.ts';
import { type Built, build, noise, run, type Subject, uniform, weightsOf } from './encoder-subject.ts';
import { reachable } from './reachable.ts';
import { expectFinite, expectShape, expectThat, type Rule } from './rules.ts';

/** One by one, in the order in which an author meets them. */
export const encoderRules: readonly Rule<Subject>[] = [
  {
    name: 'it has a name, and options that survive JSON',
    check({ encoder: { id, options } }) {
      expectThat(/^[\w.@/-]+$/.test(id), 'id', 'letters, digits and . @ / - _', `"${id}"`);
      const copy = JSON.stringify(JSON.parse(JSON.stringify(options)));
      const sameKeys = Object.keys(options).every(
        (key) => options[key] === undefined || JSON.parse(copy)[key] !== undefined,
      );
      expectThat(sameKeys && copy === JSON.stringify(options), 'options', 'plain JSON', copy);
    },
  },
  {
    name: 'it gives features [B, M, width, T, V] for any layout, number of persons and of channels',
    check(subject) {
      for (const layout of subject.layouts) {
        for (const [persons, channels] of [
          [1, 3],
          [2, 3],
          [1, 2],
          [2, 9],
        ] as const) {
          const [trained, recognized] = [true, false].map((training) =>
            build(subject, { layout, persons, channels, training }),
          );
          for (const { y } of [trained, recognized] as Built[]) {
            const where = `layout ${layout.id}, x ${describeShape([2, persons, channels, subject.frames, layout.joints.length])}`;
            const fits =
              y.shape.length === 5 && y.shape[0] === 2 && y.shape[1] === persons && elementCount(y.shape) > 0;
            expectThat(fits, where, `[2, ${persons}, width, T, V]`, describeShape(y.shape));
            expectThat(y.dtype === 'float32', where, 'float32', y.dtype);
          }
          expectShape('in recognition, as in training', recognized?.y.shape ?? [], trained?.y.shape ?? []);
        }
      }
    },
  },
  {
    name: 'it has the same parameters in training and recognition, and for any batch',
    check(subject) {
      const first = weightsOf(build(subject, { training: true }));
      expectThat(first.length > 0, 'parameters', 'at least one', 'none');
      for (const other of [
        { training: false },
        { training: true, batch: 3 },
        { training: false, batch: symbolicBatch },
      ]) {
        const names = weightsOf(build(subject, other));
        const odd = names.find((name) => !first.includes(name)) ?? first.find((name) => !names.includes(name));
        expectThat(odd === undefined, 'parameters', first.join(', '), `a difference in ${odd}`);
      }
    },
  },
  {
    name: 'its taps are named in order, and what is put in their place is used',
    check(subject) {
      const names = [...build(subject).record.taps.keys()];
      const replaced = new Map<string, Value>();
      const rewrite = Object.fromEntries(
        names.map((name) => [
          name,
          (value: Value) => {
            replaced.set(name, add(value, 1));
            return replaced.get(name) as Value;
          },
        ]),
      );
      const used = reachable(build(subject, { rewrite }).y);
      for (const name of names) {
        const words = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name);
        expectThat(words, 'tap', 'lowercase words joined by dots, as "block.0.spatial"', `"${name}"`);
        const value = replaced.get(name);
        expectThat(
          value !== undefined && used.has(value),
          `tap ${name}`,
          'its result to be used',
          'features without it',
        );
      }
      const blocks = names.flatMap((name) => /^block\.(\d+)$/.exec(name)?.[1] ?? []);
      const inOrder = blocks.every((number, i) => Number(number) === i);
      expectThat(inOrder, 'taps', 'block.0, block.1, ... in order', names.join(', '));
    },
  },
  {
    name: 'its numbers are finite, with absent persons too',
    async check(subject) {
      for (const training of [true, false]) {
        const { record, y } = build(subject, { training, batch: 3, persons: 2 });
        const x = noise(subject, 3, 2);
        const person = x.data.length / 6;
        x.data.fill(0, person, 2 * person);
        const found = await run(subject, record, { y }, x);
        expectFinite(training ? 'training' : 'recognition', (found.y as Tensor<'float32'>).data);
      }
    },
  },
  {
    name: 'every parameter has a part in the features, and a gradient',
    async check(subject) {
      const shipped = build(subject, { training: false });
      const used = reachable(shipped.y);
      for (const { name, value } of shipped.record.parameters) {
        expectThat(used.has(value), name, 'to have a part in recognition', 'a parameter that nothing depends on');
      }
      const { record, y } = build(subject, { training: true });
      const weights = noise(subject, 0, 0, y.shape);
      const loss = reduceSum(multiply(y, input('factors', y.shape)), { keep: false });
      const inLoss = reachable(loss);
      // A bias in front of a normalization reaches the running mean alone: the normalization cancels it.
      const inStatistics = reachable(...record.buffers.flatMap(({ next }) => next ?? []));
      const learned = record.parameters.filter(({ value }) => inLoss.has(value));
      const slopes = gradients(
        loss,
        learned.map(({ value }) => value),
      );
      const results = await run(
        subject,
        record,
        Object.fromEntries(slopes.map((slope, i) => [`d${i}`, slope])),
        noise(subject),
        { factors: weights },
      );
      for (const { name, value } of record.parameters) {
        const slope = results[`d${learned.findIndex((parameter) => parameter.name === name)}`]?.data as
          | Float32Array
          | undefined;
        expectThat(slope !== undefined || inStatistics.has(value), name, 'to have a part in training', 'none');
        expectFinite(`gradient of ${name}`, slope ?? []);
        expectThat(
          slope?.some((number) => number !== 0) ?? true,
          `gradient of ${name}`,
          'some number other than 0',
          'zeros only',
        );
      }
    },
  },
  {
    name: 'in recognition, a sample does not depend on the others of its batch',
    async check(subject) {
      const { record, y } = build(subject, { training: false, batch: symbolicBatch });
      const x = noise(subject, 3);
      const size = x.data.length / 3;
      const together = (await run(subject, record, { y }, x)).y as Tensor<'float32'>;
      for (let i = 0; i < 3; i++) {
        const alone = tensor('float32', x.shape.with(0, 1), x.data.slice(i * size, (i + 1) * size));
        const { data } = (await run(subject, record, { y }, alone)).y as Tensor<'float32'>;
        const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const error = data.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (together.data[i * data.length + at] as number))),
          0,
        );
        expectThat(
          error <= 1e-4 * (1 + largest),
          `sample ${i}`,
          'the same features alone as in a batch of 3',
          `a difference of ${error}`,
        );
      }
    },
  },
  {
    name: 'training lowers the loss',
    async check({ encoder, runtime, layout, frames }) {
      const random = createRandom(1);
      const step = buildStep({
        encoder,
        task: classification(['rest', 'swing']),
        input: { layout, frames },
        batch: 8,
        random,
        optimizer: adamw({ weightDecay: 0 }),
      });
      await using session = await runtime.load(step.bytes, { carry: step.carry, state: step.state });
      const classes = Array.from({ length: 8 }, (_, i) => i % 2);
      const size = 3 * frames * layout.joints.length;
      const positions = Float32Array.from({ length: 8 * size }, (_, at) => {
        const frame = Math.floor(at / layout.joints.length) % frames;
        return random.normal() / 2 + 2 * (classes[Math.floor(at / size)] as number) * Math.sin(frame / 2);
      });
      const noises = Object.entries(step.noises).map(([name, shape]) => [name, uniform(shape, random)]);
      const feeds = {
        positions: tensor('float32', [8, 1, 3, frames, layout.joints.length], positions),
        'target.classes': int64(classes),
        rate: float32([0.01], []),
        ...Object.fromEntries(noises),
      };
      const losses: number[] = [];
      for (let i = 0; i < 20; i++) losses.push((await session.run(feeds, { fetch: ['loss'] })).loss?.data[0] as number);
      const [first, last] = [losses[0] as number, losses.at(-1) as number];
      expectThat(last < 0.7 * first, 'loss after 20 steps', `below 0.7 of the first, ${first}`, `${last}`);
    },
  },
];
