/** The four-branch multi-scale temporal convolution of CTR-GCN and InfoGCN (Chen et al. 2021, §3.4). */
import {
  batchNorm,
  concat,
  type Initializer,
  kaimingFanOut,
  maxPool,
  normal,
  pointwise,
  relu,
  type Scope,
  temporalConvolution,
  type Value,
  zero,
} from '@kinegraph/core/graph';

/** First values; those of the layers themselves where one is left out. */
export interface MultiScaleInitializers {
  /** Of the convolutions. */
  readonly weight?: Initializer;
  readonly bias?: Initializer;
  /** Of the normalizations. */
  readonly scale?: Initializer;
}

const published: MultiScaleInitializers = { weight: kaimingFanOut, bias: zero, scale: normal(0.02, 1) };

/**
 * Two dilated 5x1 convolutions, a max pooling and a plain 1x1 convolution side by side, each a quarter of the width.
 *
 * @param x `[N, width, V, T]`
 * @param first CTR-GCN's by default
 * @returns `[N, width, V, ceil(T / stride)]`
 */
export function multiScaleTemporal(
  scope: Scope,
  x: Value,
  stride: number,
  { scale, ...convolution }: MultiScaleInitializers = published,
): Value {
  const scaled = scale ? { scale } : {};
  const width = (x.shape[1] as number) / 4;
  const branch = (i: number) => scope.child('branches').child(i);
  const reduced = (i: number) =>
    relu(pointwise(branch(i).child(0), x, width, { ...convolution, norm: { scope: branch(i).child(1), ...scaled } }));
  const dilated = [1, 2].map((dilation, i) => {
    const temporal = branch(i).child(3);
    const norm = { scope: temporal.child('bn'), ...scaled };
    return temporalConvolution(temporal.child('conv'), reduced(i), width, 5, {
      ...convolution,
      stride,
      dilation,
      norm,
    });
  });
  const pooled = batchNorm(branch(2).child(4), maxPool(reduced(2), { size: 3, stride, padding: 1 }), scaled);
  const plain = pointwise(branch(3).child(0), x, width, {
    ...convolution,
    stride,
    norm: { scope: branch(3).child(1), ...scaled },
  });
  return concat([...dilated, pooled, plain], 1);
}
