/** Multi-head attention and layer normalization, as the text branch needs them. */
import {
  add,
  divide,
  exp,
  matmul,
  multiply,
  one,
  reduceMean,
  reshape,
  type Scope,
  sqrt,
  subtract,
  swapLast,
  transpose,
  type Value,
  zero,
} from '@kinegraph/core/graph';
import { logSoftmax } from '@kinegraph/core/train';
import { refuse } from '../refusal.ts';
import { dense } from './dense.ts';

/**
 * Layer normalization over the last axis (Ba, Kiros and Hinton 2016, eq. 3-4).
 *
 * @returns the shape of x; parameters `weight` and `bias` `[channels]`
 */
export function layerNorm(scope: Scope, x: Value): Value {
  const channels = x.shape.at(-1) as number;
  const centered = subtract(x, reduceMean(x, { axes: [-1] }));
  const variance = reduceMean(multiply(centered, centered), { axes: [-1] });
  const normalized = divide(centered, sqrt(add(variance, 1e-5)));
  return add(multiply(normalized, scope.param('weight', [channels], one)), scope.param('bias', [channels], zero));
}

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
