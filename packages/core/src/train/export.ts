/** Writes what a trainer has learned as a bundle. */
import { sealBundle } from '../model/bundle.ts';
import { type Manifest, manifestFormat } from '../model/manifest.ts';
import { toFloat16 } from '../tensor/float16.ts';
import { badOption } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { buildInference, type InferenceOptions } from './inference.ts';
import { inputSpec } from './network.ts';
import type { Recording } from './task.ts';

/** Options of `Trainer.export`. */
export interface ExportOptions extends Pick<Manifest, 'license' | 'data' | 'metrics' | 'command' | 'threshold'> {
  /**
   * How weights are stored. `float16` halves the file: tensors of two or more axes lose digits, statistics and scales do not. They become
   * float32 again when the bundle loads. `float32` by default.
   */
  readonly precision?: 'float32' | 'float16';
}

/** A network with its weights as a sealed bundle. */
export function exportBundle<S extends Recording, R>(
  network: Omit<InferenceOptions<S, R>, 'stored'>,
  { precision = 'float32', ...notes }: ExportOptions,
): Uint8Array {
  if (precision !== 'float32' && precision !== 'float16') {
    throw badOption('export', "precision 'float32' or 'float16'", JSON.stringify(precision));
  }
  const { encoder, task, input, weights } = network;
  const stored = precision === 'float16' ? halved(weights) : {};
  return sealBundle(buildInference({ ...network, stored }), {
    format: manifestFormat,
    ...task.manifest(),
    encoder: { id: encoder.id, options: encoder.options },
    streams: input.streams ?? ['joint'],
    input: inputSpec(input),
    ...notes,
  });
}

function halved(weights: Readonly<Record<string, Tensor<'float32'>>>): Record<string, Tensor> {
  const matrices = Object.entries(weights).filter(([, { shape }]) => shape.length > 1);
  return Object.fromEntries(matrices.map(([name, weight]) => [name, toFloat16(weight)]));
}
