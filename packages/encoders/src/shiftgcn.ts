/**
 * Shift-GCN: shifts of features between joints and frames, and 1x1 convolutions, in place of graph and temporal convolutions.
 *
 * Cheng, Zhang, He, Chen, Cheng, Lu, "Skeleton-Based Action Recognition with Shift Graph Convolutional Network", CVPR 2020.
 * Parameters are named as in the authors' state dict; its integer tables `gcn1.shift_in` and `gcn1.shift_out` follow from the layout and
 * are not needed. Edges of the layout have no part: every joint reaches every other one.
 *
 * Spatial part, with mask M: `y = ReLU(BN(shift_back((tanh(M) + 1) * shift(x) W)) + skip(x))`. Temporal part: `BN`, shift,
 * 1x1 convolution, ReLU, shift, `BN`. The published shift also moves along the joints, by `xpos`, which starts at 1e-8 and is never
 * trained; with the exact gradient, which is the default here, it is. Odd numbers of frames are rounded up at a stride.
 */
import {
  add,
  batchNorm,
  defineEncoder,
  expand,
  kaimingFanOut,
  mix,
  multiply,
  normal,
  pointwise,
  relu,
  reshape,
  type Scope,
  swapLast,
  tanh,
  tapFolded,
  transpose,
  unfoldPersons,
  uniform,
  type Value,
  zero,
} from '@kinegraph/core/graph';
import { normalizeInput } from './blocks/input-norm.ts';
import { learnedShift, type ShiftGradient, shiftJoints } from './blocks/shift.ts';
import { skip } from './blocks/skip.ts';
import { planBlocks } from './blocks/stages.ts';
import { checkWord } from './blocks/words.ts';

/** Options of {@link shiftgcn}. */
export interface ShiftgcnOptions extends Record<string, unknown> {
  /** Channels of the first stage; each later stage doubles it. */
  readonly width: number;
  /** Blocks in each stage; frames halve between stages. */
  readonly stages: readonly number[];
  /** How shifts are trained: by their gradient, or as published by its sign, at a fixed speed. */
  readonly shiftGradient: ShiftGradient;
}

/**
 * The Shift-GCN encoder. Output width is `width * 2^(stages - 1)`. Taps: `block.i` and `block.i.spatial`, `[B, M, C, T, V]`.
 *
 * @example
 * ```ts
 * const encoder = shiftgcn({ width: 32 }); // half the published width
 * ```
 */
export const shiftgcn = defineEncoder<ShiftgcnOptions>({
  id: 'shiftgcn',
  defaults: { width: 64, stages: [4, 3, 3], shiftGradient: 'exact' },
  build(scope, x, { options, persons }) {
    checkWord('encoder shiftgcn', 'shiftGradient', options.shiftGradient, ['exact', 'sign']);
    let y = normalizeInput(scope.child('data_bn'), x, true);
    planBlocks('encoder shiftgcn', options).forEach(({ width, stride, residual }, i) => {
      const block = scope.child(`l${i + 1}`);
      const spatial = tapFolded(scope, `block.${i}.spatial`, spatialShift(block.child('gcn1'), y, width), persons);
      const temporal = temporalShift(block.child('tcn1'), spatial, stride, options.shiftGradient);
      const names = { conv: 'conv', norm: 'bn' };
      const sum = residual ? add(temporal, skip(block.child('residual'), y, width, stride, names)) : temporal;
      y = tapFolded(scope, `block.${i}`, relu(sum), persons);
    });
    return unfoldPersons(y, persons);
  },
});

/** Shift, mask, 1x1 convolution, shift back, normalization of each joint's channels, skip path: `[N, C, V, T]` to `[N, width, V, T]`. */
function spatialShift(scope: Scope, x: Value, width: number): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const weight = scope.param('Linear_weight', [c, width], normal(Math.sqrt(1 / width)));
  const bias = scope.param('Linear_bias', [1, 1, width], zero);
  const mask = add(tanh(scope.param('Feature_Mask', [1, v, c], zero)), 1);
  const shifted = multiply(shiftJoints(x, 1, 'channel-joint'), reshape(swapLast(mask), [c * v, 1]));
  const mixed = mix(reshape(shifted, [n, c, v, t]), swapLast(weight));
  const back = shiftJoints(mixed, -1, 'joint-channel');
  const normalized = batchNorm(scope.child('bn'), back, { bias: reshape(expand(bias, [1, v, width]), [v * width]) });
  const y = transpose(reshape(normalized, [n, v, width, t]), [0, 2, 1, 3]);
  return relu(add(y, skip(scope.child('down'), x, width, 1, { conv: '0', norm: '1' })));
}

/** Normalization, shift, 1x1 convolution, shift with stride, normalization: `[N, width, V, T]` to `[N, width, V, ceil(T / stride)]`. */
function temporalShift(scope: Scope, x: Value, stride: 1 | 2, gradient: ShiftGradient): Value {
  const width = x.shape[1] as number;
  const shift = (name: string, y: Value, step: 1 | 2) => {
    const child = scope.child(name);
    const xpos = child.param('xpos', [width], uniform(1e-8));
    const ypos = child.param('ypos', [width], uniform(1));
    return learnedShift(y, { xpos, ypos }, step, gradient);
  };
  const moved = shift('shift_in', batchNorm(scope.child('bn'), x), 1);
  const mixed = relu(pointwise(scope.child('temporal_linear'), moved, width, { weight: kaimingFanOut }));
  return batchNorm(scope.child('bn2'), shift('shift_out', mixed, stride));
}
