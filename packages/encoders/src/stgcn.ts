/**
 * ST-GCN: graph convolutions over joints and 9x1 convolutions over time, in turn; the first network of this family.
 *
 * Yan, Xiong, Lin, "Spatial Temporal Graph Convolutional Networks for Skeleton-Based Action Recognition", AAAI 2018,
 * https://arxiv.org/abs/1801.07455. Parameters are named as in the authors' state dict, where the graph is the buffer `A`; their head
 * `fcn` is this library's `fc`.
 *
 * Neighbors fall into K subsets, each with a map W_k of its own (eq. 5-10): `y_w = sum_k sum_v (A_k ⊙ E_k)[v, w] W_k x_v`, where A is
 * normalized by columns and E, the importance of edges, is learned for each block (§3.5). Then
 * `block(x) = ReLU(BN(conv9x1(ReLU(BN(y)))) + skip(x))`, without a skip path in the first block.
 *
 * Left to options: the partition into subsets, whether E is learned, width and depth, and dropout after the temporal convolution. The
 * authors train with dropout 0.5 on NTU and 0 on Kinetics; the default is 0, as of their code.
 *
 * Inside, skeletons lie side by side, `[1, C, V*B*M, T]`: their graph is one and the same.
 */
import { adjacency, type Partition } from '@kinegraph/core';
import {
  add,
  copyOf,
  defineEncoder,
  dropout,
  multiply,
  normal,
  one,
  relu,
  temporalConvolution,
  zero,
} from '@kinegraph/core/graph';
import { graphConvolution } from './blocks/graph-convolution.ts';
import { normalizeByJoint } from './blocks/input-norm.ts';
import { placeSideBySide, takeApart, tapSideBySide } from './blocks/side-by-side.ts';
import { skip } from './blocks/skip.ts';
import { planBlocks } from './blocks/stages.ts';

/** Options of {@link stgcn}. */
export interface StgcnOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
  /** Share of features dropped after each temporal convolution but the first while training. */
  readonly dropout: number;
  /**
   * How neighbors fall into subsets. By default as the authors' code ships it (`spatial-configuration-legacy`), which their weights need;
   * `spatial-configuration` is what the paper describes.
   */
  readonly partition: Partition;
  /** Whether each block learns the importance of edges. */
  readonly edgeImportance: boolean;
}

const convolution = { weight: normal(0.02), bias: zero };
const scale = normal(0.02, 1);

/**
 * The ST-GCN encoder. Output width is `width * 2^(stages - 1)`; any number of frames, halved (rounding up) by each stage but the first.
 *
 * Taps: `block.i` and `block.i.spatial` (after the graph convolution, its normalization and ReLU), `[B, M, C, T, V]`.
 *
 * @example
 * ```ts
 * const encoder = stgcn({ width: 32, partition: 'spatial-configuration', dropout: 0.5 });
 * ```
 */
export const stgcn = defineEncoder<StgcnOptions>({
  id: 'stgcn',
  defaults: {
    width: 64,
    stages: [4, 3, 3],
    dropout: 0,
    partition: 'spatial-configuration-legacy',
    edgeImportance: true,
  },
  build(scope, x, { layout, options, persons }) {
    const partition = adjacency(layout, options.partition);
    const edges = scope.buffer('A', partition.shape, copyOf(partition));
    const importance = scope.child('edge_importance');
    const skeletons = { joints: layout.joints.length, persons };
    let y = placeSideBySide(normalizeByJoint(scope.child('data_bn'), x, false, scale));
    planBlocks('encoder stgcn', options).forEach(({ width, stride, residual }, i) => {
      const block = scope.child('st_gcn_networks').child(i);
      const tcn = block.child('tcn');
      const graph = options.edgeImportance ? multiply(edges, importance.param(`${i}`, partition.shape, one)) : edges;
      const gcn = { conv: block.child('gcn').child('conv'), norm: tcn.child(0), ...convolution, scale };
      const convolved = graphConvolution(y, graph, width, { ...gcn, edges: scope.first(edges) });
      const spatial = tapSideBySide(scope, `block.${i}.spatial`, relu(convolved), skeletons);
      const norm = { scope: tcn.child(3), scale };
      const temporal = temporalConvolution(tcn.child(2), spatial, width, 9, { stride, ...convolution, norm });
      const names = { conv: '0', norm: '1', weight: convolution.weight, scale };
      const sum = residual
        ? add(dropout(tcn, temporal, options.dropout), skip(block.child('residual'), y, width, stride, names))
        : temporal;
      y = tapSideBySide(scope, `block.${i}`, relu(sum), skeletons);
    });
    return takeApart(y, skeletons);
  },
});
