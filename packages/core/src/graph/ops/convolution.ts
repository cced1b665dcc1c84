/** Convolution along the last axis of `[N, C, V, T]`, the only spatial convolution that skeleton encoders use. */

import { zeros } from '../../tensor/tensor.ts';
import { defineOp, describeShapes } from '../define-op.ts';
import { constant, describeShape, type Value } from '../value.ts';
import { matmul } from './matmul.ts';
import { reduceSum } from './reduce.ts';
import { concat, reshape, slice } from './shape.ts';
import { swapLast } from './transpose.ts';

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

function inputGradient(x: Value, w: Value, dy: Value, attributes: ConvolutionAttributes): Value {
  return applyTransposed([dy, w], { ...attributes, frames: x.shape[3] as number });
}

/** For each kernel position, one product of dy with x over the frames where the two meet, summed over the batch. */
function weightGradient(x: Value, w: Value, dy: Value, attributes: ConvolutionAttributes): Value {
  const { stride, dilation, before } = attributes;
  const [n, c, v, frames] = x.shape as [number, number, number, number];
  const [, o, , outputs] = dy.shape as [number, number, number, number];
  const parts = Array.from({ length: w.shape[3] as number }, (_, k) => {
    const shift = k * dilation - before;
    const first = Math.max(0, Math.ceil(-shift / stride));
    const end = Math.min(outputs, Math.floor((frames - 1 - shift) / stride) + 1);
    if (end <= first) return constant(zeros('float32', [o, c, 1, 1]));
    const count = v * (end - first);
    const seen = slice(x, 3, first * stride + shift, (end - 1) * stride + shift + 1, stride);
    const product = matmul(reshape(slice(dy, 3, first, end), [n, o, count]), swapLast(reshape(seen, [n, c, count])));
    return reshape(reduceSum(product, { axes: [0] }), [o, c, 1, 1]);
  });
  return concat(parts, 3);
}
