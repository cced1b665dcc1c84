/** From samples to what a training step is fed. */
import { inputName } from '../model/bundle.ts';
import type { Augmentation } from '../skeleton/augment.ts';
import { batch, type InputSpec, type PrepareOptions, prepare } from '../skeleton/input.ts';
import { KinegraphError } from '../tensor/error.ts';
import type { Random } from '../tensor/random.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import { targetInput } from './network.ts';
import type { Recording, Task } from './task.ts';

/** What {@link trainingFeeds} needs beside the samples. */
export interface BatchContext<S extends Recording, R> {
  readonly task: Task<S, R>;
  readonly spec: InputSpec;
  readonly augment?: readonly Augmentation[] | undefined;
  readonly noises: Readonly<Record<string, readonly number[]>>;
  readonly random: Random;
}

/** Positions, targets and noises of one batch; draws from the random source in a fixed order. */
export function trainingFeeds<S extends Recording, R>(
  samples: readonly S[],
  { task, spec, augment, noises, random }: BatchContext<S, R>,
): Record<string, Tensor> {
  const positions = batchOf(samples, spec, { random, augment });
  const targets = Object.entries(task.targets(samples, random)).map(([name, value]) => [targetInput(name), value]);
  const drawn = Object.entries(noises).map(([name, shape]) => [name, uniformNoise(shape, random)]);
  return { [inputName]: positions, ...Object.fromEntries([...targets, ...drawn]) };
}

/**
 * Prepares clips and stacks them, `[B, M, C, T, V]`.
 *
 * @throws what `prepare` throws, naming the sample
 */
export function batchOf(
  samples: readonly Recording[],
  spec: InputSpec,
  options: PrepareOptions = {},
): Tensor<'float32'> {
  return batch(
    samples.map(({ clip, id }) => {
      try {
        return prepare(clip, spec, options);
      } catch (error) {
        if (id === undefined || !KinegraphError.is(error)) throw error;
        const { code, where, expected, actual, hint } = error;
        throw new KinegraphError({
          code,
          where: `${where}: sample ${id}`,
          expected,
          actual,
          ...(hint !== undefined && { hint }),
          cause: error,
        });
      }
    }),
  );
}

/**
 * The samples of a step of an epoch. The last batch is filled up from the start of the epoch's order, so that every batch is full and
 * every sample is seen at least once.
 */
export function pickBatch<S>(order: readonly S[], step: number, size: number): S[] {
  return Array.from({ length: size }, (_, i) => order[(step * size + i) % order.length] as S);
}

function uniformNoise(shape: readonly number[], random: Random): Tensor<'float32'> {
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => random.next()),
  );
}
