/** Multi-head attention, as the text branch needs it. */
import { exp, matmul, multiply, reshape, type Scope, swapLast, transpose, type Value } from '@kinegraph/core/graph';
import { logSoftmax } from '@kinegraph/core/train';
import { refuse } from '../refusal.ts';
import { dense } from './dense.ts';

/**
 * Scaled dot-product attention (Vaswani et al. 2017, eq. 1) in several heads: `softmax(q kᵀ / sqrt(size)) v`, then one linear layer.
 *
 * @param from what asks, `[B, V, D]`
 * @param to what is looked at, `[B, V', D]`
 * @returns `[B, V, D]`
 * @throws `invalid-argument` unless the heads divide D
 */
export function attention(scope: Scope, from: Value, to: Value, heads: number): Value {
  const [b, v, width] = from.shape as [number, number, number];
  if (width % heads !== 0) throw refuse(scope.path, `heads that divide the encoder's width ${width}`, `${heads}`);
  const size = width / heads;
  const project = (name: string, x: Value) =>
    transpose(reshape(dense(scope.child(name), x, width), [b, x.shape[1] as number, heads, size]), [0, 2, 1, 3]);
  const query = multiply(project('query', from), 1 / Math.sqrt(size));
  const weights = exp(logSoftmax(matmul(query, swapLast(project('key', to)))));
  const seen = transpose(matmul(weights, project('value', to)), [0, 2, 1, 3]);
  return dense(scope.child('out'), reshape(seen, [b, v, width]), width);
}
