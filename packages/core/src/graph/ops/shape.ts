/** Ops that move elements without computing: concat, slice, pad, expand, gather. */
import { elementCount, float32, int64, zeros } from '../../tensor/tensor.ts';
import { broadcastShapes, sameShape } from '../broadcast.ts';
import { defineOp, describeShapes, sameType } from '../define-op.ts';
import { constant, describeShape, isSymbolic, type Value } from '../value.ts';
import { matmul, matmulByTransposed } from './matmul.ts';
import { reshape } from './reshape.ts';
import { transpose } from './transpose.ts';

const applyConcat = defineOp<{ readonly axis: number }>('Concat', {
  infer(inputs, { axis }, fail) {
    const dtype = sameType(inputs, fail);
    const shape = [...(inputs[0] as Value).shape];
    shape[axis] = inputs.reduce((total, value) => total + (value.shape[axis] ?? 0), 0);
    const fits = inputs.every((value) => sameShape(value.shape.with(axis, 0), shape.with(axis, 0)));
    if (!fits) fail(`shapes that agree on all axes but ${axis}`, describeShapes(inputs));
    return { shape, dtype };
  },
  gradient({ inputs, gradient, attributes: { axis }, wanted }) {
    let start = 0;
    return inputs.map((value, i) => {
      const end = start + (value.shape[axis] as number);
      const part = wanted[i] ? slice(gradient, axis, start, end) : null;
      start = end;
      return part;
    });
  },
  encode: ({ axis }) => ({ attributes: { axis } }),
});

/** WebGPU allows 8 storage buffers a shader, so one Concat takes at most 7 inputs. */
const widestConcat = 7;

/** Joins values along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first && values.length === 1) return first;
  const positive = axis < 0 ? axis + (first?.shape.length ?? 0) : axis;
  if (values.length <= widestConcat) return applyConcat(values, { axis: positive });
  const groups = Array.from({ length: Math.ceil(values.length / widestConcat) }, (_, i) =>
    concat(values.slice(i * widestConcat, (i + 1) * widestConcat), positive),
  );
  return concat(groups, positive);
}

const applySlice = defineOp<{
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}>('Slice', {
  infer([x], { axis, start, end, step }, fail) {
    const { shape, dtype } = x as Value;
    const size = shape[axis] ?? 0;
    if (start < 0 || end > size || start > end || step < 1) {
      fail(`a range within 0..${size} of axis ${axis}`, `${start}..${end} by ${step}`);
    }
    return { shape: shape.with(axis, Math.ceil((end - start) / step)), dtype };
  },
  gradient: ({ inputs: [x], gradient, attributes: { axis, start, step } }) => [
    spread(gradient, axis, start, step, (x as Value).shape[axis] as number),
  ],
  encode: ({ axis, start, end, step }) => ({ inputs: [int64([start]), int64([end]), int64([axis]), int64([step])] }),
});

/** Elements `start`, `start + step`, ... below `end` along one axis; negative positions count from the end. */
export function slice(x: Value, axis: number, start: number, end?: number, step = 1): Value {
  const at = axis < 0 ? axis + x.shape.length : axis;
  const size = x.shape[at] ?? 0;
  const from = start < 0 ? start + size : start;
  const to = end === undefined ? size : end < 0 ? end + size : end;
  return from === 0 && to === size && step === 1 ? x : applySlice([x], { axis: at, start: from, end: to, step });
}

/** The opposite of {@link slice}: element i goes to position `start + i * step` of `size` zeros along an axis. */
export function spread(x: Value, axis: number, start: number, step: number, size: number): Value {
  const count = x.shape[axis] as number;
  if (step === 1) return pad(x, axis, start, size - start - count);
  const last = x.shape.length - 1;
  const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return transpose(matmul(transpose(x, order), places(count, size, start, step)), order);
}

/** Elements 0, `step`, 2 `step`, ... of the last axis, as {@link slice} gives them: a product, which is several times faster. */
export function everyNth(x: Value, step: number): Value {
  const size = x.shape.at(-1) as number;
  return step === 1 ? x : matmulByTransposed(x, places(Math.ceil(size / step), size, 0, step));
}

/**
 * The matrix `[count, size]` of 0 and 1 whose row i has its 1 at `start + i * step`. A product with it is many times faster than padding
 * between single elements, or taking single elements.
 */
function places(count: number, size: number, start: number, step: number): Value {
  const matrix = zeros('float32', [count, size]);
  for (let i = 0; i < count; i++) matrix.data[i * size + start + i * step] = 1;
  return constant(matrix);
}

const applyPad = defineOp<{
  readonly axis: number;
  readonly before: number;
  readonly after: number;
  readonly value: number;
}>('Pad', {
  infer([x], { axis, before, after }, fail) {
    const { shape, dtype } = x as Value;
    if (before < 0 || after < 0) fail('non-negative padding', `${before} and ${after}`);
    return { shape: shape.with(axis, (shape[axis] as number) + before + after), dtype };
  },
  gradient({ inputs: [x], gradient, attributes: { axis, before } }) {
    return [slice(gradient, axis, before, before + ((x as Value).shape[axis] as number))];
  },
  encode({ axis, before, after, value }, [x]) {
    const rank = (x as Value).shape.length;
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axis] = before;
    pads[axis + rank] = after;
    return { attributes: { mode: 'constant' }, inputs: [int64(pads), float32([value], [])] };
  },
});

/** Adds elements of one value before and after along an axis. */
export function pad(x: Value, axis: number, before: number, after: number, value = 0): Value {
  const at = axis < 0 ? axis + x.shape.length : axis;
  return before === 0 && after === 0 ? x : applyPad([x], { axis: at, before, after, value });
}

const applyExpand = defineOp<{ readonly shape: readonly number[] }>('Expand', {
  infer([x], { shape }, fail) {
    const { shape: from, dtype } = x as Value;
    const result = broadcastShapes(from, shape);
    if (!result || !sameShape(result, shape))
      fail(`a shape that broadcasts to ${describeShape(shape)}`, describeShape(from));
    return { shape, dtype };
  },
  gradient: ({ gradient }) => [gradient],
  encode({ shape }, [x]) {
    const offset = shape.length - (x as Value).shape.length;
    const sizes = shape.map((size, axis) =>
      isSymbolic(size) && (x as Value).shape[axis - offset] === size ? 1 : size,
    );
    return { inputs: [int64(sizes)] };
  },
});

/** Repeats along axes of size one until the shape is reached. A symbolic batch must be in x already. */
export function expand(x: Value, shape: readonly number[]): Value {
  return sameShape(x.shape, shape) ? x : applyExpand([x], { shape });
}

const applyGather = defineOp<{ readonly axis: number }>('Gather', {
  infer([x, indices], { axis }, fail) {
    const { shape, dtype } = x as Value;
    if (axis >= shape.length) fail(`an axis below ${shape.length}`, `${axis}`);
    if ((indices as Value).dtype !== 'int64') fail('int64 indices', (indices as Value).dtype);
    return { shape: [...shape.slice(0, axis), ...(indices as Value).shape, ...shape.slice(axis + 1)], dtype };
  },
  gradient({ inputs: [x, indices], gradient, attributes: { axis } }) {
    const { shape } = x as Value;
    const count = elementCount((indices as Value).shape);
    const outer = elementCount(shape.slice(0, axis));
    const inner = elementCount(shape.slice(axis + 1));
    const size = shape[axis] as number;
    const rows = reshape(transpose(reshape(gradient, [outer, count, inner]), [1, 0, 2]), [count, outer * inner]);
    const summed = scatterAdd(reshape(indices as Value, [count]), rows, size);
    return [reshape(transpose(reshape(summed, [size, outer, inner]), [1, 0, 2]), shape), null];
  },
  encode: ({ axis }) => ({ attributes: { axis } }),
});

/** Picks positions along an axis: the axis is replaced by the shape of the int64 indices. */
export function gather(x: Value, indices: Value, axis: number): Value {
  return applyGather([x, indices], { axis: axis < 0 ? axis + x.shape.length : axis });
}

const applyScatter = defineOp<{ readonly size: number }>('ScatterND', {
  infer: ([zeros]) => ({ shape: (zeros as Value).shape, dtype: (zeros as Value).dtype }),
  gradient: null,
  encode: () => ({ attributes: { reduction: 'add' } }),
});

/** Sums rows `[count, width]` into a table `[size, width]` at the given row numbers `[count]`. */
function scatterAdd(indices: Value, rows: Value, size: number): Value {
  const width = rows.shape[1] as number;
  const zeros = expand(constant(0), [size, width]);
  return applyScatter([zeros, reshape(indices, [-1, 1]), rows], { size });
}
