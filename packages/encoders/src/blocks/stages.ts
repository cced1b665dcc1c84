/** The ten-block plan that the skeleton encoders of this package share. */

import { KinegraphError } from '@kinegraph/core';

/** Width and temporal stride of one block. */
export interface BlockPlan {
  readonly width: number;
  readonly stride: 1 | 2;
  /** Whether the block has a skip path around it; the first has none. */
  readonly residual: boolean;
}

/** What a plan is made from. */
export interface PlanOptions {
  readonly width: number;
  readonly stages: readonly number[];
}

/**
 * Blocks by stage: the width doubles and the frames halve at the start of each stage but the first.
 *
 * The published plan is width 64 and stages of 4, 3 and 3 blocks: 64 64 64 64 128 128 128 256 256 256.
 *
 * @param where the encoder, for errors
 * @param step what its branches need the width to be a multiple of
 * @param least the smallest width that leaves every branch a channel
 */
export function planBlocks(where: string, { width, stages }: PlanOptions, step = 1, least = step): BlockPlan[] {
  checkWidth(where, width, step, least);
  if (stages.length === 0 || !stages.every((count) => Number.isInteger(count) && count >= 1)) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where,
      expected: 'stages of at least one block each',
      actual: `[${stages.join(', ')}]`,
    });
  }
  return stages.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i): BlockPlan => {
      const first = i === 0;
      return { width: width * 2 ** stage, stride: first && stage > 0 ? 2 : 1, residual: !(first && stage === 0) };
    }),
  );
}

function checkWidth(where: string, width: number, step: number, least: number): void {
  if (Number.isInteger(width) && width >= least && width % step === 0) return;
  const near = Math.max(least, Math.round(width / step) * step);
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: step === 1 ? `a width of at least ${least}` : `a width that is a multiple of ${step}`,
    actual: `${width}`,
    ...(Number.isFinite(near) && { hint: `Use width ${near}.` }),
  });
}
