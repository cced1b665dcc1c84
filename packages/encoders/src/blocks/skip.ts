/** The skip paths around graph convolutions and blocks. */
import { kaimingFanOut, pointwise, type Scope, type Value, zero } from '@kinegraph/core/graph';

/** Names of the convolution and the normalization of a skip path, as in the original state dict. */
export interface SkipNames {
  readonly conv: string;
  readonly norm: string;
}

/** The input itself where width and frames stay, otherwise a normalized 1x1 convolution to `width` with `stride`. */
export function skip(scope: Scope, x: Value, width: number, stride: number, names: SkipNames): Value {
  if (x.shape[1] === width && stride === 1) return x;
  return pointwise(scope.child(names.conv), x, width, {
    stride,
    weight: kaimingFanOut,
    bias: zero,
    norm: { scope: scope.child(names.norm) },
  });
}
