/** Reverse-mode differentiation: walks the graph backwards and applies each op's own gradient rule. */
import { KinegraphError } from '../tensor/error.ts';
import { elementCount, float32 } from '../tensor/tensor.ts';
import { broadcastAxes, sameShape } from './broadcast.ts';
import { add } from './ops/elementwise.ts';
import { reduceSum } from './ops/reduce.ts';
import { reshape } from './ops/reshape.ts';
import { expand } from './ops/shape.ts';
import { constant, describeShape, type Value } from './value.ts';

/**
 * Gradients of a scalar loss with respect to the given values.
 *
 * @param loss a value with one element
 * @param targets any values of the graph
 * @returns one gradient a target, of the target's shape; zeros for a target that the loss does not depend on.
 * @throws `invalid-shape` if the loss has more than one element, `unsupported` if an op on the way has no gradient rule.
 * @example
 * ```ts
 * const x = input('x', [4, 3]);
 * const w = input('w', [3, 1]);
 * const [dw] = gradients(reduceSum(matmul(x, w)), [w]); // [3, 1]
 * ```
 */
export function gradients(loss: Value, targets: readonly Value[]): Value[] {
  if (loss.shape.some((size) => size !== 1)) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where: 'gradients',
      expected: 'a loss of one element',
      actual: describeShape(loss.shape),
      hint: 'Reduce it with reduceMean() or reduceSum().',
    });
  }
  const order = pathToTargets(loss, new Set(targets));
  const onPath = new Set(order);
  const partial = new Map<Value, Value>([[loss, constant(float32([1], loss.shape))]]);
  for (const value of order.reverse()) {
    const { source } = value;
    const gradient = partial.get(value);
    if (source.kind !== 'op' || !gradient) continue;
    const { op, inputs, attributes } = source;
    const wanted = inputs.map((item) => onPath.has(item));
    if (!op.gradient || !wanted.some(Boolean)) continue;
    const unbroadcast = inputs.every((item, i) => !wanted[i] || sameSize(item, value));
    const whole = op.lazy && unbroadcast ? withRank(gradient, value.shape.length) : expand(gradient, value.shape);
    const parts = op.gradient({ inputs, output: value, gradient: whole, attributes, wanted });
    if (parts.length > inputs.length) throw arityError(value, parts.length, inputs.length);
    parts.forEach((part, i) => {
      const item = inputs[i] as Value;
      if (!part || !wanted[i]) return;
      const reduced = sumTo(part, item.shape);
      const sofar = partial.get(item);
      partial.set(item, sofar ? add(sofar, reduced) : reduced);
    });
  }
  return targets.map((target) => expand(partial.get(target) ?? constant(0), target.shape));
}

/** Values between the loss and any target, each after its inputs. Values behind an op without gradient are left out. */
function pathToTargets(loss: Value, targets: ReadonlySet<Value>): Value[] {
  const order: Value[] = [];
  const reaches = new Map<Value, boolean>();
  const stack: { value: Value; next: number }[] = [{ value: loss, next: 0 }];
  while (stack.length > 0) {
    const top = stack.at(-1) as { value: Value; next: number };
    const { source } = top.value;
    const inputs = source.kind === 'op' && source.op.gradient ? source.inputs : [];
    const child = inputs[top.next++];
    if (child) {
      if (!reaches.has(child)) {
        reaches.set(child, false);
        stack.push({ value: child, next: 0 });
      }
      continue;
    }
    stack.pop();
    const found = targets.has(top.value) || inputs.some((item) => reaches.get(item));
    reaches.set(top.value, found);
    if (found) order.push(top.value);
  }
  return order;
}

/** With leading axes of one element. */
function withRank(x: Value, rank: number): Value {
  return reshape(x, [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape]);
}

function sameSize(a: Value, b: Value): boolean {
  return elementCount(a.shape) === elementCount(b.shape);
}

/** Sums a gradient over the axes along which its value was broadcast. */
function sumTo(gradient: Value, shape: readonly number[]): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const axes = broadcastAxes(gradient.shape, shape);
  const summed = axes.length > 0 ? reduceSum(gradient, { axes }) : gradient;
  const extra = summed.shape.length - shape.length;
  return extra > 0 ? reshape(summed, summed.shape.slice(extra)) : summed;
}

function arityError(value: Value, given: number, most: number): KinegraphError {
  const type = value.source.kind === 'op' ? value.source.op.type : value.source.kind;
  return new KinegraphError({
    code: 'internal',
    where: `internal: gradient of ${type}${value.path && ` at ${value.path}`}`,
    expected: `at most ${most} gradients`,
    actual: `${given}`,
  });
}
