/** Order among results that do not depend on each other. */
import type { Value } from '../value.ts';
import { add, multiply } from './elementwise.ts';
import { reshape } from './reshape.ts';
import { slice } from './shape.ts';

/**
 * The numbers of x, known no sooner than `event`.
 *
 * For gradient rules that compute something once more in place of keeping it: from `after(x, gradient)` it is computed in the backward pass,
 * where the same computation from x would be taken for the one of the forward pass. NaN if the first element of the event is not finite.
 */
export function after(x: Value, event: Value): Value {
  const first = event.shape.reduce<Value>((part, _, axis) => slice(part, axis, 0, 1), event);
  return add(x, multiply(reshape(first, []), 0));
}
