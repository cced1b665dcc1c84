import { describe, expect, it } from 'vitest';
import { clip } from './clip.ts';
import { defineLayout } from './layout.ts';
import { ntu25 } from './layouts.ts';
import { reroot } from './reroot.ts';
import { isStream, planStream, type Stream, toStream } from './streams.ts';

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
    // By the tree, in which the foot hangs from the knee, whatever the bones are; the root keeps its position.
    ['mode-1', [1, 1, 1, 3, 5, 3, 1, 2, 2, 1, 3, 5]],
    ['mode-2', [1, 1, 2, 4, 6, 6, 1, 2, 3, 3, 5, 6]],
    ['mode-3', [1, 1, 2, 4, 7, 7, 1, 2, 3, 3, 6, 8]],
    ['mode-1-motion', [0, 1, 1, -2, -2, 2, 0, 0, 0, 0, 0, 0]],
  ] as const)('computes %s (spec encoders §4.5, §5.6)', (kind, expected) => {
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

  it('keeps the confidence of a joint without an ancestor', () => {
    const sure = clip(chain, source.positions.data, {
      dimensions: 2,
      confidence: [
        [1, 0.5, 0],
        [0.5, 0, 1],
      ],
    });
    const { positions, confidence } = toStream(sure, 'mode-1');
    expect([...(confidence?.data ?? [])]).toEqual([1, 0.75, 0, 0.5, 0, 0]);
    expect([...positions.data]).toEqual([1, 1, 1, 3, 0, 0, 1, 2, 0, 0, 0, 0]);
  });
});

describe('k-modes', () => {
  it('have as many ancestors as the powers of B on NTU (spec encoders §4.5)', () => {
    const layout = reroot(ntu25, 'spine_mid');
    const counts = [1, 2, 3, 4, 5, 6, 7, 8].map((k) => {
      const { subtracted } = planStream('test', layout, `mode-${k}`);
      return subtracted.filter((joint) => joint >= 0).length;
    });
    expect(counts).toEqual([24, 22, 17, 12, 8, 4, 2, 0]);
  });

  it.each(['joint', 'bone-motion', 'mode-1', 'mode-12', 'mode-8-motion'])('are told from other texts: %s', (text) => {
    expect(isStream(text)).toBe(true);
    expect(() => toStream(source, text as Stream)).not.toThrow();
  });

  it.each([
    '',
    'mode',
    'mode-0',
    'mode-00',
    'mode--1',
    'mode-1.5',
    'mode-1e3',
    'mode-1 ',
    'motion',
    'joint-motion-motion',
    3,
    null,
  ])('refuse %j', (text) => {
    expect(isStream(text)).toBe(false);
    expect(() => toStream(source, text as Stream)).toThrow('toStream: expected streams among joint, bone');
  });

  it('refuse k = 0, and say why', () => {
    expect(() => toStream(source, 'mode-0-motion')).toThrow(
      'With k = 0 every joint is subtracted from itself; begin with mode-1.',
    );
  });
});
