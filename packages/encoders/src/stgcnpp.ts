/**
 * ST-GCN++: ST-GCN with a learned adjacency, a skip path in the graph convolution and six temporal branches.
 *
 * Duan, Wang, Chen, Lin, "PYSKL: Towards Good Practices for Skeleton Action Recognition", 2022, https://arxiv.org/abs/2205.09443.
 * Parameters are named as in PYSKL's state dict (`backbone.*`). The skip paths and the order of operations follow its `mstcn`,
 * `adaptive=init`, `gcn_with_res` configuration. Neighbors are read as `y_w = sum_k sum_v A_k[v, w] W_k x_v`.
 */
import { adjacency, type Tensor } from '@kinegraph/core';
import {
  add,
  batchNorm,
  concat,
  copyOf,
  defaultUniform,
  defineEncoder,
  dropout,
  maxPool,
  pointwise,
  relu,
  type Scope,
  tapFolded,
  temporalConvolution,
  unfoldPersons,
  type Value,
} from '@kinegraph/core/graph';
import { graphConvolution } from './blocks/graph-convolution.ts';
import { normalizeInput } from './blocks/input-norm.ts';
import { skip } from './blocks/skip.ts';
import { planBlocks } from './blocks/stages.ts';

/** Options of {@link stgcnpp}. */
export interface StgcnppOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. At least 6. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
  /** Share of features dropped after each temporal convolution while training. */
  readonly dropout: number;
}

/**
 * The ST-GCN++ encoder. Output width is `width * 2^(stages - 1)`. Taps: `block.i` and `block.i.spatial`, `[B, M, C, T, V]`.
 *
 * @example
 * ```ts
 * const encoder = stgcnpp({ width: 32, dropout: 0.1 });
 * ```
 */
export const stgcnpp = defineEncoder<StgcnppOptions>({
  id: 'stgcnpp',
  defaults: { width: 64, stages: [4, 3, 3], dropout: 0 },
  build(scope, x, { layout, options, persons }) {
    const graph = adjacency(layout, 'spatial');
    const backbone = scope.child('backbone');
    let y = normalizeInput(backbone.child('data_bn'), x, false);
    planBlocks('encoder stgcnpp', options, 1, 6).forEach(({ width, stride, residual }, i) => {
      const block = backbone.child('gcn').child(i);
      const convolved = learnedGraphConvolution(block.child('gcn'), y, width, graph);
      const spatial = tapFolded(scope, `block.${i}.spatial`, convolved, persons);
      const temporal = dropout(block, sixBranches(block.child('tcn'), spatial, stride), options.dropout);
      const names = { conv: 'conv', norm: 'bn' };
      const sum = residual ? add(temporal, skip(block.child('residual'), y, width, stride, names)) : temporal;
      y = tapFolded(scope, `block.${i}`, relu(sum), persons);
    });
    return unfoldPersons(y, persons);
  },
});

/** The graph convolution with a learned adjacency, and its skip path: `[N, C, V, T]` to `[N, width, V, T]`. */
function learnedGraphConvolution(scope: Scope, x: Value, width: number, partition: Tensor<'float32'>): Value {
  const graph = scope.param('A', partition.shape, copyOf(partition));
  const first = defaultUniform(x.shape[1] as number);
  const y = graphConvolution(x, graph, width, {
    conv: scope.child('conv'),
    norm: scope.child('bn'),
    weight: first,
    bias: first,
  });
  return relu(add(y, skip(scope.child('down'), x, width, 1, { conv: '0', norm: '1' })));
}

/** Four dilated 3x1 convolutions, a max pooling and a plain 1x1 convolution, joined, transformed and normalized. */
function sixBranches(scope: Scope, x: Value, stride: number): Value {
  const width = x.shape[1] as number;
  const narrow = Math.floor(width / 6);
  const branch = (i: number) => scope.child('branches').child(i);
  const reduced = (i: number, channels: number) =>
    relu(pointwise(branch(i).child(0), x, channels, { norm: { scope: branch(i).child(1) } }));
  const dilated = [1, 2, 3, 4].map((dilation, i) => {
    const channels = i === 0 ? width - 5 * narrow : narrow;
    return temporalConvolution(branch(i).child(3).child('conv'), reduced(i, channels), channels, 3, {
      stride,
      dilation,
    });
  });
  const pooled = maxPool(reduced(4, narrow), { size: 3, stride, padding: 1 });
  const plain = pointwise(branch(5), x, narrow, { stride });
  const transform = scope.child('transform');
  const joined = relu(batchNorm(transform.child(0), concat([...dilated, pooled, plain], 1)));
  return pointwise(transform.child(2), joined, width, { norm: { scope: scope.child('bn') } });
}
