/** The ten-block plan that the skeleton encoders of this package share. */

/** Width and temporal stride of one block. */
export interface BlockPlan {
  readonly width: number;
  readonly stride: 1 | 2;
  /** Whether the block has a skip path around it; the first has none. */
  readonly residual: boolean;
}

/**
 * Blocks by stage: the width doubles and the frames halve at the start of each stage but the first.
 *
 * The published plan is width 64 and stages of 4, 3 and 3 blocks: 64 64 64 64 128 128 128 256 256 256.
 */
export function planBlocks(width: number, stages: readonly number[]): BlockPlan[] {
  return stages.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i): BlockPlan => {
      const first = i === 0;
      return { width: width * 2 ** stage, stride: first && stage > 0 ? 2 : 1, residual: !(first && stage === 0) };
    }),
  );
}
