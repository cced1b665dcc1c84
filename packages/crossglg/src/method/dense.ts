/** A fully connected layer over rows, whatever their arrangement. */
import { elementCount } from '@kinegraph/core';
import { type Initializer, linear, reshape, type Scope, type Value } from '@kinegraph/core/graph';

/**
 * `linear` over the last axis with all others as one, so that the gradient of the weight is one product and not one for each of them.
 *
 * @param x `[..., inputs]`
 * @returns `[..., width]`
 */
export function dense(scope: Scope, x: Value, width: number, options: { readonly weight?: Initializer } = {}): Value {
  const leading = x.shape.slice(0, -1);
  const rows = reshape(x, [elementCount(leading), x.shape.at(-1) as number]);
  return reshape(linear(scope, rows, width, options), [...leading, width]);
}
