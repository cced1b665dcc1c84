/** First values of parameters. */
import type { Random } from '../tensor/random.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

/** Draws the first value of a parameter of the given shape. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

/** The same value everywhere. */
export const fill =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(elementCount(shape)).fill(value);

/** Zeros. */
export const zero: Initializer = fill(0);

/** Ones. */
export const one: Initializer = fill(1);

/** Normal with the given mean and standard deviation. */
export const normal =
  (deviation: number, mean = 0): Initializer =>
  (shape, random) =>
    Float32Array.from({ length: elementCount(shape) }, () => mean + deviation * random.normal());

/** Uniform in [-bound, bound). */
export const uniform =
  (bound: number): Initializer =>
  (shape, random) =>
    Float32Array.from({ length: elementCount(shape) }, () => random.uniform(-bound, bound));

/** The elements of a tensor. */
export const copyOf =
  ({ data }: Tensor<'float32'>): Initializer =>
  () =>
    data.slice();

/** He et al. 2015, fan-out mode: normal with deviation `sqrt(2 / (outputs * kernel))`; weight `[O, I, ...kernel]`. */
export const kaimingFanOut: Initializer = (shape, random) => {
  const fanOut = (shape[0] as number) * elementCount(shape.slice(2));
  return normal(Math.sqrt(2 / fanOut))(shape, random);
};

/**
 * PyTorch's default for weights and biases of linear layers and convolutions: uniform in ±1/sqrt(fan-in).
 *
 * @param fanIn inputs times kernel size
 */
export const defaultUniform = (fanIn: number): Initializer => uniform(1 / Math.sqrt(fanIn));

/** Glorot and Bengio 2010: uniform with bound `gain * sqrt(6 / (fanIn + fanOut))`; weight `[O, I, ...kernel]`. */
export const xavierUniform =
  (gain = 1): Initializer =>
  (shape, random) => {
    const kernel = elementCount(shape.slice(2));
    return uniform(gain * Math.sqrt(6 / (((shape[0] as number) + (shape[1] as number)) * kernel)))(shape, random);
  };
