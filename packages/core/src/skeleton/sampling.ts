/** The published ways to bring a clip of any length to a fixed number of frames. */
import { KinegraphError } from '../tensor/error.ts';
import { checkOptions } from '../tensor/options.ts';
import { createRandom, type Random } from '../tensor/random.ts';
import { type Clip, frameCount } from './clip.ts';
import { applyFrames, type FrameMap, interpolated, picked } from './frame-map.ts';
import { presentFrames } from './missing.ts';
import { selectPersons, sliceFrames } from './select.ts';

/**
 * The ways by name; see {@link cropResize} and {@link uniformSample}, and
 * - `spread`: frames spread over the clip, ends included; at random, as many drawn with repetition and put in order (NW-UCLA feeders);
 * - `pad`: every frame, then zeros (ST-GCN);
 * - `loop`: every frame, each person's again from their first on until all are full (2s-AGCN).
 *
 * With `pad` and `loop` a longer clip is cut: to a random window in training, to its middle otherwise.
 */
export const samplings = ['crop-resize', 'uniform', 'spread', 'pad', 'loop'] as const;

/** A way to sample frames. */
export type Sampling = (typeof samplings)[number];

/** One of several deterministic samples of a clip. */
export interface View {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** What {@link frameMaps} takes beside the clip. */
export interface SamplingOptions {
  readonly sampling: Sampling;
  /** Frames of the result. */
  readonly frames: number;
  /** Samples at random, for training. */
  readonly random?: Random | undefined;
  /** The view that is wanted; `uniform` only. */
  readonly view?: View | undefined;
}

/** The frame map of each person. One that is shorter than `frames` leaves the rest zero. */
export function frameMaps(clip: Clip, options: SamplingOptions): (person: number) => FrameMap {
  const { sampling, frames, random, view } = options;
  const length = frameCount(clip);
  if (view && sampling !== 'uniform') refuse('prepare', "sampling 'uniform' for several views", `'${sampling}'`);
  switch (sampling) {
    case 'crop-resize':
      return shared(cropResizeMap(length, frames, { random }));
    case 'uniform':
      return shared(view ? uniformView(length, frames, view) : uniformMap(length, frames, { random }));
    case 'spread':
      return shared(spreadMap(length, frames, random));
    case 'pad': {
      const [start, kept] = windowOf(length, frames, random);
      return shared(picked(kept, (i) => start + i));
    }
    case 'loop': {
      const [start, kept] = windowOf(length, frames, random);
      const cut = sliceFrames(clip, start, start + kept);
      return (person) => {
        const [first, end] = presentFrames(selectPersons(cut, [person]));
        return picked(end === 0 ? 0 : frames, (i) => start + first + (i % (end - first)));
      };
    }
  }
}

const shared = (map: FrameMap) => () => map;

/** Where a clip that may be too long is cut. */
function windowOf(length: number, frames: number, random: Random | undefined): readonly [start: number, kept: number] {
  const spare = Math.max(length - frames, 0);
  return [random ? random.integer(spare + 1) : spare >> 1, length - spare];
}

/** The `spread` way: `floor(linspace(0, length - 1, frames))`, or sorted draws with repetition. */
function spreadMap(length: number, frames: number, random: Random | undefined): FrameMap {
  if (!random) return picked(frames, (i) => Math.floor((i * (length - 1)) / Math.max(frames - 1, 1)));
  const draws = Int32Array.from({ length: frames }, () => random.integer(length)).sort();
  return picked(frames, (i) => draws[i] as number);
}

/** How {@link cropResize} crops: at random for training, or a fixed share of the middle. */
export interface CropOptions {
  /** Training: a share drawn from 0.5 to 1 at a random place. */
  readonly random?: Random | undefined;
  /** Without `random`: the share of the clip to keep, from its middle. Default 0.95. */
  readonly proportion?: number;
}

/**
 * Crops a clip and stretches it to `frames` frames by linear interpolation with half-pixel centers (CTR-GCN; spec encoders §5.4).
 *
 * Works for every length: a one-frame clip is repeated. The random crop keeps at least `frames` frames where there are as many.
 */
export function cropResize(clip: Clip, frames: number, options: CropOptions = {}): Clip {
  checkOptions('cropResize', options, ['random', 'proportion']);
  return applyFrames(clip, cropResizeMap(frameCount(clip), frames, options));
}

/** The frame map of {@link cropResize} for a clip of `length` frames. */
export function cropResizeMap(length: number, frames: number, options: CropOptions = {}): FrameMap {
  checkFrames('cropResize', length, frames);
  const { random, proportion = 0.95 } = options;
  if (!(proportion > 0 && proportion <= 1)) {
    refuse('cropResize', 'a proportion above 0 and up to 1', `${proportion}`);
  }
  let start = Math.floor(((1 - proportion) * length) / 2);
  let kept = length - 2 * start;
  if (random) {
    kept = Math.min(Math.max(Math.floor(random.uniform(0.5, 1) * length), frames), length);
    start = random.integer(length - kept + 1);
  }
  return interpolated(frames, start, start + kept, (i) => start + ((i + 0.5) * kept) / frames - 0.5);
}

/** How {@link uniformSample} picks: at random for training, else the middle frame of each of equal bins. */
export interface UniformOptions {
  readonly random?: Random | undefined;
}

/**
 * Picks `frames` frames spread over the whole clip (pyskl; spec encoders §5.4).
 *
 * A clip shorter than `frames` is looped. At random: consecutive frames from a random start (shorter), all but evenly spread skips
 * (up to twice as long), or one random frame of each of `frames` equal bins (longer).
 */
export function uniformSample(clip: Clip, frames: number, options: UniformOptions = {}): Clip {
  checkOptions('uniformSample', options, ['random']);
  return applyFrames(clip, uniformMap(frameCount(clip), frames, options));
}

/** The frame map of {@link uniformSample} for a clip of `length` frames. */
export function uniformMap(length: number, frames: number, { random }: UniformOptions = {}): FrameMap {
  checkFrames('uniformSample', length, frames);
  if (random) return randomUniform(length, frames, random, () => random.integer(length));
  if (length < frames) return picked(frames, (i) => i % length);
  return picked(frames, (i) => Math.floor(((i + 0.5) * length) / frames));
}

/**
 * Several deterministic samples of one clip, whose scores are to be averaged (pyskl's test protocol: 10 clips, seed 255).
 *
 * The figures of pyskl need its own generator; this is the same protocol with ours.
 */
export function uniformSamples(clip: Clip, frames: number, clips = 10): Clip[] {
  const length = frameCount(clip);
  checkFrames('uniformSamples', length, frames);
  if (!(Number.isInteger(clips) && clips > 0)) refuse('uniformSamples', 'at least 1 clip', `${clips}`);
  return Array.from({ length: clips }, (_, index) =>
    applyFrames(clip, uniformView(length, frames, { index, count: clips })),
  );
}

function uniformView(length: number, frames: number, { index, count }: View): FrameMap {
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    refuse('uniformSamples', `a view below ${count}`, `${index}`);
  }
  const start = () => (length < count ? index % length : Math.floor((index * length) / count));
  return randomUniform(length, frames, createRandom(255 + index), start);
}

function randomUniform(length: number, frames: number, random: Random, start: () => number): FrameMap {
  if (length < frames) {
    const first = start();
    return picked(frames, (i) => (first + i) % length);
  }
  if (length < 2 * frames) {
    // Of the gaps before each kept frame and after the last, length - frames are chosen to skip one source frame.
    const gaps = random.shuffle(Array.from({ length: frames + 1 }, (_, gap) => gap)).slice(0, length - frames);
    const skips = new Uint8Array(frames + 1);
    for (const gap of gaps) skips[gap] = 1;
    let skipped = 0;
    return picked(frames, (i) => {
      skipped += skips[i] as number;
      return i + skipped;
    });
  }
  const bin = (i: number) => Math.floor((i * length) / frames);
  return picked(frames, (i) => bin(i) + random.integer(bin(i + 1) - bin(i)));
}

function checkFrames(where: string, length: number, frames: number): void {
  if (!(Number.isInteger(length) && length > 0)) refuse(where, 'a clip of at least 1 frame', `${length}`);
  if (!(Number.isInteger(frames) && frames > 0)) refuse(where, 'at least 1 frame to sample', `${frames}`);
}

function refuse(where: string, expected: string, actual: string): never {
  throw new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
