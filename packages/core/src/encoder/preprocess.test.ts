import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { toOnnx } from '../graph/to-onnx.ts';
import { input, symbolicBatch } from '../graph/value.ts';
import { faceForward } from '../skeleton/align.ts';
import { type Clip, clip } from '../skeleton/clip.ts';
import { batch, prepare } from '../skeleton/input.ts';
import { defineLayout } from '../skeleton/layout.ts';
import { center } from '../skeleton/normalize.ts';
import { type Stream, streamNames, toStream } from '../skeleton/streams.ts';
import { createRandom } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type PreprocessOptions, preprocess } from './preprocess.ts';

const runtime = createRuntime();
afterAll(() => runtime.dispose());

const trunk = defineLayout('trunk', {
  left_hip: 'right_hip',
  right_hip: null,
  left_shoulder: 'left_hip',
  right_shoulder: 'right_hip',
  head: 'left_shoulder',
});
const frames = 6;
const spec = { layout: trunk, frames, persons: 2, dimensions: 3, confidence: false, sampling: 'crop-resize' } as const;

/** Two people; with holes, joints are missing here and there, among them the hips and a shoulder of the first frames. */
function people(seed: number, holes: boolean): Clip {
  const random = createRandom(seed);
  const positions = Float32Array.from({ length: 2 * frames * 15 }, () => random.uniform(0.5, 3));
  const confidence = Float32Array.from({ length: 2 * frames * 5 }, (_, i) => {
    const early = i < 3 * 5 && i % 5 !== 4;
    return holes && (early || random.next() < 0.2) ? 0 : 1;
  });
  for (const [i, seen] of confidence.entries()) if (seen === 0) positions.fill(0, i * 3, i * 3 + 3);
  // One joint of the first frame stays, so that the frame is not trimmed as empty.
  return clip(trunk, positions, { persons: 2, confidence });
}

/** What the graph makes of clips, which already have the right number of frames. */
async function inGraph(clips: readonly Clip[], options: PreprocessOptions): Promise<Tensor<'float32'>> {
  const x = input('positions', [symbolicBatch, 2, 3, frames, 5]);
  await using session = await runtime.load(toOnnx({ outputs: { y: preprocess(x, trunk, options) } }));
  const { y } = await session.run({ positions: batch(clips.map(asTensor)) });
  return y as Tensor<'float32'>;
}

function asTensor({ positions }: Clip): Tensor<'float32'> {
  const [persons, , joints] = positions.shape as [number, number, number];
  const data = new Float32Array(positions.data.length);
  positions.data.forEach((value, i) => {
    const [axis, joint] = [i % 3, Math.floor(i / 3) % joints];
    const [frame, person] = [Math.floor(i / (3 * joints)) % frames, Math.floor(i / (3 * joints * frames))];
    data[((person * 3 + axis) * frames + frame) * joints + joint] = value;
  });
  return { dtype: 'float32', shape: [persons, 3, frames, joints], data };
}

const seeds = [1, 2, 3];
const derived = ['bone', 'joint-motion', 'bone-motion', 'mode-1', 'mode-2', 'mode-9', 'mode-2-motion'] as const;

describe('preprocess equals the host functions', () => {
  const changes: Record<string, { options: PreprocessOptions; host: (clip: Clip) => Clip }> = {
    nothing: { options: {}, host: (seen) => seen },
    'center of the clip': { options: { center: 'clip' }, host: (seen) => center(seen) },
    'center of a named, derived joint': {
      options: { center: { joint: 'pelvis', per: 'clip' } },
      host: (seen) => center(seen, { joint: 'pelvis' }),
    },
    'alignment, y up': { options: { align: 'y' }, host: (seen) => faceForward(seen, 'y') },
    'alignment, z up': { options: { align: 'z' }, host: (seen) => faceForward(seen, 'z') },
    both: { options: { center: 'clip', align: 'y' }, host: (seen) => faceForward(center(seen), 'y') },
    ...Object.fromEntries(
      derived.map((kind) => [kind, { options: { streams: [kind] }, host: (seen: Clip) => toStream(seen, kind) }]),
    ),
  };

  it.each(
    Object.entries(changes).flatMap(([name, change]) => [false, true].map((holes) => [name, holes, change] as const)),
  )('%s, missing joints: %s', async (_, holes, { options, host }) => {
    const clips = seeds.map((seed) => people(seed, holes));
    const expected = batch(clips.map((seen) => asTensor(host(seen))));
    expectClose(await inGraph(clips, options), expected);
  });

  it('frame by frame, where the joint is always seen', async () => {
    const clips = seeds.map((seed) => people(seed, false));
    const expected = batch(clips.map((seen) => asTensor(center(seen, { per: 'frame' }))));
    expectClose(await inGraph(clips, { center: 'frame' }), expected);
  });
});

describe('preprocess', () => {
  it('keeps missing joints at 0 in every stream', async () => {
    const clips = seeds.map((seed) => people(seed, true));
    const streams: Stream[] = ['joint', 'bone', 'joint-motion', 'bone-motion', 'mode-1', 'mode-2-motion'];
    const { data, shape } = await inGraph(clips, { center: 'frame', align: 'z', streams });
    expect(shape).toEqual([3, 2, 18, frames, 5]);
    const raw = batch(clips.map(asTensor));
    let checked = 0;
    data.forEach((value, i) => {
      const place = i % (frames * 5);
      const person = Math.floor(i / (18 * frames * 5));
      if (raw.data[person * 3 * frames * 5 + place] !== 0) return;
      expect(Math.abs(value)).toBe(0);
      checked++;
    });
    expect(checked).toBeGreaterThan(100);
  });

  it('turns and moves nothing where the first person is never seen', async () => {
    const alone = people(1, false);
    const half = alone.positions.data.length / 2;
    alone.positions.data.fill(0, 0, half);
    const { data } = await inGraph([alone], { center: 'clip', align: 'y' });
    expectClose({ dtype: 'float32', shape: [1, 2, 3, frames, 5], data }, batch([asTensor(alone)]));
  });

  it('lets confidence through unchanged, after all streams', async () => {
    const withConfidence = { ...spec, confidence: true };
    const sample = prepare(people(2, true), withConfidence);
    const x = input('positions', [1, 2, 4, frames, 5]);
    const y = preprocess(x, trunk, { streams: ['joint', 'bone'], center: 'clip', confidence: true });
    expect(y.shape).toEqual([1, 2, 7, frames, 5]);
    await using session = await runtime.load(toOnnx({ outputs: { y } }));
    const { data } = (await session.run({ positions: batch([sample]) })).y as Tensor<'float32'>;
    const plane = frames * 5;
    for (const person of [0, 1]) {
      const found = data.slice((person * 7 + 6) * plane, (person * 7 + 7) * plane);
      expect(found).toEqual(sample.data.slice((person * 4 + 3) * plane, (person * 4 + 4) * plane));
    }
  });

  it.each([
    [{ streams: ['bones'] }, `streams among ${streamNames}, got "bones"`],
    [{ streams: [] }, `streams among ${streamNames}, got null`],
    [
      { streams: ['joint', 'mode-0'] },
      `streams among ${streamNames}, got "mode-0". With k = 0 every joint is subtracted from itself; begin with mode-1.`,
    ],
    [{ center: 'hips' }, 'center among clip, frame, got "hips"'],
    [{ align: 'x' }, 'align among y, z, got "x"'],
  ])('refuses %j', (options, message) => {
    const x = input('positions', [1, 1, 3, 4, 5]);
    expect(() => preprocess(x, trunk, options as PreprocessOptions)).toThrow(`preprocess: expected ${message}`);
  });

  it('refuses to align flat positions, and joints that do not follow from the layout', () => {
    const flat = input('positions', [1, 1, 2, 4, 5]);
    expect(() => preprocess(flat, trunk, { align: 'y' })).toThrow(
      'preprocess: align: expected positions with 3 coordinates',
    );
    const x = input('positions', [1, 1, 3, 4, 5]);
    expect(() => preprocess(x, trunk, { center: { joint: 'tail', per: 'clip' } })).toThrow('a layout with tail');
  });
});

function expectClose(actual: Tensor<'float32'>, expected: Tensor<'float32'>): void {
  expect(actual.shape).toEqual(expected.shape);
  const error = actual.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] as number))),
    0,
  );
  expect(error).toBeLessThan(1e-5);
}
