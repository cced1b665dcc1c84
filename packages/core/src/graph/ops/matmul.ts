/** Matrix product over the last two axes, batched and broadcast over the leading ones. */
import { broadcastShapes } from '../broadcast.ts';
import { type Attributes, defineOp, describeShapes, sameType } from '../define-op.ts';
import type { Value } from '../value.ts';
import { transpose } from './shape.ts';

const apply = defineOp<Attributes>('MatMul', {
  infer(inputs, _, fail) {
    const dtype = sameType(inputs, fail);
    const [a, b] = inputs.map((value) => value.shape) as [readonly number[], readonly number[]];
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) {
      fail('matrices [..., m, k] and [..., k, n]', describeShapes(inputs));
    }
    const leading = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
    if (!leading) fail('leading axes that broadcast', describeShapes(inputs));
    return { shape: [...(leading as number[]), a.at(-2) as number, b.at(-1) as number], dtype };
  },
  gradient({ inputs, gradient, wanted }) {
    const [a, b] = inputs as [Value, Value];
    return [wanted[0] ? matmul(gradient, swap(b)) : null, wanted[1] ? matmul(swap(a), gradient) : null];
  },
});

/** `a @ b` for a `[..., m, k]` and b `[..., k, n]`; leading axes broadcast. */
export const matmul = (a: Value, b: Value): Value => apply([a, b], {});

/** Swaps the last two axes; onnxruntime folds it into the product. */
function swap(x: Value): Value {
  const rank = x.shape.length;
  const order = x.shape.map((_, axis) => axis);
  return transpose(x, [...order.slice(0, -2), rank - 1, rank - 2]);
}
