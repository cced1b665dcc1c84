/** The four-branch multi-scale temporal convolution of CTR-GCN and InfoGCN (Chen et al. 2021, §3.4). */
import {
  batchNorm,
  concat,
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

const convolution = { weight: kaimingFanOut, bias: zero };
const scale = normal(0.02, 1);

/**
 * Two dilated 5x1 convolutions, a max pooling and a plain 1x1 convolution side by side, each a quarter of the width.
 *
 * @param x `[N, width, V, T]`
 * @returns `[N, width, V, ceil(T / stride)]`
 */
export function multiScaleTemporal(scope: Scope, x: Value, stride: number): Value {
  const width = (x.shape[1] as number) / 4;
  const branch = (i: number) => scope.child('branches').child(i);
  const reduced = (i: number) =>
    relu(pointwise(branch(i).child(0), x, width, { ...convolution, norm: { scope: branch(i).child(1), scale } }));
  const dilated = [1, 2].map((dilation, i) => {
    const temporal = branch(i).child(3);
    const norm = { scope: temporal.child('bn'), scale };
    return temporalConvolution(temporal.child('conv'), reduced(i), width, 5, {
      ...convolution,
      stride,
      dilation,
      norm,
    });
  });
  const pooled = batchNorm(branch(2).child(4), maxPool(reduced(2), { size: 3, stride, padding: 1 }), { scale });
  const plain = pointwise(branch(3).child(0), x, width, {
    ...convolution,
    stride,
    norm: { scope: branch(3).child(1), scale },
  });
  return concat([...dilated, pooled, plain], 1);
}
