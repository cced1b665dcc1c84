import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { type Augmentation, cropTime, drift, dropJoints, flip, jitter, mirror, rescale, rotate } from './augment.ts';
import { type Clip, clip } from './clip.ts';
import { defineLayout } from './layout.ts';
import * as layouts from './layouts.ts';
import { ntu25 } from './layouts.ts';

const pair = defineLayout('pair', { hip: null, left_foot: 'hip', right_foot: 'hip' });
const all: [string, Augmentation][] = Object.entries({ rotate, rescale, drift, cropTime, mirror, jitter, dropJoints });

function distances({ positions }: Clip): number[] {
  const dimensions = positions.shape[3] as number;
  return Array.from({ length: positions.data.length / dimensions }, (_, i) =>
    Math.hypot(...positions.data.subarray(i * dimensions, (i + 1) * dimensions)),
  );
}

describe.each(all)('%s', (_, augmentation) => {
  it('repeats with the seed, keeps missing joints at 0 and the source untouched, in 2 and 3 dimensions', () => {
    const cases = fc.record({
      seed: fc.integer(),
      persons: fc.integer({ min: 1, max: 2 }),
      frames: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        cases,
        fc.constantFrom(2 as const, 3 as const),
        fc.option(fc.constant(0.3)),
        (options, dimensions, missing) => {
          const source = randomClip(ntu25, { ...options, dimensions, ...(missing === null ? {} : { missing }) });
          const before = structuredClone(source);
          const result = augmentation(source, createRandom(options.seed));
          expect(augmentation(source, createRandom(options.seed))).toEqual(result);
          expect(source).toEqual(before);
          expect(result.positions.data.every(Number.isFinite)).toBe(true);
          const lengths = distances(result);
          for (const [place, score] of (result.confidence?.data ?? []).entries())
            if (score === 0) expect(lengths[place]).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('rotate', () => {
  it('keeps distances and stays within its limits', () => {
    for (const dimensions of [2, 3] as const) {
      const source = randomClip(ntu25, { dimensions });
      const [a, b] = [distances(source), distances(rotate(source, createRandom(4)))];
      for (const [i, x] of a.entries()) expect(b[i]).toBeCloseTo(x, 5);
    }
    const source = clip(pair, [
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    ]);
    const random = createRandom(1);
    for (let i = 0; i < 50; i++) {
      const turned = rotate(source, random, { max: [0, 0.5, 0] }).positions.data;
      expect(turned[4]).toBe(1);
      expect(turned[0]).toBeGreaterThanOrEqual(Math.cos(0.5));
    }
    expect(() => rotate(source, random, { max: Number.NaN })).toThrow('rotate: expected max as one angle or three');
  });

  it('draws among multiples of a step, ends included', () => {
    const source = clip(pair, [
      [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
    ]);
    const random = createRandom(1);
    const degree = Math.PI / 180;
    const angles = Array.from({ length: 400 }, () => {
      const [x, y] = rotate(source, random, { max: 3 * degree, step: degree }).positions.data as unknown as [
        number,
        number,
      ];
      return Math.round((-Math.atan2(y, x) / degree) * 1e3) / 1e3;
    });
    expect([...new Set(angles)].sort((a, b) => a - b)).toEqual(
      [-3, -2, -1, 0, 1, 2, 3].map((angle) => angle || expect.closeTo(0)),
    );
    expect(() => rotate(source, random, { step: -1 })).toThrow('rotate: expected a step of at least 0, got -1');
  });
});

describe('rescale', () => {
  it('multiplies everything by one factor in range', () => {
    const source = randomClip(ntu25);
    const { data } = rescale(source, createRandom(2), { range: 0.1 }).positions;
    const factor = (data[0] as number) / (source.positions.data[0] as number);
    expect(Math.abs(factor - 1)).toBeLessThanOrEqual(0.1);
    for (const [i, x] of source.positions.data.entries()) expect(data[i]).toBeCloseTo(factor * x, 5);
    expect(() => rescale(source, createRandom(2), { range: 2 })).toThrow(
      'rescale: expected a range from 0 to 1, got 2',
    );
  });
});

describe('drift', () => {
  it('changes evenly between the published angles, factors and shifts (spec encoders §5.5)', () => {
    const frames = 5;
    const source = clip(
      pair,
      Array.from({ length: frames }, () => [
        [1, 0],
        [0, 0],
        [0, 0],
      ]),
    );
    const random = createRandom(2);
    const firsts = new Set<number>();
    for (let run = 0; run < 300; run++) {
      const { data } = drift(source, random).positions;
      const at = (frame: number) => {
        const [x, y, u, v] = data.subarray(frame * 6, frame * 6 + 4) as unknown as [number, number, number, number];
        return { angle: (Math.atan2(y - v, x - u) * 180) / Math.PI, size: Math.hypot(x - u, y - v), u, v };
      };
      const [start, middle, end] = [at(0), at(2), at(4)];
      for (const one of [start, end]) {
        expect(Math.min(...[-10, -5, 0, 5, 10].map((angle) => Math.abs(one.angle - angle)))).toBeLessThan(1e-3);
        expect(Math.min(...[0.9, 1, 1.1].map((size) => Math.abs(one.size - size)))).toBeLessThan(1e-5);
        for (const shift of [one.u, one.v]) expect(Math.abs(shift * 10 - Math.round(shift * 10))).toBeLessThan(1e-5);
      }
      for (const key of ['angle', 'size', 'u', 'v'] as const) {
        expect(middle[key]).toBeCloseTo((start[key] + end[key]) / 2, 4);
      }
      firsts.add(Math.round(start.angle));
    }
    expect([...firsts].sort((a, b) => a - b)).toEqual([-10, -5, 0, 5, 10]);
  });
});

describe('cropTime', () => {
  it('keeps a stretch that is long enough, down to one frame', () => {
    const source = clip(
      pair,
      Array.from({ length: 20 }, (_, t) => Array.from({ length: 3 }, () => [t, t])),
    );
    const random = createRandom(3);
    const lengths = Array.from({ length: 100 }, () => {
      const { positions } = cropTime(source, random);
      const [first, last] = [positions.data[0] as number, positions.data.at(-1) as number];
      expect(last - first + 1).toBe(positions.shape[1]);
      return positions.shape[1] as number;
    });
    expect(Math.min(...lengths)).toBe(10);
    expect(Math.max(...lengths)).toBe(20);
    expect(cropTime(randomClip(pair, { frames: 1 }), random, { minimum: 0 }).positions.shape[1]).toBe(1);
  });
});

describe('flip', () => {
  it('swaps left and right and negates x', () => {
    const source = clip(
      pair,
      [
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
      ],
      { confidence: [[1, 0.5, 0.25]] },
    );
    const result = flip(source);
    expect([...result.positions.data]).toEqual([-1, 2, 3, -7, 8, 9, -4, 5, 6]);
    expect([...(result.confidence?.data ?? [])]).toEqual([1, 0.25, 0.5]);
  });

  it.each(Object.values(layouts))('is its own inverse in $id', (layout) => {
    for (const unit of ['pixel', 'meter'] as const) {
      const source: Clip = { ...randomClip(layout, { frames: 2, dimensions: 2, missing: 0.2 }), unit };
      const twice = flip(flip(source));
      for (const [i, x] of source.positions.data.entries()) expect(twice.positions.data[i]).toBeCloseTo(x, 5);
      expect(twice.confidence).toEqual(source.confidence);
    }
  });

  it('stays in the image in pixels', () => {
    const source = clip(
      pair,
      [
        [
          [10, 1],
          [20, 2],
          [40, 3],
        ],
      ],
      { unit: 'pixel' },
    );
    expect([...flip(source).positions.data]).toEqual([40, 1, 10, 3, 30, 2]);
  });

  it('happens to about half of the clips by mirror', () => {
    const source = randomClip(pair);
    const random = createRandom(1);
    const flipped = Array.from({ length: 200 }, () => mirror(source, random) !== source).filter(Boolean).length;
    expect(flipped).toBeGreaterThan(75);
    expect(flipped).toBeLessThan(125);
    expect(mirror(source, random, { probability: 0 })).toBe(source);
  });
});

describe('jitter', () => {
  it('adds noise in proportion to the body', () => {
    const source = randomClip(ntu25, { frames: 100 });
    const big: Clip = {
      ...source,
      positions: { ...source.positions, data: source.positions.data.map((x) => 1000 * x) },
    };
    const spread = (clip: Clip) => {
      const { data } = jitter(clip, createRandom(5), { sigma: 0.02 }).positions;
      return Math.sqrt(
        data.reduce((sum, x, i) => sum + (x - (clip.positions.data[i] as number)) ** 2, 0) / data.length,
      );
    };
    expect(spread(big) / spread(source)).toBeCloseTo(1000, 0);
    expect(jitter(source, createRandom(5), { sigma: 0 }).positions).toEqual(source.positions);
    expect(() => jitter(source, createRandom(5), { sigma: -1 })).toThrow('a sigma of at least 0, got -1');
  });
});

describe('dropJoints', () => {
  it('drops whole tracks and never all of them', () => {
    const source = randomClip(ntu25, { persons: 2, frames: 3 });
    const { confidence } = dropJoints(source, createRandom(6), { probability: 0.5 });
    const track = (joint: number) => Array.from({ length: 6 }, (_, row) => confidence?.data[row * 25 + joint]);
    const dropped = ntu25.joints.filter((_, joint) => track(joint).every((score) => score === 0));
    const kept = ntu25.joints.filter((_, joint) => track(joint).every((score) => score === 1));
    expect(dropped.length + kept.length).toBe(25);
    expect(dropped.length).toBeGreaterThan(5);
    for (let seed = 0; seed < 20; seed++) {
      const rest = dropJoints(source, createRandom(seed), { probability: 1 }).confidence?.data ?? [];
      expect(rest.filter((score) => score === 1)).toHaveLength(6);
    }
  });
});
