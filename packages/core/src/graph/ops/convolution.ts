/** Convolution along the last axis of `[N, C, V, T]`, the only spatial convolution that skeleton encoders use. */

import { type Tensor, zeros } from '../../tensor/tensor.ts';
import { defineOp, describeShapes } from '../define-op.ts';
import { constant, describeShape, type Value } from '../value.ts';
import { matmul } from './matmul.ts';
import { reduceSum } from './reduce.ts';
import { reshape } from './reshape.ts';
import { slice } from './shape.ts';
import { swapLast, transpose } from './transpose.ts';

/** Stride, dilation and zero padding along the last axis. */
export interface ConvolutionOptions {
  readonly stride?: number;
  readonly dilation?: number;
  /** Zeros on both sides, or `[before, after]`. */
  readonly padding?: number | readonly [before: number, after: number];
}

interface ConvolutionAttributes extends Record<string, unknown> {
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

const encode = ({ stride, dilation, before, after }: ConvolutionAttributes, inputs: readonly Value[]) => ({
  attributes: {
    kernel_shape: [1, (inputs[1] as Value).shape[3] as number],
    strides: [1, stride],
    dilations: [1, dilation],
    pads: [0, before, 0, after],
  },
});

const applyConvolution = defineOp<ConvolutionAttributes>('Conv', {
  infer(inputs, { stride, dilation, before, after }, fail) {
    const [x, w] = inputs as [Value, Value];
    if (x.shape.length !== 4 || w.shape.length !== 4 || w.shape[2] !== 1 || x.shape[1] !== w.shape[1]) {
      fail('x [N, C, V, T] and weight [O, C, 1, K]', describeShapes(inputs.slice(0, 2)));
    }
    const [n, , v, t] = x.shape as [number, number, number, number];
    const [o, , , k] = w.shape as [number, number, number, number];
    const frames = Math.floor((t + before + after - dilation * (k - 1) - 1) / stride) + 1;
    if (frames < 1) fail(`at least ${dilation * (k - 1) + 1 - before - after} frames`, describeShape(x.shape));
    return { shape: [n, o, v, frames], dtype: x.dtype };
  },
  gradient({ inputs: [x, w], gradient, attributes, wanted }) {
    const parts = [
      wanted[0] ? inputGradient(x as Value, w as Value, gradient, attributes) : null,
      wanted[1] ? weightGradient(x as Value, w as Value, gradient, attributes) : null,
    ];
    return wanted[2] ? [...parts, reduceSum(gradient, { axes: [0, 2, 3], keep: false })] : parts;
  },
  encode,
});

/** The same along the second to last axis: `[N, C, T, V]` by `[O, C, K, 1]`, where the last axis is the fast one. */
const applyUpright = defineOp<ConvolutionAttributes>('Conv', {
  infer(inputs, attributes) {
    const [n, o, v, t] = applyConvolution(inputs.map(swapLast), attributes).shape as [number, number, number, number];
    return { shape: [n, o, t, v], dtype: (inputs[0] as Value).dtype };
  },
  gradient({ inputs, gradient, attributes, wanted }) {
    const [x, w] = inputs.map(swapLast) as [Value, Value];
    const dy = swapLast(gradient);
    return [
      wanted[0] ? swapLast(inputGradient(x, w, dy, attributes)) : null,
      wanted[1] ? swapLast(weightGradient(x, w, dy, attributes)) : null,
    ];
  },
  encode({ stride, dilation, before, after }, inputs) {
    return {
      attributes: {
        kernel_shape: [(inputs[1] as Value).shape[2] as number, 1],
        strides: [stride, 1],
        dilations: [dilation, 1],
        pads: [before, 0, after, 0],
      },
    };
  },
});

const applyTransposed = defineOp<ConvolutionAttributes & { readonly frames: number }>('ConvTranspose', {
  infer([dy, w], { frames }) {
    const [n, , v] = (dy as Value).shape as [number, number, number];
    return { shape: [n, (w as Value).shape[1] as number, v, frames], dtype: (dy as Value).dtype };
  },
  gradient({ inputs: [x, w], gradient, attributes: { frames: _, ...attributes }, wanted }) {
    return [
      wanted[0] ? applyConvolution([gradient, w as Value], attributes) : null,
      wanted[1] ? weightGradient(gradient, w as Value, x as Value, attributes) : null,
    ];
  },
  encode(attributes, inputs) {
    const { stride, dilation, before, after, frames } = attributes;
    const [dy, w] = inputs as [Value, Value];
    const reached =
      ((dy.shape[3] as number) - 1) * stride + dilation * ((w.shape[3] as number) - 1) + 1 - before - after;
    const { attributes: shared } = encode(attributes, inputs);
    return { attributes: { ...shared, output_padding: [0, frames - reached] } };
  },
});

/**
 * Convolves along the last axis.
 *
 * @param x `[N, C, V, T]`
 * @param weight `[O, C, 1, K]`
 * @param bias `[O]`
 * @returns `[N, O, V, T']` with `T' = floor((T + padding - dilation (K - 1) - 1) / stride) + 1`.
 */
export function convolution(x: Value, weight: Value, bias?: Value, options: ConvolutionOptions = {}): Value {
  const { stride = 1, dilation = 1, padding = 0 } = options;
  const [before, after] = typeof padding === 'number' ? [padding, padding] : padding;
  return applyConvolution(bias ? [x, weight, bias] : [x, weight], { stride, dilation, before, after });
}

/** The convolution of dy with the reversed kernel, or its transpose where a stride spreads dy. */
function inputGradient(x: Value, w: Value, dy: Value, attributes: ConvolutionAttributes): Value {
  const { stride, dilation, before, after } = attributes;
  const kernel = w.shape[3] as number;
  const reach = dilation * (kernel - 1);
  if (stride > 1 || before > reach || after > reach) {
    return applyTransposed([dy, w], { ...attributes, frames: x.shape[3] as number });
  }
  const reversed = matmul(transpose(w, [1, 0, 2, 3]), constant(exchange(kernel)));
  return applyConvolution([dy, reversed], { stride, dilation, before: reach - before, after: reach - after });
}

/** The matrix that reverses an axis: ones from corner to corner. */
function exchange(size: number): Tensor<'float32'> {
  const result = zeros('float32', [size, size]);
  for (let i = 0; i < size; i++) result.data[(i + 1) * (size - 1)] = 1;
  return result;
}

/**
 * The convolution of x by dy, in which samples and joints are the channels that it sums over, and stride and dilation swap roles.
 *
 * Channels of x are put last: rows of the engine's own unfolded copies are then as long as there are channels, not as the kernel.
 */
function weightGradient(x: Value, w: Value, dy: Value, attributes: ConvolutionAttributes): Value {
  const { stride, dilation, before } = attributes;
  const [n, c, v, frames] = x.shape as [number, number, number, number];
  const [, o, , outputs] = dy.shape as [number, number, number, number];
  const reached = (outputs - 1) * stride + ((w.shape[3] as number) - 1) * dilation + 1 - before;
  if (reached < 1) return constant(zeros('float32', w.shape));
  const seen = slice(x, 3, 0, Math.min(frames, reached));
  const rows = reshape(transpose(seen, [0, 2, 3, 1]), [1, n * v, -1, c]);
  const kernel = reshape(transpose(dy, [1, 0, 2, 3]), [o, n * v, outputs, 1]);
  const after = Math.max(0, reached - frames);
  const product = applyUpright([rows, kernel], { stride: dilation, dilation: stride, before, after });
  return transpose(product, [1, 3, 0, 2]);
}
