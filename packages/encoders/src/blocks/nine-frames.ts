/** The 9x1 convolution over time of 2s-AGCN and AAGCN. */
import { kaimingFanOut, type Scope, temporalConvolution, type Value, zero } from '@kinegraph/core/graph';

/**
 * A normalized 9x1 convolution that keeps the width.
 *
 * @param x `[N, C, V, T]`
 * @returns `[N, C, V, ceil(T / stride)]`
 */
export function nineFrames(scope: Scope, x: Value, stride: number): Value {
  return temporalConvolution(scope.child('conv'), x, x.shape[1] as number, 9, {
    stride,
    weight: kaimingFanOut,
    bias: zero,
    norm: { scope: scope.child('bn') },
  });
}
