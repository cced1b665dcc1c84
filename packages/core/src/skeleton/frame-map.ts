/** How the frames of a result are mixed from those of a source: the common form of all resampling in time. */
import { tensor } from '../tensor/tensor.ts';
import { type Clip, frameCount } from './clip.ts';
import { withoutClock } from './select.ts';

/**
 * Result frame i is `(1 - weight[i]) * source[before[i]] + weight[i] * source[after[i]]`.
 *
 * A map that only picks frames has `before` equal to `after`.
 */
export interface FrameMap {
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** In 0..1. */
  readonly weight: Float32Array;
}

/** The map to fractional source frames `at(i)`, clamped to `start..end-1`. */
export function interpolated(frames: number, start: number, end: number, at: (frame: number) => number): FrameMap {
  const before = new Int32Array(frames);
  const after = new Int32Array(frames);
  const weight = new Float32Array(frames);
  for (let i = 0; i < frames; i++) {
    const source = Math.min(Math.max(at(i), start), end - 1);
    const whole = Math.floor(source);
    before[i] = whole;
    after[i] = Math.min(whole + 1, end - 1);
    weight[i] = source - whole;
  }
  return { before, after, weight };
}

/** The map that picks whole source frames. */
export function picked(frames: number, at: (frame: number) => number): FrameMap {
  const before = Int32Array.from({ length: frames }, (_, frame) => at(frame));
  return { before, after: before, weight: new Float32Array(frames) };
}

/**
 * Applies a map to every person. The result has no clock.
 *
 * A joint that is missing on one side is taken from the other side if that is at least as near, and is missing otherwise.
 */
export function applyFrames(clip: Clip, map: FrameMap): Clip {
  const [persons, , joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const frames = map.before.length;
  const positions = new Float32Array(persons * frames * joints * dimensions);
  const confidence = clip.confidence && new Float32Array(persons * frames * joints);
  for (let person = 0; person < persons; person++) {
    const start = person * frames * joints;
    const place = { frame: joints * dimensions, joint: dimensions, coordinate: 1 };
    mixFrames(clip, person, map, positions, start * dimensions, place);
    if (confidence) mixConfidence(clip, person, map, confidence, start);
  }
  return {
    ...withoutClock(clip),
    positions: tensor('float32', [persons, frames, joints, dimensions], positions),
    ...(confidence ? { confidence: tensor('float32', [persons, frames, joints], confidence) } : {}),
  };
}

/** Distances in a flat array from one frame, joint and coordinate to the next. */
export interface Strides {
  readonly frame: number;
  readonly joint: number;
  readonly coordinate: number;
}

/** Writes one person's mixed positions into `out`, in any axis order. */
export function mixFrames(
  clip: Clip,
  person: number,
  map: FrameMap,
  out: Float32Array,
  start: number,
  to: Strides,
): void {
  const [, , joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const { data } = clip.positions;
  const confidence = clip.confidence?.data;
  const size = joints * dimensions;
  const base = person * frameCount(clip);
  for (let i = 0; i < map.before.length; i++) {
    const before = base + (map.before[i] as number);
    const after = base + (map.after[i] as number);
    const weight = map.weight[i] as number;
    for (let v = 0; v < joints; v++) {
      const share = confidence ? shareOfAfter(confidence, before * joints + v, after * joints + v, weight) : weight;
      const target = start + i * to.frame + v * to.joint;
      for (let c = 0; c < dimensions; c++) {
        const from = data[before * size + v * dimensions + c] as number;
        const until = data[after * size + v * dimensions + c] as number;
        out[target + c * to.coordinate] = from + share * (until - from);
      }
    }
  }
}

/** Writes one person's mixed confidence into `out` as `[T, V]` from `start` on. */
export function mixConfidence(clip: Clip, person: number, map: FrameMap, out: Float32Array, start: number): void {
  const joints = clip.positions.shape[2] as number;
  const confidence = clip.confidence?.data;
  const base = person * frameCount(clip);
  for (let i = 0; i < map.before.length; i++) {
    const before = (base + (map.before[i] as number)) * joints;
    const after = (base + (map.after[i] as number)) * joints;
    const weight = map.weight[i] as number;
    for (let v = 0; v < joints; v++) {
      if (!confidence) {
        out[start + i * joints + v] = 1;
        continue;
      }
      const share = shareOfAfter(confidence, before + v, after + v, weight);
      const from = confidence[before + v] as number;
      out[start + i * joints + v] = from + share * ((confidence[after + v] as number) - from);
    }
  }
}

/** The weight of `after` once missing joints are minded: whichever side is nearer decides if one of the two is missing. */
function shareOfAfter(confidence: Float32Array, before: number, after: number, weight: number): number {
  if (confidence[before] !== 0 && confidence[after] !== 0) return weight;
  if (weight === 0.5) return confidence[before] !== 0 ? 0 : 1;
  return weight < 0.5 ? 0 : 1;
}
