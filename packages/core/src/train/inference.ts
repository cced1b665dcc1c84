/** The graph that ships: preprocessing, encoder and task outputs for any batch, with the weights inside. */
import { toOnnx } from '../graph/to-onnx.ts';
import { symbolicBatch } from '../graph/value.ts';
import { createRandom } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { buildNetwork, type NetworkOptions } from './network.ts';
import type { Recording } from './task.ts';

/** What {@link buildInference} takes. */
export interface InferenceOptions<S extends Recording, R>
  extends Pick<NetworkOptions<S, R>, 'encoder' | 'task' | 'input'> {
  /** Every parameter and buffer, by name. */
  readonly weights: Readonly<Record<string, Tensor<'float32'>>>;
  /** How some weights are stored instead. */
  readonly stored?: Readonly<Record<string, Tensor>>;
}

/**
 * Writes the network for recognition: input `positions` `[batch, M, C, T, V]`, the task's outputs as outputs.
 */
export function buildInference<S extends Recording, R>(options: InferenceOptions<S, R>): Uint8Array {
  const { encoder, task, weights, stored = {} } = options;
  const { outputs } = buildNetwork({ ...options, batch: symbolicBatch, training: false, random: createRandom(0) });
  return toOnnx({ outputs, weights: { ...weights, ...stored }, name: `${encoder.id}-${task.id}` });
}
