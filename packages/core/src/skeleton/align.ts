/** Which way a clip faces: the published view alignments, and turning axes. */
import { KinegraphError } from '../tensor/error.ts';
import { anchor, firstAnchors } from './anchor.ts';
import { type Clip, personCount } from './clip.ts';
import {
  addScaled,
  axisRotation,
  cross,
  dot,
  type Matrix,
  multiply,
  requireDepth,
  rotationBetween,
  subtract,
  transform,
  transformClip,
  unit,
  type Vector,
} from './geometry.ts';
import { withoutJoints } from './missing.ts';

/** The axis that points up, or `-y` where y points down, as in images and camera coordinates. */
export type UpAxis = 'y' | 'z' | '-y' | '-z';

const quarterTurns: Readonly<Record<UpAxis, number>> = { y: 0, z: 1, '-y': 2, '-z': 3 };

/**
 * Turns a clip about x so that the axis `from`, which points up, becomes the axis `to`.
 *
 * @throws `unsupported` for a clip of two dimensions.
 */
export function turnUp(clip: Clip, from: UpAxis, to: UpAxis): Clip {
  const turns = (quarterTurns[to] - quarterTurns[from] + 4) % 4;
  const [c, s] = [[1, 0, -1, 0][turns] as number, [0, 1, 0, -1][turns] as number];
  requireDepth(clip, 'turnUp');
  return transformClip(clip, [
    [1, 0, 0],
    [0, c, -s],
    [0, s, c],
  ]);
}

/**
 * The view alignment of 2s-AGCN and pyskl (`pre_normalization`; spec encoders §5.3): by the first person's first frame that shows them,
 * the spine from its base to its middle turns to +z, then the line from the left to the right shoulder to +x. Center the clip first.
 *
 * @param up `z` as published, or the axis that the spine should turn to instead.
 * @throws `invalid-clip` if the first person never shows hips and shoulders together; `unsupported` in two dimensions.
 */
export function alignSpine(clip: Clip, up: 'y' | 'z' = 'z'): Clip {
  const [base, middle, left, right] = landmarks('alignSpine', clip, [
    'pelvis',
    'spine',
    'left_shoulder',
    'right_shoulder',
  ]);
  const spine = direction('alignSpine', subtract(middle as Vector, base as Vector), 'a spine with a length');
  const upright = rotationBetween(spine, up === 'z' ? [0, 0, 1] : [0, 1, 0]);
  const shoulders = direction('alignSpine', subtract(right as Vector, left as Vector), 'shoulders apart');
  const forward = rotationBetween(transform(upright, shoulders), [1, 0, 0]);
  return transformClip(clip, multiply(forward, upright));
}

/**
 * Turns everyone about the vertical axis so that, by the first person's first frame that shows them, the line from the left to the right
 * shoulder has no depth and points to +x. Unlike {@link alignSpine} it keeps a bent trunk bent.
 *
 * @param up the axis that points up.
 * @throws `invalid-clip` if the first person never shows both shoulders, or they lie above each other.
 */
export function faceForward(clip: Clip, up: 'y' | 'z' = 'y'): Clip {
  const [left, right] = landmarks('faceForward', clip, ['left_shoulder', 'right_shoulder']);
  const axis: Vector = up === 'y' ? [0, 1, 0] : [0, 0, 1];
  const across = subtract(right as Vector, left as Vector);
  const level = direction('faceForward', addScaled(across, axis, -dot(across, axis)), 'shoulders apart');
  const angle = Math.atan2(dot(cross(level, [1, 0, 0]), axis), level[0]);
  return transformClip(clip, axisRotation(axis, angle));
}

/**
 * InfoGCN's alignment (spec encoders §5.3): each person's trunk, by the first frame that shows it, becomes the axes: left minus right hip
 * is x, the spine is z. As published it also mirrors (determinant -1). Persons who never show their trunk become missing.
 *
 * @throws `unsupported` in two dimensions.
 */
export function alignInfogcn(clip: Clip): Clip {
  requireDepth(clip, 'alignInfogcn');
  let result = clip;
  for (let person = 0; person < personCount(clip); person++) {
    const matrix = infogcnMatrix(clip, person);
    if (matrix) {
      result = transformClip(result, matrix, person);
    } else {
      const size = clip.positions.data.length / personCount(clip) / 3;
      result = withoutJoints(result, (place) => Math.floor(place / size) === person);
    }
  }
  return result;
}

/** The inverse, which is the transpose, of the matrix with columns v2, v3, v1; undefined for a person without a trunk. */
function infogcnMatrix(clip: Clip, person: number): Matrix | undefined {
  const anchors = ['pelvis', 'spine', 'left_hip', 'right_hip'].map((joint) =>
    anchor('alignInfogcn', clip.layout, joint),
  );
  const [base, middle, left, right] = firstAnchors(clip, person, anchors) ?? [];
  const v1 = base && middle && unit(subtract(middle, base));
  const hips = left && right && subtract(left, right);
  const v2 = v1 && hips && unit(addScaled(hips, v1, -dot(hips, v1)));
  return v1 && v2 && [v2, cross(v2, v1), v1];
}

function landmarks(where: string, clip: Clip, joints: readonly string[]): readonly Vector[] {
  requireDepth(clip, where);
  const anchors = joints.map((joint) => anchor(where, clip.layout, joint));
  return firstAnchors(clip, 0, anchors) ?? refuse(where, `a frame that shows ${joints.join(', ')}`, 'none');
}

function direction(where: string, vector: Vector, expected: string): Vector {
  return unit(vector) ?? refuse(where, expected, 'one point');
}

function refuse(where: string, expected: string, actual: string): never {
  throw new KinegraphError({ code: 'invalid-clip', where, expected, actual });
}
