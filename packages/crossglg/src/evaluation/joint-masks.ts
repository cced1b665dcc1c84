/** Matching joint by joint, where the text of a class says which joints count. */
import { KinegraphError, type Tensor, zeros } from '@kinegraph/core';
import { cosine } from './similarity.ts';

/**
 * Similarity of clips to exemplars as the mean over joints of the cosine between their features, weighted for each exemplar by how much
 * the joints matter to its class (after SkelHCC, 2026, https://arxiv.org/abs/2606.03610). It needs texts about the novel classes.
 *
 * @param clips features by joint, `[Q, V, width]`: the output `joints` of a bundle that was trained with `jointOutput`
 * @param exemplars `[N, V, width]`
 * @param masks at least 0, `[N, V]`, for example the importance that `encodeDescriptions` gives; all joints alike by default
 * @returns `[Q, N]`
 * @throws `invalid-shape`; `invalid-data` for a mask that is negative or all 0
 */
export function jointSimilarities(
  clips: Tensor<'float32'>,
  exemplars: Tensor<'float32'>,
  masks?: Tensor<'float32'>,
): Tensor<'float32'> {
  const [count, joints, width] = clips.shape as [number, number, number];
  const [others] = exemplars.shape as [number];
  checkShape('exemplars', exemplars, [others, joints, width]);
  if (masks) checkShape('masks', masks, [others, joints]);
  const result = zeros('float32', [count, others]);
  for (let other = 0; other < others; other++) {
    const weights = weightsOf(masks?.data.subarray(other * joints, (other + 1) * joints), joints);
    for (let row = 0; row < count; row++) {
      let sum = 0;
      for (const [joint, weight] of weights.entries()) {
        if (weight === 0) continue;
        sum += weight * cosine(jointOf(clips, row, joint), jointOf(exemplars, other, joint));
      }
      result.data[row * others + other] = sum;
    }
  }
  return result;
}

/** The mask scaled to a sum of 1. */
function weightsOf(mask: Float32Array | undefined, joints: number): readonly number[] {
  if (!mask) return new Array<number>(joints).fill(1 / joints);
  const total = mask.reduce((a, b) => a + b, 0);
  if (mask.every((weight) => weight >= 0) && total > 0) return Array.from(mask, (weight) => weight / total);
  throw new KinegraphError({
    code: 'invalid-data',
    where: 'jointSimilarities',
    expected: 'masks of at least 0, each with a joint above 0',
    actual: `${Array.from(mask)}`,
  });
}

function jointOf({ shape, data }: Tensor<'float32'>, row: number, joint: number): Float32Array {
  const [, joints, width] = shape as [number, number, number];
  const start = (row * joints + joint) * width;
  return data.subarray(start, start + width);
}

function checkShape(name: string, { shape }: Tensor<'float32'>, expected: readonly number[]): void {
  if (`${shape}` === `${expected}`) return;
  throw new KinegraphError({
    code: 'invalid-shape',
    where: 'jointSimilarities',
    expected: `${name} [${expected.join(', ')}]`,
    actual: `[${shape.join(', ')}]`,
  });
}
