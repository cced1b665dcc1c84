/** The rules of the task contract. */
import type { Encoder } from '../encoder/encoder.ts';
import { describeShape, symbolicBatch } from '../graph/value.ts';
import { readBundle } from '../model/bundle.ts';
import type { Runtime } from '../runtime/contract.ts';
import { createRandom } from '../tensor/random.ts';
import { formatShape } from '../tensor/tensor.ts';
import { buildNetwork, buildObjective, type NetworkInput, targetInput } from '../train/network.ts';
import { adamw } from '../train/optimizers.ts';
import type { Recording, Task } from '../train/task.ts';
import { createTrainer } from '../train/trainer.ts';
import { reachable } from './reachable.ts';
import { expectFinite, expectThat, type Rule } from './rules.ts';

/** A task under test. */
export interface TaskSubject<S extends Recording, R> {
  readonly task: Task<S, R>;
  readonly samples: readonly S[];
  readonly encoder: Encoder;
  readonly input: NetworkInput;
  readonly runtime: Runtime;
}

const batch = 4;

/** One by one, in the order in which an author meets them. */
export function taskRules<S extends Recording, R>(): readonly Rule<TaskSubject<S, R>>[] {
  return [
    {
      name: 'its targets are what it says',
      check({ task, samples }) {
        const first = Array.from({ length: batch }, (_, i) => samples[i % samples.length] as S);
        const targets = task.targets(first, createRandom(1));
        const specs = task.targetSpecs(batch);
        expectThat(
          `${Object.keys(targets)}` === `${Object.keys(specs)}`,
          'targets',
          `${Object.keys(specs)}`,
          `${Object.keys(targets)}`,
        );
        for (const [name, { dtype, shape }] of Object.entries(specs)) {
          const target = targets[name];
          const found = `${target?.dtype} ${formatShape(target?.shape ?? [])}`;
          expectThat(
            found === `${dtype} ${formatShape(shape)}`,
            `target ${name}`,
            `${dtype} ${formatShape(shape)}`,
            found,
          );
        }
      },
    },
    {
      name: 'its outputs have one row a sample, and are those of its manifest',
      check({ task, encoder, input }) {
        const { outputs } = buildNetwork({
          encoder,
          task,
          input,
          batch: symbolicBatch,
          training: false,
          random: createRandom(1),
        });
        for (const [name, { shape }] of Object.entries(outputs)) {
          expectThat(shape[0] === symbolicBatch, `output ${name}`, '[batch, ...]', describeShape(shape));
        }
        for (const name of Object.values(task.manifest().outputs)) {
          expectThat(Object.hasOwn(outputs, name), 'manifest', `outputs among ${Object.keys(outputs)}`, name);
        }
      },
    },
    {
      name: 'its loss is made of scalars, and its outputs need no targets',
      check({ task, encoder, input }) {
        const { terms, outputs } = buildObjective({ encoder, task, input, batch, random: createRandom(1) });
        expectThat(Object.keys(terms).length > 0, 'loss', 'at least one term', 'none');
        for (const [name, { shape, dtype }] of Object.entries(terms)) {
          expectThat(
            shape.length === 0 && dtype === 'float32',
            `loss ${name}`,
            'a float32 scalar',
            `${dtype} ${describeShape(shape)}`,
          );
        }
        const targets = new Set(Object.keys(task.targetSpecs(batch)).map(targetInput));
        for (const value of reachable(...Object.values(outputs))) {
          expectThat(
            !targets.has(value.path) || value.source.kind !== 'input',
            'outputs',
            'no part of the targets',
            value.path,
          );
        }
      },
    },
    {
      name: 'training lowers the loss and leaves every number finite',
      async check({ task, samples, encoder, input, runtime }) {
        const trainer = createTrainer({ runtime, encoder, task, input, optimizer: adamw({ weightDecay: 0 }) });
        const losses: number[] = [];
        for await (const { kind, loss } of trainer.fit(samples, { epochs: 12, batch, rate: 0.01 })) {
          if (kind === 'epoch') losses.push(loss);
        }
        expectThat(
          (losses.at(-1) as number) < (losses[0] as number),
          'loss of the last epoch',
          `below ${losses[0]}`,
          `${losses.at(-1)}`,
        );
        for (const [name, { data }] of Object.entries(await trainer.weights())) expectFinite(name, data);
      },
    },
    {
      name: 'its report does not depend on the batch, and its score is a number',
      async check({ task, samples, encoder, input, runtime }) {
        const trainer = createTrainer({ runtime, encoder, task, input });
        const reports = [
          await trainer.evaluate(samples, { batch: 1 }),
          await trainer.evaluate(samples, { batch: 5 }),
        ] as const;
        const [one, five] = reports.map((report) => task.score(report)) as [number, number];
        expectFinite('score', [one, five]);
        expectThat(
          Math.abs(one - five) <= 1e-3 * (1 + Math.abs(one)),
          'score in batches of 5',
          `${one}, as one by one`,
          `${five}`,
        );
        expectFinite(
          'figures',
          reports.flatMap((report) => Object.values(task.figures?.(report) ?? {})),
        );
      },
    },
    {
      name: 'its bundle opens',
      async check({ task, encoder, input, runtime }) {
        const { manifest } = readBundle(await createTrainer({ runtime, encoder, task, input }).export());
        expectThat(manifest.task === task.manifest().task, 'manifest', task.manifest().task, manifest.task);
      },
    },
  ];
}
