import { describe, expect, it } from 'vitest';
import { clip } from './clip.ts';
import { defineLayout } from './layout.ts';
import { toStream } from './streams.ts';

const chain = defineLayout('chain', { hip: null, knee: 'hip', foot: 'knee' }, { bones: { foot: 'hip' } });
const source = clip(
  chain,
  [
    [
      [1, 1],
      [2, 4],
      [7, 7],
    ],
    [
      [1, 2],
      [3, 3],
      [6, 8],
    ],
  ],
  { fps: 10 },
);

describe('toStream', () => {
  it.each([
    ['joint', [1, 1, 2, 4, 7, 7, 1, 2, 3, 3, 6, 8]],
    ['bone', [0, 0, 1, 3, 6, 6, 0, 0, 2, 1, 5, 6]],
    ['joint-motion', [0, 1, 1, -1, -1, 1, 0, 0, 0, 0, 0, 0]],
    ['bone-motion', [0, 0, 1, -2, -1, 0, 0, 0, 0, 0, 0, 0]],
  ] as const)('computes %s (spec encoders §5.6)', (kind, expected) => {
    const result = toStream(source, kind);
    // Adding 0 makes -0 and 0 the same.
    expect([...result.positions.data].map((x) => x + 0)).toEqual(expected);
    expect(result.fps).toBe(10);
  });

  it('restarts motion with each person', () => {
    const two = clip(chain, [
      [
        [
          [1, 0],
          [1, 0],
          [1, 0],
        ],
      ],
      [
        [
          [5, 0],
          [5, 0],
          [5, 0],
        ],
      ],
    ]);
    expect(toStream(two, 'joint-motion').positions.data.every((x) => x === 0)).toBe(true);
  });

  it('averages confidence, and misses what either end misses', () => {
    const sure = clip(
      chain,
      [
        [
          [1, 1],
          [2, 4],
          [7, 7],
        ],
        [
          [1, 2],
          [3, 3],
          [6, 8],
        ],
      ],
      {
        confidence: [
          [1, 0.5, 0],
          [0.5, 0.25, 1],
        ],
      },
    );
    expect([...(toStream(sure, 'bone').confidence?.data ?? [])]).toEqual([1, 0.75, 0, 0.5, 0.375, 0.75]);
    const motion = toStream(sure, 'joint-motion');
    expect([...(motion.confidence?.data ?? [])]).toEqual([0.75, 0.375, 0, 0.5, 0.25, 1]);
    expect([...motion.positions.data.subarray(4, 6)]).toEqual([0, 0]);
  });
});
