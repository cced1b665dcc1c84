/** Maximum over a sliding window along the last axis. */
import { defineOp } from '../define-op.ts';
import { describeShape, type Value } from '../value.ts';
import { add, cast, equal, multiply, subtract } from './elementwise.ts';
import { pad, slice, spread } from './shape.ts';

/** Window of a pooling along the last axis. */
export interface PoolingOptions {
  readonly size: number;
  readonly stride?: number;
  readonly padding?: number;
}

interface PoolingAttributes extends Record<string, unknown> {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

const apply = defineOp<PoolingAttributes>('MaxPool', {
  infer([x], { size, stride, padding }, fail) {
    const { shape, dtype } = x as Value;
    if (shape.length !== 4) fail('x [N, C, V, T]', describeShape(shape));
    const frames = Math.floor(((shape[3] as number) + 2 * padding - size) / stride) + 1;
    if (frames < 1) fail(`at least ${size - 2 * padding} frames`, describeShape(shape));
    return { shape: shape.with(3, frames), dtype };
  },
  gradient({ inputs: [x], output, gradient, attributes }) {
    return [scatterToWinners(x as Value, output, gradient, attributes)];
  },
  encode: ({ size, stride, padding }) => ({
    attributes: { kernel_shape: [1, size], strides: [1, stride], pads: [0, padding, 0, padding] },
  }),
});

/**
 * Largest element of each window along the last axis of `[N, C, V, T]`.
 *
 * Where several elements of a window are the largest, the first one gets the gradient.
 */
export function maxPool(x: Value, { size, stride = 1, padding = 0 }: PoolingOptions): Value {
  return apply([x], { size, stride, padding });
}

/** Sends each window's gradient to the first position of the window that holds the maximum. */
function scatterToWinners(x: Value, y: Value, dy: Value, { size, stride, padding }: PoolingAttributes): Value {
  const frames = x.shape[3] as number;
  const reach = ((y.shape[3] as number) - 1) * stride + 1;
  const length = Math.max(frames + 2 * padding, reach + size - 1);
  const padded = pad(x, 3, padding, length - frames - padding, -3.4e38);
  let open: Value | undefined;
  let total: Value | undefined;
  for (let offset = 0; offset < size; offset++) {
    const won = cast(equal(slice(padded, 3, offset, offset + reach, stride), y), 'float32');
    const share = open ? multiply(won, open) : won;
    const part = spread(multiply(dy, share), 3, offset, stride, length);
    total = total ? add(total, part) : part;
    open = open ? subtract(open, share) : subtract(1, won);
  }
  return slice(total as Value, 3, padding, padding + frames);
}
