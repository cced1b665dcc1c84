/** How the synthetic person is seen: camera, sensor noise and occlusion. */
import type { Clip } from '../../skeleton/clip.ts';
import { axisRotation, transformClip } from '../../skeleton/geometry.ts';
import { withoutJoints } from '../../skeleton/missing.ts';
import { movePoints } from '../../skeleton/normalize.ts';
import type { Random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';

/** Where the camera stands. What is left out is drawn at random. */
export interface View {
  /** How far the person is turned from facing the camera, in radians. Drawn from -0.6 to 0.6. */
  readonly yaw?: number;
  /** How far the camera looks down, in radians. Drawn from 0 to 0.15. */
  readonly pitch?: number;
  /** Meters from the camera. Drawn from 2.5 to 4. */
  readonly distance?: number;
  /** Height of the camera above the ground in meters. Drawn from 0.8 to 1.4. */
  readonly height?: number;
}

/** Size in pixels of the image that two-dimensional clips are seen in, with a focal length of as much as its height. */
export const imageSize = { width: 1920, height: 1080 } as const;

/** A person's own coordinates (y up from the ground, z backward) as a Kinect's: y up, z ahead of the camera, x to its left. */
export function seenBy(clip: Clip, random: Random, view: View): Clip {
  const yaw = view.yaw ?? random.uniform(-0.6, 0.6);
  const pitch = view.pitch ?? random.uniform(0, 0.15);
  const distance = view.distance ?? random.uniform(2.5, 4);
  const height = view.height ?? random.uniform(0.8, 1.4);
  const turned = transformClip(clip, axisRotation([0, 1, 0], yaw));
  const placed = movePoints(turned, (axis) => [1, [0, -height, distance][axis] as number]);
  return pitch === 0 ? placed : transformClip(placed, axisRotation([1, 0, 0], -pitch));
}

/** The picture of a clip in pixels, y down, through a pinhole. Points behind the camera become missing. */
export function projected(clip: Clip): Clip {
  const { data, shape } = clip.positions;
  const { width, height } = imageSize;
  const near = 0.1;
  const seen = new Float32Array((data.length / 3) * 2);
  for (let joint = 0; joint < data.length / 3; joint++) {
    const depth = Math.max(data[3 * joint + 2] as number, near);
    seen[2 * joint] = width / 2 - (height * (data[3 * joint] as number)) / depth;
    seen[2 * joint + 1] = height / 2 - (height * (data[3 * joint + 1] as number)) / depth;
  }
  const picture: Clip = { ...clip, positions: tensor('float32', [...shape.slice(0, 3), 2], seen), unit: 'pixel' };
  const behind = (joint: number) => (data[3 * joint + 2] as number) < near;
  return data.some((_, i) => i % 3 === 2 && behind((i - 2) / 3)) ? withoutJoints(picture, behind) : picture;
}

/** Independent normal noise on every coordinate, `sigma` in the clip's unit. */
export function noisy(clip: Clip, random: Random, sigma: number): Clip {
  const data = clip.positions.data.map((value) => value + sigma * random.normal());
  return { ...clip, positions: tensor('float32', clip.positions.shape, data) };
}

/**
 * Hides joints until about the given share of the clip is missing: a joint and all that hangs from it, for up to half the clip at a time,
 * as when an arm is behind the body. At least one joint of the clip stays.
 */
export function occluded(clip: Clip, random: Random, share: number): Clip {
  const { parents } = clip.layout;
  const joints = parents.length;
  const places = clip.positions.data.length / (clip.positions.shape[3] as number);
  const frames = places / joints;
  const hidden = new Uint8Array(places);
  const spared = random.integer(places);
  // The root is always seen.
  const wanted = Math.min(share * places, (joints - 1) * frames - 1);
  let count = 0;
  while (count < wanted) {
    const start = random.integer(frames);
    const end = Math.min(start + 1 + random.integer(Math.ceil(frames / 2)), frames);
    const top = random.integer(joints);
    for (let joint = 0; joint < joints; joint++) {
      if (!hangsFrom(parents, joint, top) || parents[top] === -1) continue;
      for (let frame = start; frame < end; frame++) {
        const place = frame * joints + joint;
        if (place !== spared && !hidden[place] && count < wanted) {
          hidden[place] = 1;
          count++;
        }
      }
    }
  }
  return count === 0 ? clip : withoutJoints(clip, (place) => hidden[place] === 1);
}

function hangsFrom(parents: readonly number[], joint: number, top: number): boolean {
  for (let at = joint; at >= 0; at = parents[at] as number) if (at === top) return true;
  return false;
}
