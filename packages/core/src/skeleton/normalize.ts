/** Where a clip lies and how large it is: centering, body size, image coordinates. */
import { type ErrorCode, KinegraphError } from '../tensor/error.ts';
import { checkOptions } from '../tensor/options.ts';
import { tensor } from '../tensor/tensor.ts';
import { anchor, anchorAt } from './anchor.ts';
import { type Clip, dimensionCount, frameCount } from './clip.ts';
import { subtract, type Vector } from './geometry.ts';
import { scaled } from './units.ts';

/** What {@link center} takes. */
export interface CenterOptions {
  /** The joint that becomes the origin, by name; derived if the layout lacks it. Default: the layout's center. */
  readonly joint?: string;
  /** `clip`: one origin, from the first frame that shows the joint. `frame`: the joint is the origin of each frame. Default `clip`. */
  readonly per?: 'clip' | 'frame';
}

/**
 * Moves everyone so that a joint of the first person is the origin (spec encoders §5.3).
 *
 * CTR-GCN and InfoGCN: `{ joint: 'spine_mid' }`. 2s-AGCN: `{ joint: 'spine_mid', per: 'frame' }`. Missing joints stay missing; in a
 * frame without the joint, the nearest frame's origin serves.
 *
 * @throws `invalid-clip` if the first person never shows the joint; `not-found` if the layout does not have it.
 */
export function center(clip: Clip, options: CenterOptions = {}): Clip {
  checkOptions('center', options, ['joint', 'per']);
  const { joint = clip.layout.joints[clip.layout.center] as string, per = 'clip' } = options;
  const parts = anchor('center', clip.layout, joint);
  const frames = frameCount(clip);
  const seen = Array.from({ length: frames }, (_, frame) => anchorAt(clip, parts, 0, frame));
  const first = seen.find((point) => point !== undefined);
  if (!first) refuse('center', `${joint} of the first person in some frame`, 'only missing ones');
  let latest = first;
  const origins = seen.map((point, frame) => {
    if (per === 'clip') return first;
    latest = point ?? nearest(seen, frame) ?? latest;
    return latest;
  });
  return movePoints(clip, (c, frame) => [1, -((origins[frame] as Vector)[c] as number)]);
}

/** The value of the nearest frame that has one; of two as near, the earlier. */
function nearest<T>(values: readonly (T | undefined)[], frame: number): T | undefined {
  for (let distance = 1; distance < values.length; distance++) {
    const found = values[frame - distance] ?? values[frame + distance];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What {@link scaleBody} takes: the two places whose distance becomes `length`. */
export interface BodySizeOptions {
  readonly from?: string;
  readonly to?: string;
  readonly length?: number;
}

/**
 * Scales a clip so that the first person's trunk, from hips to shoulders, has length 1 (its median over the frames).
 *
 * Works in any layout with hips and shoulders; for a hand pass `{ from: 'wrist', to: 'middle_mcp' }`. The unit becomes `normalized`.
 *
 * @throws `invalid-clip` if the two places are never seen together, or coincide.
 */
export function scaleBody(clip: Clip, options: BodySizeOptions = {}): Clip {
  checkOptions('scaleBody', options, ['from', 'to', 'length']);
  const { from = 'pelvis', to = 'thorax', length = 1 } = options;
  const ends = [anchor('scaleBody', clip.layout, from), anchor('scaleBody', clip.layout, to)] as const;
  const lengths: number[] = [];
  for (let frame = 0; frame < frameCount(clip); frame++) {
    const [a, b] = ends.map((parts) => anchorAt(clip, parts, 0, frame));
    if (a && b) lengths.push(Math.hypot(...subtract(a, b)));
  }
  const median = lengths.sort((a, b) => a - b)[lengths.length >> 1];
  if (!median)
    refuse('scaleBody', `${from} and ${to} apart in some frame`, median === 0 ? 'one point' : 'only missing ones');
  return { ...clip, positions: scaled(clip.positions, length / median), unit: 'normalized' };
}

/**
 * Brings image coordinates to -1..1 on both axes: `(x - w/2) / (w/2)`, and y likewise (pyskl; spec encoders §5.3).
 *
 * @param size the image's size in pixels, or `auto` for the bounding box of all present joints.
 * @throws `unsupported` for a clip of three dimensions; `invalid-argument` unless the size is above 0.
 */
export function normalizeImage(clip: Clip, size: { readonly width: number; readonly height: number } | 'auto'): Clip {
  if (dimensionCount(clip) !== 2) refuse('normalizeImage', 'a clip with 2 coordinates', '3', 'unsupported');
  const box = size === 'auto' ? boundingBox(clip) : { low: [0, 0], high: [size.width, size.height] };
  const halves = box.low.map((low, c) => ((box.high[c] as number) - low) / 2);
  if (!halves.every((half) => half > 0 && Number.isFinite(half))) {
    refuse(
      'normalizeImage',
      'a width and a height above 0',
      halves.map((half) => 2 * half).join(' x '),
      'invalid-argument',
    );
  }
  const moved = movePoints(clip, (c) => {
    const half = halves[c] as number;
    return [1 / half, -((box.low[c] as number) + half) / half];
  });
  return { ...moved, unit: 'normalized' };
}

/** The smallest box around all present joints, axis by axis; infinite and inside out if there are none. */
export function boundingBox(clip: Clip): { readonly low: readonly number[]; readonly high: readonly number[] } {
  const dimensions = dimensionCount(clip);
  const low = new Array<number>(dimensions).fill(Number.POSITIVE_INFINITY);
  const high = new Array<number>(dimensions).fill(Number.NEGATIVE_INFINITY);
  const { data } = clip.positions;
  for (let i = 0; i < data.length; i++) {
    if (clip.confidence?.data[Math.floor(i / dimensions)] === 0) continue;
    const c = i % dimensions;
    low[c] = Math.min(low[c] as number, data[i] as number);
    high[c] = Math.max(high[c] as number, data[i] as number);
  }
  return { low, high };
}

/** Every present coordinate times a factor plus an offset, by axis and frame. */
export function movePoints(
  clip: Clip,
  at: (axis: number, frame: number) => readonly [factor: number, offset: number],
): Clip {
  const [, frames, joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const data = clip.positions.data.slice();
  const scores = clip.confidence?.data;
  for (let row = 0; row < data.length / (joints * dimensions); row++) {
    for (let c = 0; c < dimensions; c++) {
      const [factor, offset] = at(c, row % frames);
      for (let place = row * joints; place < (row + 1) * joints; place++) {
        if (scores?.[place] !== 0)
          data[place * dimensions + c] = factor * (data[place * dimensions + c] as number) + offset;
      }
    }
  }
  return { ...clip, positions: tensor('float32', clip.positions.shape, data) };
}

function refuse(where: string, expected: string, actual: string, code: ErrorCode = 'invalid-clip'): never {
  throw new KinegraphError({ code, where, expected, actual });
}
