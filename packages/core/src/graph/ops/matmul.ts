/** Matrix product over the last two axes, batched and broadcast over the leading ones. */
import { broadcastShapes } from '../broadcast.ts';
import { withGradient } from '../custom-gradient.ts';
import { type Attributes, defineOp, describeShapes, type Fail, type Signature, sameType } from '../define-op.ts';
import type { Value } from '../value.ts';
import { reshape } from './reshape.ts';
import { swapLast } from './transpose.ts';

function infer(inputs: readonly Value[], _: Attributes, fail: Fail): Signature {
  const dtype = sameType(inputs, fail);
  const [a, b] = inputs.map((value) => value.shape) as [readonly number[], readonly number[]];
  if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) {
    fail('matrices [..., m, k] and [..., k, n]', describeShapes(inputs));
  }
  const leading =
    broadcastShapes(a.slice(0, -2), b.slice(0, -2)) ?? fail('leading axes that broadcast', describeShapes(inputs));
  return { shape: [...leading, a.at(-2) as number, b.at(-1) as number], dtype };
}

const apply = defineOp<Attributes>('MatMul', {
  infer,
  gradient({ inputs, gradient, wanted }) {
    const [a, b] = inputs as [Value, Value];
    return [wanted[0] ? matmul(gradient, swapLast(b)) : null, wanted[1] ? rightGradient(a, b, gradient) : null];
  },
});

/** `aᵀ dy`; for one matrix b that many share in one product over the rows of all, in place of a sum of their products. */
function rightGradient(a: Value, b: Value, dy: Value): Value {
  if (b.shape.length > 2 || a.shape.length === 2) return matmul(swapLast(a), dy);
  const rows = (value: Value) => reshape(value, [-1, value.shape.at(-1) as number]);
  return matmul(swapLast(rows(a)), rows(dy));
}

/** `a @ b` for a `[..., m, k]` and b `[..., k, n]`; leading axes broadcast. */
export const matmul = (a: Value, b: Value): Value => apply([a, b], {});

/** `aᵀ @ b` for a `[..., k, m]` and b `[..., k, n]`, whose gradient needs no transposed copy of a result. */
export const matmulTransposed = (a: Value, b: Value): Value =>
  withGradient(matmul(swapLast(a), b), [a, b], (dy) => [matmul(b, swapLast(dy)), matmul(a, dy)]);

/** `a @ bᵀ` for a `[..., m, k]` and b `[..., n, k]`, whose gradient needs no transposed copy of a result. */
export const matmulByTransposed = (a: Value, b: Value): Value =>
  withGradient(matmul(a, swapLast(b)), [a, b], (dy) => [matmul(dy, b), matmulTransposed(dy, a)]);
