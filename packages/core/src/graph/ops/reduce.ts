/** Reductions over axes. Reduced axes keep size one unless `keep: false`. */
import { int64 } from '../../tensor/tensor.ts';
import { defineOp, type GradientRule, resolveAxes } from '../define-op.ts';
import type { Value } from '../value.ts';
import { cast, divide, equal, multiply } from './elementwise.ts';
import { reshape } from './shape.ts';

/** Options of a reduction. */
export interface ReduceOptions {
  /** Axes to reduce; all by default. Negative axes count from the end. */
  readonly axes?: readonly number[];
  /** Whether reduced axes stay with size one; true by default. */
  readonly keep?: boolean;
}

interface ReduceAttributes extends Record<string, unknown> {
  readonly axes: readonly number[];
}

function reduction(type: string, gradient: GradientRule<ReduceAttributes> | null) {
  const apply = defineOp<ReduceAttributes>(type, {
    infer([x], { axes }, fail) {
      const { shape, dtype } = x as Value;
      const reduced = new Set(resolveAxes(axes, shape.length, fail));
      return { shape: shape.map((size, axis) => (reduced.has(axis) ? 1 : size)), dtype };
    },
    gradient,
    encode: ({ axes }) => ({ attributes: { keepdims: 1 }, inputs: [int64(axes)] }),
  });
  return (x: Value, { axes = x.shape.map((_, axis) => axis), keep = true }: ReduceOptions = {}): Value => {
    const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    const kept = apply([x], { axes: positive });
    if (keep) return kept;
    return reshape(
      kept,
      kept.shape.filter((_, axis) => !positive.includes(axis)),
    );
  };
}

/** How many elements of x go into one element of the result. */
function reducedCount({ inputs: [x], attributes }: { inputs: readonly Value[]; attributes: ReduceAttributes }): number {
  return attributes.axes.reduce((count, axis) => count * ((x as Value).shape[axis] as number), 1);
}

/** Sum over axes. */
export const reduceSum = reduction('ReduceSum', ({ gradient }) => [gradient]);

/** Mean over axes. */
export const reduceMean = reduction('ReduceMean', (context) => [divide(context.gradient, reducedCount(context))]);

/** Sum of squares over axes. */
export const reduceSumSquare = reduction('ReduceSumSquare', ({ inputs: [x], gradient }) => [
  multiply(x as Value, multiply(gradient, 2)),
]);

/** Largest element over axes; where several are the largest, each gets the whole gradient. */
export const reduceMax = reduction('ReduceMax', ({ inputs: [x], output, gradient }) => [
  multiply(gradient, cast(equal(x as Value, output), 'float32')),
]);

const applyArgMax = defineOp<{ readonly axis: number }>('ArgMax', {
  infer: ([x], { axis }) => ({ shape: (x as Value).shape.toSpliced(axis, 1), dtype: 'int64' }),
  gradient: null,
  encode: ({ axis }) => ({ attributes: { axis, keepdims: 0 } }),
});

/** Position of the largest element along an axis, as int64; the axis is removed. */
export function argMax(x: Value, axis: number): Value {
  return applyArgMax([x], { axis: axis < 0 ? axis + x.shape.length : axis });
}
