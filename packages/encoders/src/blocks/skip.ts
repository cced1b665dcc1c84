/** The skip paths around graph convolutions and blocks. */
import { type Initializer, kaimingFanOut, pointwise, type Scope, type Value, zero } from '@kinegraph/core/graph';

/** Names of the convolution and the normalization of a skip path, as in the original state dict, and their first values. */
export interface SkipNames {
  readonly conv: string;
  readonly norm: string;
  /** First value of the convolution's weight; He et al., fan-out, by default. */
  readonly weight?: Initializer;
  /** First value of the normalization's scale; ones by default. */
  readonly scale?: Initializer;
}

/** The input itself where width and frames stay, otherwise a normalized 1x1 convolution to `width` with `stride`. */
export function skip(scope: Scope, x: Value, width: number, stride: number, names: SkipNames): Value {
  if (x.shape[1] === width && stride === 1) return x;
  const { conv, norm, weight = kaimingFanOut, scale } = names;
  return pointwise(scope.child(conv), x, width, {
    stride,
    weight,
    bias: zero,
    norm: { scope: scope.child(norm), ...(scale && { scale }) },
  });
}
