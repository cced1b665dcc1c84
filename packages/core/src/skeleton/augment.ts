/** Random changes of a clip that keep its meaning, for training. */
import { KinegraphError } from '../tensor/error.ts';
import { checkOptions } from '../tensor/options.ts';
import type { Random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { type Clip, dimensionCount, frameCount } from './clip.ts';
import { eulerRotation, transformClip } from './geometry.ts';
import { presentFrames, withoutJoints } from './missing.ts';
import { boundingBox, movePoints } from './normalize.ts';
import { sliceFrames } from './select.ts';
import { scaled } from './units.ts';

/**
 * One random change; the functions of this file are such with their defaults.
 *
 * @example
 * const augment: Augmentation[] = [rotate, mirror, (clip, random) => jitter(clip, random, { sigma: 0.02 })];
 */
export type Augmentation = (clip: Clip, random: Random) => Clip;

/** What {@link rotate} takes. */
export interface RotateOptions {
  /** The largest angle in radians: about all axes, or about x, y and z. Default 0.3. */
  readonly max?: number | readonly [x: number, y: number, z: number];
  /** Angles are drawn among the multiples of this one, in radians; any angle by default. */
  readonly step?: number;
}

/**
 * Turns the clip about the origin, by one angle an axis drawn for the whole clip (CTR-GCN; spec encoders §5.5).
 *
 * A clip of two dimensions turns in its plane, by the angle about z.
 */
export function rotate(clip: Clip, random: Random, options: RotateOptions = {}): Clip {
  checkOptions('rotate', options, ['max', 'step']);
  const { max = 0.3, step = 0 } = options;
  const [x, y, z] = typeof max === 'number' ? [max, max, max] : max;
  if (![x, y, z].every(Number.isFinite)) refuse('rotate', 'max as one angle or three', `${max}`);
  if (!(step >= 0 && Number.isFinite(step))) refuse('rotate', 'a step of at least 0', `${step}`);
  const draw = (limit: number) => {
    if (step === 0) return random.uniform(-limit, limit);
    const most = Math.floor(limit / step + 1e-9);
    return step * (random.integer(2 * most + 1) - most);
  };
  if (dimensionCount(clip) === 3) return transformClip(clip, eulerRotation(draw(x), draw(y), draw(z)));
  const angle = draw(z);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const data = clip.positions.data.slice();
  for (let i = 0; i < data.length; i += 2) {
    const [u, v] = [data[i] as number, data[i + 1] as number];
    data[i] = cos * u + sin * v;
    data[i + 1] = cos * v - sin * u;
  }
  return { ...clip, positions: tensor('float32', clip.positions.shape, data) };
}

/** Scales the clip about the origin by a factor from 1 - range to 1 + range, default 0.2 (pyskl RandomScale). */
export function rescale(clip: Clip, random: Random, options: { readonly range?: number } = {}): Clip {
  checkOptions('rescale', options, ['range']);
  const { range = 0.2 } = options;
  checkShare('rescale', 'a range', range);
  return { ...clip, positions: scaled(clip.positions, random.uniform(1 - range, 1 + range)) };
}

/**
 * Turns, scales and shifts the clip in the plane of x and y, by amounts that change evenly from one draw at its start to another at its end
 * (ST-GCN's `random_move` for Kinetics; spec encoders §5.5).
 *
 * Angles are of -10, -5, 0, 5 and 10 degrees, factors of 0.9, 1 and 1.1, shifts of -0.2, -0.1, 0, 0.1 and 0.2 in each direction: made for
 * coordinates of about -0.5 to 0.5. z, where there is one, is scaled along.
 */
export function drift(clip: Clip, random: Random): Clip {
  const draw = (values: readonly number[]) => values[random.integer(values.length)] as number;
  const ramp = (values: readonly number[]): Ramp => [draw(values), draw(values)];
  const angle = ramp([-10, -5, 0, 5, 10]);
  const size = ramp([0.9, 1, 1.1]);
  const [right, up] = [ramp(shifts), ramp(shifts)];
  const [, frames, joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const data = clip.positions.data.slice();
  for (let place = 0; place < data.length / dimensions; place++) {
    if (clip.confidence?.data[place] === 0) continue;
    const time = frames === 1 ? 0 : (Math.floor(place / joints) % frames) / (frames - 1);
    const at = ([start, end]: Ramp) => start + time * (end - start);
    const [turn, scale] = [(at(angle) * Math.PI) / 180, at(size)];
    const [cos, sin] = [scale * Math.cos(turn), scale * Math.sin(turn)];
    const i = place * dimensions;
    const [x, y] = [data[i] as number, data[i + 1] as number];
    data[i] = cos * x - sin * y + at(right);
    data[i + 1] = sin * x + cos * y + at(up);
    if (dimensions === 3) data[i + 2] = scale * (data[i + 2] as number);
  }
  return { ...clip, positions: tensor('float32', clip.positions.shape, data) };
}

/** A value at the first frame and one at the last. */
type Ramp = readonly [start: number, end: number];

const shifts = [-0.2, -0.1, 0, 0.1, 0.2];

/** Keeps a random stretch of at least the given share of the frames, default half. */
export function cropTime(clip: Clip, random: Random, options: { readonly minimum?: number } = {}): Clip {
  checkOptions('cropTime', options, ['minimum']);
  const { minimum = 0.5 } = options;
  checkShare('cropTime', 'a minimum', minimum);
  const frames = frameCount(clip);
  const kept = Math.min(Math.max(Math.round(random.uniform(minimum, 1) * frames), 1), frames);
  const start = random.integer(frames - kept + 1);
  return sliceFrames(clip, start, start + kept);
}

/** Swaps left and right with the given probability, default a half; see {@link flip}. */
export function mirror(clip: Clip, random: Random, options: { readonly probability?: number } = {}): Clip {
  checkOptions('mirror', options, ['probability']);
  const { probability = 0.5 } = options;
  checkShare('mirror', 'a probability', probability);
  return random.next() < probability ? flip(clip) : clip;
}

/**
 * The clip in a mirror: left and right joints swapped, x negated.
 *
 * In pixels, where negative x are outside the image, x is reflected about the middle of the clip's bounding box instead.
 */
export function flip(clip: Clip): Clip {
  const [, , joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const { mirror: partners } = clip.layout;
  const swap = (data: Float32Array, size: number) => {
    const result = new Float32Array(data.length);
    for (let row = 0; row < data.length; row += joints * size) {
      for (let joint = 0; joint < joints; joint++) {
        const from = row + (partners[joint] as number) * size;
        for (let c = 0; c < size; c++) result[row + joint * size + c] = data[from + c] as number;
      }
    }
    return result;
  };
  const { positions, confidence } = clip;
  const swapped: Clip = {
    ...clip,
    positions: tensor('float32', positions.shape, swap(positions.data, dimensions)),
    ...(confidence ? { confidence: tensor('float32', confidence.shape, swap(confidence.data, 1)) } : {}),
  };
  const { low, high } = clip.unit === 'pixel' ? boundingBox(clip) : { low: [0], high: [0] };
  const twiceMiddle = (low[0] as number) + (high[0] as number);
  return movePoints(swapped, (axis) => (axis === 0 ? [-1, twiceMiddle] : [1, 0]));
}

/** Adds normal noise to every present joint, of `sigma` (default 0.01) times the diagonal of the clip's bounding box in its first frame. */
export function jitter(clip: Clip, random: Random, options: { readonly sigma?: number } = {}): Clip {
  checkOptions('jitter', options, ['sigma']);
  const { sigma = 0.01 } = options;
  if (!(sigma >= 0 && Number.isFinite(sigma))) refuse('jitter', 'a sigma of at least 0', `${sigma}`);
  const [start, end] = presentFrames(clip);
  if (end === 0) return clip;
  const { low, high } = boundingBox(sliceFrames(clip, start, start + 1));
  const amount = sigma * Math.hypot(...high.map((top, c) => top - (low[c] as number)));
  const dimensions = dimensionCount(clip);
  const data = clip.positions.data.slice();
  for (let i = 0; i < data.length; i++) {
    if (clip.confidence?.data[Math.floor(i / dimensions)] !== 0)
      data[i] = (data[i] as number) + amount * random.normal();
  }
  return { ...clip, positions: tensor('float32', clip.positions.shape, data) };
}

/** Makes each joint missing for the whole clip with the given probability, default 0.1; at least one joint stays. */
export function dropJoints(clip: Clip, random: Random, options: { readonly probability?: number } = {}): Clip {
  checkOptions('dropJoints', options, ['probability']);
  const { probability = 0.1 } = options;
  checkShare('dropJoints', 'a probability', probability);
  const joints = clip.layout.joints.length;
  const spared = random.integer(joints);
  const dropped = clip.layout.joints.map((_, joint) => random.next() < probability && joint !== spared);
  return dropped.includes(true) ? withoutJoints(clip, (place) => dropped[place % joints] as boolean) : clip;
}

function checkShare(where: string, what: string, value: number): void {
  if (!(value >= 0 && value <= 1)) refuse(where, `${what} from 0 to 1`, `${value}`);
}

function refuse(where: string, expected: string, actual: string): never {
  throw new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
