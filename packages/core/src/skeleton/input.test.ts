import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KinegraphError } from '../tensor/error.ts';
import { createRandom } from '../tensor/random.ts';
import { float32 } from '../tensor/tensor.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { mirror, rotate } from './augment.ts';
import { type Clip, clip } from './clip.ts';
import { batch, checkSpec, type InputSpec, inputShape, prepare } from './input.ts';
import { defineLayout } from './layout.ts';
import { body25, coco17, hand21, ntu25 } from './layouts.ts';
import { withoutJoints } from './missing.ts';
import { rankPersons } from './persons.ts';
import { remap } from './remap.ts';
import { cropResize, uniformSample } from './sampling.ts';
import { selectPersons } from './select.ts';

const spec: InputSpec = {
  layout: ntu25,
  frames: 16,
  persons: 1,
  dimensions: 3,
  confidence: false,
  sampling: 'crop-resize',
};
const arm = defineLayout('arm', { shoulder: null, hand: 'shoulder' });
const tiny: InputSpec = { layout: arm, frames: 2, persons: 2, dimensions: 2, confidence: true, sampling: 'uniform' };

describe('prepare', () => {
  it('writes [M, C, T, V] with confidence last and absent persons 0', () => {
    const source = clip(
      arm,
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [0, 0],
        ],
      ],
      {
        confidence: [
          [1, 0.5],
          [0.25, 0],
        ],
      },
    );
    expect(prepare(source, tiny)).toEqual(
      float32([1, 3, 5, 0, 2, 4, 6, 0, 1, 0.5, 0.25, 0, ...new Array<number>(12).fill(0)], [2, 3, 2, 2]),
    );
    expect(inputShape(tiny)).toEqual([2, 3, 2, 2]);
  });

  it('gives confidence 1 to the joints of a clip without confidence', () => {
    const source = clip(arm, [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect([...prepare(source, tiny).data].slice(8, 12)).toEqual([1, 1, 1, 1]);
  });

  it.each([
    ['crop-resize', cropResize],
    ['uniform', uniformSample],
  ] as const)('samples by %s as the function on clips does, random or not', (sampling, sample) => {
    const options = fc.record({
      seed: fc.integer(),
      persons: fc.constantFrom(1, 2),
      frames: fc.integer({ min: 1, max: 70 }),
    });
    fc.assert(
      fc.property(options, fc.constantFrom(undefined, 0.2), fc.boolean(), (given, missing, training) => {
        const source = randomClip(ntu25, { ...given, ...(missing === undefined ? {} : { missing }) });
        const random = () => (training ? createRandom(given.seed) : undefined);
        const wanted = { ...spec, sampling, persons: 2, confidence: true };
        const { data } = prepare(source, wanted, { random: random() });
        const expected = sample(source, 16, { random: random() });
        for (let i = 0; i < expected.positions.data.length; i++) {
          const [c, v, t, m] = [i % 3, Math.floor(i / 3) % 25, Math.floor(i / 75) % 16, Math.floor(i / 1200)];
          if (data[((m * 4 + c) * 16 + t) * 25 + v] !== expected.positions.data[i])
            expect.fail(`differs at ${[m, c, t, v]}`);
          const score = expected.confidence ? expected.confidence.data[Math.floor(i / 3)] : 1;
          if (data[((m * 4 + 3) * 16 + t) * 25 + v] !== score) expect.fail(`confidence differs at ${[m, t, v]}`);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('remaps another layout, also from a spec that has been through JSON', () => {
    const source = randomClip(body25, { frames: 16, missing: 0.1 });
    const stored = JSON.parse(JSON.stringify({ ...spec, layout: coco17 })) as InputSpec;
    expect(prepare(source, stored)).toEqual(prepare(remap(source, coco17), { ...spec, layout: coco17 }));
    expect(prepare(source, stored)).toEqual(prepare(source, stored));
  });

  it('takes the persons that move most, and keeps the order of those that fit', () => {
    const still = clip(
      ntu25,
      Float32Array.from({ length: 5 * 75 }, (_, i) => ((i % 75) * 7) % 5),
    );
    const moving = randomClip(ntu25, { frames: 5, seed: 3 });
    const data = Float32Array.of(...still.positions.data, ...moving.positions.data.map((x) => 10 * x));
    const both = clip(ntu25, data, { persons: 2 });
    expect(prepare(both, spec)).toEqual(prepare(selectPersons(both, [1]), spec));
    const first = prepare(both, { ...spec, persons: 2 }).data.subarray(0, 1200);
    expect(first).toEqual(prepare(selectPersons(both, [0]), spec).data);
    const unsure = {
      ...both,
      confidence: {
        ...float32(
          Float32Array.from({ length: 250 }, (_, i) => (i < 125 ? 1 : 0.01)),
          [2, 5, 25],
        ),
      },
    };
    expect(rankPersons(both)).toEqual([1, 0]);
    expect(rankPersons(unsure as Clip)).toEqual([0, 1]);
    expect(rankPersons(withoutJoints(both, (place) => place >= 125))).toEqual([0, 1]);
  });

  it('brings the clip to the frame rate and unit of the spec', () => {
    const source = clip(ntu25, randomClip(ntu25, { frames: 41 }).positions, { fps: 20, unit: 'millimeter' });
    const wanted: InputSpec = { ...spec, frames: 21, sampling: 'uniform', fps: 10, unit: 'meter' };
    const { data } = prepare(source, wanted);
    expect(data[0]).toBeCloseTo((source.positions.data[0] as number) / 1000, 8);
    expect(data[25 * 7]).toBeCloseTo((source.positions.data[14 * 75] as number) / 1000, 8);
  });

  it('cuts off empty frames at both ends', () => {
    const source = randomClip(ntu25, { frames: 6 });
    const padded = withoutJoints(source, (place) => place < 25 || place >= 100);
    const inner = clip(ntu25, source.positions.data.slice(75, 300));
    expect(prepare(padded, spec)).toEqual(prepare(inner, spec));
  });

  it('augments before it samples, from one random source', () => {
    const source = randomClip(ntu25, { frames: 40 });
    const run = (seed: number) => prepare(source, spec, { random: createRandom(seed), augment: [rotate, mirror] });
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const random = createRandom(1);
    expect(run(1)).toEqual(prepare(mirror(rotate(source, random), random), spec, { random }));
  });

  it.each([1, 2, 15, 16, 17, 500])('takes a clip of %i frames', (frames) => {
    for (const sampling of ['crop-resize', 'uniform'] as const) {
      for (const random of [undefined, createRandom(1)]) {
        const { shape, data } = prepare(randomClip(ntu25, { frames }), { ...spec, sampling }, { random });
        expect(shape).toEqual([1, 3, 16, 25]);
        expect(data.some((x) => x === 0)).toBe(false);
      }
    }
  });

  const body = randomClip(ntu25);
  it.each([
    ['another body part', () => prepare(randomClip(hand21), spec), 'unsupported', 'remap hand21 to ntu25'],
    [
      '2-D for 3-D',
      () => prepare(randomClip(ntu25, { dimensions: 2 }), spec),
      'invalid-clip',
      'positions with 3 coordinates, got 2. The model needs',
    ],
    ['3-D for 2-D', () => prepare(body, { ...spec, dimensions: 2 }), 'invalid-clip', 'got 3. dropDepth(clip)'],
    [
      'every joint missing',
      () =>
        prepare(
          withoutJoints(body, () => true),
          spec,
        ),
      'invalid-clip',
      'got a clip with every joint missing',
    ],
    [
      'no clock where one is needed',
      () => prepare(body, { ...spec, fps: 30 }),
      'invalid-clip',
      'a clip with fps or timestamps',
    ],
    [
      'pixels for meters',
      () => prepare({ ...body, unit: 'pixel' }, { ...spec, unit: 'meter' }),
      'unsupported',
      'positions in meter, got pixel',
    ],
    [
      'augmentation without a random source',
      () => prepare(body, spec, { augment: [rotate] }),
      'invalid-argument',
      'Pass { random',
    ],
    ['0 frames', () => prepare(body, { ...spec, frames: 0 }), 'invalid-argument', 'frames of at least 1, got 0'],
    [
      'half a person',
      () => prepare(body, { ...spec, persons: 0.5 }),
      'invalid-argument',
      'persons of at least 1, got 0.5',
    ],
    [
      '4 dimensions',
      () => prepare(body, { ...spec, dimensions: 4 as 3 }),
      'invalid-argument',
      'dimensions 2 or 3, got 4',
    ],
    [
      'unknown sampling',
      () => prepare(body, { ...spec, sampling: 'all' as 'uniform' }),
      'invalid-argument',
      'got "all"',
    ],
    [
      'confidence 1',
      () => prepare(body, { ...spec, confidence: 1 as never }),
      'invalid-argument',
      'confidence true or false, got 1',
    ],
    ['fps NaN', () => prepare(body, { ...spec, fps: Number.NaN }), 'invalid-argument', 'fps above 0, got NaN'],
    ['an unknown unit', () => prepare(body, { ...spec, unit: 'inch' as never }), 'invalid-argument', 'a unit of meter'],
    [
      'a sample of 30 GB',
      () => prepare(body, { ...spec, frames: 1e8 }),
      'invalid-argument',
      'got [1, 3, 100000000, 25]',
    ],
    [
      'a broken layout',
      () => prepare(body, { ...spec, layout: { ...ntu25, parents: [] } }),
      'invalid-layout',
      '25 parents, got 0',
    ],
  ] as const)('refuses %s', (_, run, code, message) => {
    let error: unknown;
    try {
      run();
    } catch (thrown) {
      error = thrown;
    }
    expect(KinegraphError.is(error, code)).toBe(true);
    expect(String(error)).toContain(message);
  });

  it('remembers a checked spec', () => {
    expect(checkSpec(spec)).toBe(checkSpec(spec));
  });
});

describe('batch', () => {
  it('stacks samples', () => {
    const [a, b] = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])];
    expect(batch([a, b])).toEqual(float32([1, 2, 3, 4], [2, 1, 2]));
  });

  it('refuses none, and samples that differ', () => {
    expect(() => batch([])).toThrow('batch: expected at least one sample, got none');
    expect(() => batch([float32([1, 2], [1, 2]), float32([1, 2], [2, 1])])).toThrow(
      'samples of one shape [1, 2], got [2, 1]',
    );
  });
});
