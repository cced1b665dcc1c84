/** Where each op is tested: at least one case an op, all checked by one loop against finite differences and PyTorch. */
import { gradients } from '../graph/gradients.ts';
import { after } from '../graph/ops/after.ts';
import { convolution } from '../graph/ops/convolution.ts';
import {
  absolute,
  add,
  and,
  cast,
  cos,
  divide,
  equal,
  erf,
  exp,
  floor,
  greater,
  less,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  not,
  or,
  power,
  reciprocal,
  relu,
  sigmoid,
  sign,
  sin,
  sqrt,
  stopGradient,
  subtract,
  tanh,
  where,
} from '../graph/ops/elementwise.ts';
import { matmul, matmulByTransposed, matmulTransposed } from '../graph/ops/matmul.ts';
import { maxPool } from '../graph/ops/pooling.ts';
import { argMax, reduceMax, reduceMean, reduceSum, reduceSumSquare } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/reshape.ts';
import { concat, everyNth, expand, gather, pad, slice, spread } from '../graph/ops/shape.ts';
import { spectralConvolution } from '../graph/ops/spectral-convolution.ts';
import { swapLast, transpose } from '../graph/ops/transpose.ts';
import { constant, type Value } from '../graph/value.ts';
import { elementCount, int64, type Tensor, tensor } from '../tensor/tensor.ts';

/** One use of an op. */
export interface OpCase {
  /** The op's exported name, and what is special about the case. */
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  /** Inputs lie in this range; -2 to 2 by default. */
  readonly range?: readonly [low: number, high: number];
  apply(...inputs: Value[]): Value;
}

const one = (name: string, op: (x: Value) => Value, range?: OpCase['range']): OpCase => ({
  name,
  shapes: [[3, 4]],
  apply: op as OpCase['apply'],
  ...(range && { range }),
});
const two = (name: string, op: (a: Value, b: Value) => Value, range?: OpCase['range']): OpCase[] =>
  [
    [
      [3, 4],
      [3, 4],
    ],
    [[3, 4], [4]],
    [
      [3, 1],
      [2, 1, 4],
    ],
    [[], [2, 3]],
  ].map(([a = [], b = []]) => ({
    name: `${name} [${a}] [${b}]`,
    shapes: [a, b],
    apply: op as OpCase['apply'],
    ...(range && { range }),
  }));
/** A step function: shown as numbers, flat between its steps. */
const bool = (value: Value) => cast(value, 'float32');
const image = [2, 3, 2, 7];
const conv = (name: string, kernel: number, options: Parameters<typeof convolution>[3]): OpCase => ({
  name: `convolution ${name}`,
  shapes: [image, [4, 3, 1, kernel], [4]],
  apply: (x, w, b) => convolution(x as Value, w as Value, b, options),
});
const spectral = (name: string, kernel: number, options: Parameters<typeof spectralConvolution>[2]): OpCase => ({
  name: `spectralConvolution ${name}`,
  shapes: [image, [4, 3, 1, kernel]],
  apply: (x, w) => spectralConvolution(x as Value, w as Value, options),
});
/** The gradient of a sum of squares, so that the rules themselves are differentiated. */
const slope = (op: (x: Value) => Value) => (x: Value) => gradients(reduceSumSquare(op(x)), [x])[0] as Value;

/** The cases, each op's together. */
export const opCases: readonly OpCase[] = [
  ...two('add', add),
  ...two('subtract', subtract),
  ...two('multiply', multiply),
  ...two('divide', divide, [0.5, 3]),
  ...two('power', power, [0.5, 2]),
  ...two('maximum', maximum),
  ...two('minimum', minimum),
  one('negate', negate),
  one('exp', exp),
  one('log', log, [0.5, 4]),
  one('sqrt', sqrt, [0.5, 4]),
  one('reciprocal', reciprocal, [0.5, 4]),
  one('tanh', tanh),
  one('tanh slope', slope(tanh)),
  one('sigmoid', sigmoid),
  one('relu', relu),
  one('absolute', absolute),
  one('sign', sign),
  one('sin', sin),
  one('cos', cos),
  one('erf', erf),
  one('floor', floor, [0.1, 0.9]),
  ...two('equal', (a, b) => bool(equal(a, b))),
  ...two('greater', (a, b) => bool(greater(a, b))),
  ...two('less', (a, b) => bool(less(a, b))),
  ...two('and', (a, b) => bool(and(greater(a, 0), greater(b, 0)))),
  ...two('or', (a, b) => bool(or(greater(a, 0), greater(b, 0)))),
  one('not', (x) => bool(not(greater(x, 0)))),
  one('cast', (x) => multiply(x, cast(cast(x, 'int64'), 'float32')), [1.1, 1.9]),
  ...two('where', (a, b) => where(greater(multiply(a, b), 0), a, b)),
  one('stopGradient', (x) => multiply(stopGradient(floor(x)), x), [1.1, 1.9]),
  one('reduceSum', reduceSum),
  one('reduceSum axes', (x) => reduceSum(x, { axes: [-1], keep: false })),
  one('reduceSum few rows', (x) => reduceSum(x, { axes: [0] })),
  one('reduceSum few rows, dropped', (x) => reduceSum(x, { axes: [0], keep: false })),
  one('reduceMean', reduceMean),
  one('reduceMean axes', (x) => reduceMean(x, { axes: [0] })),
  one('reduceSumSquare', reduceSumSquare),
  one('reduceSumSquare axes', (x) => reduceSumSquare(x, { axes: [1], keep: false })),
  one('reduceMax', reduceMax),
  one('reduceMax axes', (x) => reduceMax(x, { axes: [1], keep: false })),
  one('argMax', (x) => multiply(x, bool(reshape(argMax(x, 1), [3, 1])))),
  one('reshape', (x) => reshape(x, [2, -1])),
  { name: 'transpose', shapes: [[2, 3, 4]], apply: (x) => transpose(x as Value, [2, 0, 1]) },
  { name: 'swapLast', shapes: [[2, 3, 4]], apply: (x) => swapLast(x as Value) },
  {
    name: 'concat',
    shapes: [
      [2, 1],
      [2, 3],
      [2, 2],
    ],
    apply: (...parts) => concat(parts, -1),
  },
  { name: 'concat wide', shapes: Array.from({ length: 9 }, () => [1, 2]), apply: (...parts) => concat(parts, 0) },
  { name: 'slice', shapes: [[3, 7]], apply: (x) => slice(x as Value, 1, 1, -1) },
  { name: 'slice by steps', shapes: [[3, 7]], apply: (x) => slice(x as Value, 1, 1, undefined, 2) },
  { name: 'everyNth', shapes: [[3, 7]], apply: (x) => everyNth(x as Value, 3) },
  { name: 'after', shapes: [[3, 2], [4]], apply: (x, event) => after(x as Value, event as Value) },
  { name: 'spread', shapes: [[2, 3]], apply: (x) => spread(x as Value, 1, 1, 3, 9) },
  one('pad', (x) => pad(x, 1, 2, 1, 0.5)),
  { name: 'expand', shapes: [[3, 1]], apply: (x) => expand(x as Value, [2, 3, 4]) },
  {
    name: 'gather',
    shapes: [[2, 4, 3]],
    apply: (x) => gather(x as Value, constant(int64([3, 0, 3, 3, 1, 0], [2, 3])), 1),
  },
  {
    name: 'matmul',
    shapes: [
      [3, 4],
      [4, 2],
    ],
    apply: (a, b) => matmul(a as Value, b as Value),
  },
  {
    name: 'matmul batch',
    shapes: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    apply: (a, b) => matmul(a as Value, b as Value),
  },
  {
    name: 'matmul broadcast',
    shapes: [
      [3, 4],
      [2, 2, 4, 2],
    ],
    apply: (a, b) => matmul(a as Value, b as Value),
  },
  {
    name: 'matmul broadcast left',
    shapes: [
      [2, 1, 3, 4],
      [2, 4, 2],
    ],
    apply: (a, b) => matmul(a as Value, b as Value),
  },
  {
    name: 'matmulTransposed',
    shapes: [
      [4, 3],
      [4, 2],
    ],
    apply: (a, b) => matmulTransposed(a as Value, b as Value),
  },
  {
    name: 'matmulTransposed broadcast',
    shapes: [
      [4, 3],
      [2, 4, 2],
    ],
    apply: (a, b) => matmulTransposed(a as Value, b as Value),
  },
  {
    name: 'matmulTransposed broadcast right',
    shapes: [
      [2, 4, 3],
      [4, 2],
    ],
    apply: (a, b) => matmulTransposed(a as Value, b as Value),
  },
  {
    name: 'matmulByTransposed',
    shapes: [
      [3, 4],
      [2, 4],
    ],
    apply: (a, b) => matmulByTransposed(a as Value, b as Value),
  },
  {
    name: 'matmulByTransposed broadcast',
    shapes: [
      [3, 4],
      [2, 2, 4],
    ],
    apply: (a, b) => matmulByTransposed(a as Value, b as Value),
  },
  conv('plain', 3, {}),
  conv('padded', 3, { padding: 1 }),
  conv('strided', 3, { padding: 1, stride: 2 }),
  conv('stride that leaves frames over', 2, { stride: 3 }),
  conv('dilated', 3, { padding: 2, dilation: 2 }),
  conv('padded on one side', 3, { padding: [2, 0], dilation: 1 }),
  conv('strided, dilated, uneven', 3, { padding: [3, 1], stride: 2, dilation: 2 }),
  {
    name: 'convolution slope',
    shapes: [
      [1, 2, 1, 5],
      [2, 2, 1, 3],
    ],
    range: [-1, 1],
    apply: (x, w) => slope((value) => convolution(value, w as Value, undefined, { padding: 1, stride: 2 }))(x as Value),
  },
  spectral('plain', 3, {}),
  spectral('strided, dilated, uneven', 3, { padding: [3, 1], stride: 2, dilation: 2 }),
  { name: 'maxPool', shapes: [image], range: [-4, 4], apply: (x) => maxPool(x as Value, { size: 3, padding: 1 }) },
  {
    name: 'maxPool strided',
    shapes: [image],
    range: [-4, 4],
    apply: (x) => maxPool(x as Value, { size: 3, padding: 1, stride: 2 }),
  },
  {
    name: 'maxPool of frames left over',
    shapes: [[1, 2, 2, 8]],
    range: [-4, 4],
    apply: (x) => maxPool(x as Value, { size: 2, stride: 3 }),
  },
];

/** A point for a case: all numbers distinct and evenly spaced over its range, so that no kink is near, in a scattered order. */
export function pointOf({ shapes, range: [low, high] = [-2, 2] }: OpCase): {
  readonly inputs: Tensor<'float32'>[];
  readonly spacing: number;
} {
  const sizes = shapes.map(elementCount);
  const count = sizes.reduce((sum, size) => sum + size, 0);
  // An even number of points around the middle keeps 0 half a spacing away in ranges around 0.
  const points = count + (count % 2);
  const spacing = (high - low) / points;
  const stride = scatteredStride(points);
  let next = 0;
  const inputs = shapes.map((shape, i) => {
    const start = next;
    next += sizes[i] as number;
    const place = (at: number) => ((start + at) * stride) % points;
    return tensor(
      'float32',
      shape,
      Float32Array.from({ length: sizes[i] as number }, (_, at) => low + (place(at) + 0.5) * spacing),
    );
  });
  return { inputs, spacing };
}

/** The first number from 0.6 of `points` on that shares no divisor with it, so that its multiples visit every point once. */
function scatteredStride(points: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = Math.ceil(0.6 * points);
  while (divisor(points, stride) !== 1) stride++;
  return stride;
}
