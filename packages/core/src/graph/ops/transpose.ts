/** Reordering of axes. */
import { defineOp, resolveAxes } from '../define-op.ts';
import type { Value } from '../value.ts';
import { reshape } from './reshape.ts';

const apply = defineOp<{ readonly order: readonly number[] }>('Transpose', {
  infer([x], { order }, fail) {
    const { shape, dtype } = x as Value;
    const axes = resolveAxes(order, shape.length, fail);
    if (axes.length !== shape.length) fail(`an order of all ${shape.length} axes`, `[${order.join(', ')}]`);
    return { shape: axes.map((axis) => shape[axis] as number), dtype };
  },
  lazy: true,
  gradient: ({ gradient, attributes: { order } }) => [
    transpose(
      gradient,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
  encode: ({ order }) => ({ attributes: { perm: order } }),
});

/** Reorders axes: axis i of the result is axis `order[i]` of x. Where only axes of size 1 move, no element does. */
export function transpose(x: Value, order: readonly number[]): Value {
  const complete = x.shape.every((_, axis) => order.includes(axis)) && order.length === x.shape.length;
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  const inPlace = complete && moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number));
  if (!inPlace) return apply([x], { order });
  return reshape(
    x,
    order.map((axis) => x.shape[axis] as number),
  );
}

/** Swaps the last two axes: the transposed matrices. Onnxruntime folds it into a product that reads it. */
export function swapLast(x: Value): Value {
  const last = x.shape.length - 1;
  return transpose(
    x,
    x.shape.map((_, axis) => (axis === last ? last - 1 : axis === last - 1 ? last : axis)),
  );
}
