/**
 * A perceptron over the whole clip: every coordinate of every joint in every frame is an input of its own.
 *
 * Ours, and no graph network: the reference beside which they are to be seen. It takes neither bones nor time into account, so clips have to
 * begin and end with the action; in return it tells postures apart that graph networks average away, and learns them from few people.
 * Layer i is `dropout(batchNorm(relu(W_i y + b_i)))`.
 */
import { elementCount } from '@kinegraph/core';
import {
  batchNorm,
  defineEncoder,
  dropout,
  linear,
  relu,
  reshape,
  tapFolded,
  unfoldPersons,
} from '@kinegraph/core/graph';
import { checkCount } from './blocks/counts.ts';
import { normalizeInput } from './blocks/input-norm.ts';

/** Options of {@link mlp}. */
export interface MlpOptions extends Record<string, unknown> {
  /** Features of each layer. */
  readonly width: number;
  /** Number of layers. */
  readonly layers: number;
  /** Share of features dropped after each layer while training. */
  readonly dropout: number;
}

/**
 * The perceptron. Features are `[B, M, width, 1, 1]`; any number of frames, for which its weights are then made.
 *
 * Taps: `block.i` `[B, M, width, 1, 1]`, the layers.
 *
 * @example
 * ```ts
 * const encoder = mlp({ width: 128 });
 * ```
 */
export const mlp = defineEncoder<MlpOptions>({
  id: 'mlp',
  defaults: { width: 256, layers: 2, dropout: 0.5 },
  build(scope, x, { options: { width, layers, dropout: dropped }, persons }) {
    for (const [name, count] of Object.entries({ width, layers })) checkCount('encoder mlp', name, count);
    const coordinates = normalizeInput(scope.child('data_bn'), x, false);
    const [n, ...rest] = coordinates.shape as [number, ...number[]];
    let y = reshape(coordinates, [n, elementCount(rest), 1, 1]);
    for (let i = 0; i < layers; i++) {
      const layer = scope.child(`layer${i}`);
      const mixed = linear(layer, reshape(y, y.shape.slice(0, 2)), width);
      const kept = dropout(layer, batchNorm(layer.child('bn'), relu(mixed)), dropped);
      y = tapFolded(scope, `block.${i}`, reshape(kept, [n, width, 1, 1]), persons);
    }
    return unfoldPersons(y, persons);
  },
});
