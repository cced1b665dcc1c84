/** Missing joints: where they are, how to mark them, how to fill them in. */
import { KinegraphError } from '../tensor/error.ts';
import { tensor } from '../tensor/tensor.ts';
import { type Clip, frameTimes } from './clip.ts';

/** The frames from the first to the last that have any joint, as `[start, end)`; `[0, 0]` if every joint is missing. */
export function presentFrames(clip: Clip): readonly [start: number, end: number] {
  const [persons, frames, joints] = clip.positions.shape as [number, number, number];
  if (!clip.confidence) return [0, frames];
  const { data } = clip.confidence;
  let start = frames;
  let end = 0;
  for (let m = 0; m < persons; m++) {
    const row = data.subarray(m * frames * joints, (m + 1) * frames * joints);
    const first = row.findIndex((score) => score > 0);
    if (first < 0) continue;
    start = Math.min(start, Math.floor(first / joints));
    end = Math.max(end, Math.floor(row.findLastIndex((score) => score > 0) / joints) + 1);
  }
  return end === 0 ? [0, 0] : [start, end];
}

/**
 * Marks joints whose confidence is below a threshold as missing.
 *
 * @throws `invalid-argument` unless the threshold is from 0 to 1.
 */
export function dropUncertain(clip: Clip, threshold: number): Clip {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'dropUncertain',
      expected: 'a threshold from 0 to 1',
      actual: `${threshold}`,
    });
  }
  const scores = clip.confidence?.data;
  return scores ? withoutJoints(clip, (joint) => (scores[joint] as number) < threshold) : clip;
}

/** The clip with some joints missing; `drop` is asked with the joint's place in `[M, T, V]`. */
export function withoutJoints(clip: Clip, drop: (place: number) => boolean): Clip {
  const dimensions = clip.positions.shape[3] as number;
  const positions = clip.positions.data.slice();
  const confidence = clip.confidence?.data.slice() ?? new Float32Array(positions.length / dimensions).fill(1);
  for (let place = 0; place < confidence.length; place++) {
    if (!drop(place)) continue;
    confidence[place] = 0;
    positions.fill(0, place * dimensions, (place + 1) * dimensions);
  }
  return {
    ...clip,
    positions: tensor('float32', clip.positions.shape, positions),
    confidence: tensor('float32', clip.positions.shape.slice(0, 3), confidence),
  };
}

/**
 * Fills in missing joints: linearly in time between the frames before and after that have the joint, and with the nearest one at the ends.
 *
 * Confidence is filled in the same way, so filled joints are present afterwards. A joint that its person never shows stays missing.
 *
 * @throws `invalid-clip` if every joint of the clip is missing.
 */
export function fillMissing(clip: Clip): Clip {
  const scores = clip.confidence?.data;
  if (!scores?.includes(0)) return clip;
  if (scores.every((score) => score === 0)) {
    throw new KinegraphError({
      code: 'invalid-clip',
      where: 'fillMissing',
      expected: 'at least one joint in one frame',
      actual: 'a clip with every joint missing',
    });
  }
  const [persons, frames, joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const times = frameTimes(clip) ?? Float64Array.from({ length: frames }, (_, frame) => frame);
  const positions = clip.positions.data.slice();
  const confidence = scores.slice();
  for (let m = 0; m < persons; m++) {
    for (let v = 0; v < joints; v++) {
      const place = (frame: number) => (m * frames + frame) * joints + v;
      for (const { frame, before, after, share } of gaps(frames, times, (t) => (scores[place(t)] as number) > 0)) {
        const mix = (data: Float32Array, size: number, c: number) => {
          const from = data[place(before) * size + c] as number;
          data[place(frame) * size + c] = from + share * ((data[place(after) * size + c] as number) - from);
        };
        for (let c = 0; c < dimensions; c++) mix(positions, dimensions, c);
        mix(confidence, 1, 0);
      }
    }
  }
  return {
    ...clip,
    positions: tensor('float32', clip.positions.shape, positions),
    confidence: tensor('float32', [persons, frames, joints], confidence),
  };
}

interface Gap {
  readonly frame: number;
  readonly before: number;
  readonly after: number;
  /** How far from `before` to `after`, in time. */
  readonly share: number;
}

/** Each absent frame between its present neighbors; none if no frame is present. */
function gaps(frames: number, times: Float64Array, present: (frame: number) => boolean): Gap[] {
  const result: Gap[] = [];
  let before = -1;
  for (let frame = 0; frame < frames; frame++) {
    if (present(frame)) {
      before = frame;
      continue;
    }
    let after = frame + 1;
    while (after < frames && !present(after)) after++;
    const [from, until] = [before < 0 ? after : before, after === frames ? before : after];
    if (before < 0 && after === frames) return [];
    const [start, end] = [times[from] as number, times[until] as number];
    for (; frame < after; frame++) {
      const share = from === until ? 0 : ((times[frame] as number) - start) / (end - start);
      result.push({ frame, before: from, after: until, share });
    }
    before = after;
  }
  return result;
}
