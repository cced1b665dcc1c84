/** The same elements in another shape. */
import { elementCount, int64 } from '../../tensor/tensor.ts';
import { sameShape } from '../broadcast.ts';
import { defineOp } from '../define-op.ts';
import { describeShape, isSymbolic, type Value } from '../value.ts';

const applyReshape = defineOp<{ readonly shape: readonly number[] }>('Reshape', {
  infer([x], { shape }, fail) {
    const { shape: from, dtype } = x as Value;
    if (elementCount(from) !== elementCount(shape)) {
      fail(`a shape of as many elements as ${describeShape(from)}`, describeShape(shape));
    }
    return { shape, dtype };
  },
  gradient: ({ inputs: [x], gradient }) => [reshape(gradient, (x as Value).shape)],
  encode: ({ shape }) => ({ inputs: [int64(shape.map((size) => (isSymbolic(size) ? -1 : size)))] }),
});

/** The same elements in row-major order under another shape; one size may be -1 and is then worked out. */
export function reshape(x: Value, shape: readonly number[]): Value {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const target = shape.map((size) => (size === -1 ? elementCount(x.shape) / known : size));
  return sameShape(x.shape, target) ? x : applyReshape([x], { shape: target });
}
