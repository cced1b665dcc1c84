/** Reductions over axes. Reduced axes keep size one unless `keep: false`. */
import { elementCount, filled, int64 } from '../../tensor/tensor.ts';
import { withGradient } from '../custom-gradient.ts';
import { defineOp, type GradientRule, resolveAxes } from '../define-op.ts';
import { constant, type Value } from '../value.ts';
import { cast, divide, equal, multiply } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { reshape } from './reshape.ts';

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

const applySum = reduction('ReduceSum', ({ gradient }) => [gradient]);

/**
 * Over so many rows, sums become products with ones, which are several times as fast. With more they still are, but CTR-GCN's step at batch 16
 * gains half a percent and takes a gigabyte more.
 */
const fewRows = 8;

/** Sum over axes. */
export function reduceSum(x: Value, options: ReduceOptions = {}): Value {
  const axes = options.axes ?? [];
  const leads = axes.length > 0 && axes.every((axis, i) => axis === i);
  const rows = elementCount(x.shape.slice(0, axes.length));
  const columns = elementCount(x.shape.slice(axes.length));
  if (!leads || x.dtype !== 'float32' || rows > fewRows || columns < rows) return applySum(x, options);
  const ones = constant(filled([1, rows], 1));
  const shape = x.shape.map((size, axis) => (axis < axes.length ? 1 : size));
  const sum = withGradient(reshape(matmul(ones, reshape(x, [rows, columns])), shape), [x], (dy) => [dy]);
  return options.keep === false ? reshape(sum, x.shape.slice(axes.length)) : sum;
}

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
