/** Runs an inference graph over samples and lets the task judge. */
import { inputName } from '../model/bundle.ts';
import type { Runtime } from '../runtime/contract.ts';
import type { InputSpec } from '../skeleton/input.ts';
import { type AbortSignalLike, KinegraphError, throwIfAborted } from '../tensor/error.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import { batchOf } from './batches.ts';
import type { Recording, Task } from './task.ts';

/** What {@link evaluateNetwork} needs beside the samples. */
export interface EvaluationContext<S extends Recording, R> {
  readonly runtime: Runtime;
  /** The network as an ONNX model with a symbolic batch. */
  readonly bytes: Uint8Array;
  readonly task: Task<S, R>;
  readonly spec: InputSpec;
  readonly batch: number;
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Measures a network on samples, without augmentation.
 *
 * @throws `invalid-argument` for no samples; `invalid-data` if the network's numbers are not finite
 */
export async function evaluateNetwork<S extends Recording, R>(
  samples: readonly S[],
  { runtime, bytes, task, spec, batch, signal }: EvaluationContext<S, R>,
): Promise<R> {
  if (samples.length === 0) {
    throw new KinegraphError({ code: 'invalid-argument', where: 'evaluate', expected: 'samples', actual: 'none' });
  }
  await using session = await runtime.load(bytes, signal ? { signal } : {});
  const results: Record<string, Tensor>[] = [];
  for (let start = 0; start < samples.length; start += batch) {
    throwIfAborted(signal, 'evaluate');
    const feeds = { [inputName]: batchOf(samples.slice(start, start + batch), spec) };
    results.push(await session.run(feeds, signal ? { signal } : {}));
  }
  const names = session.outputs.map(({ name }) => name);
  return task.report(Object.fromEntries(names.map((name) => [name, joinRows(name, results)])), samples);
}

function joinRows(name: string, results: readonly Readonly<Record<string, Tensor>>[]): Tensor<'float32'> {
  const parts = results.map((result) => result[name] as Tensor<'float32'>);
  const [, ...rest] = parts[0]?.shape ?? [];
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
  const data = new Float32Array(rows * elementCount(rest));
  let position = 0;
  for (const part of parts) {
    data.set(part.data, position);
    position += part.data.length;
  }
  if (data.every(Number.isFinite)) return tensor('float32', [rows, ...rest], data);
  throw new KinegraphError({
    code: 'invalid-data',
    where: 'evaluate',
    expected: `finite numbers in "${name}"`,
    actual: 'NaN or infinity',
    hint: 'The weights are broken: train again with a lower rate, a warm-up or clipNorm.',
  });
}
