/** Vectors and rotations in three dimensions, and a rotation applied to a clip. */
import { KinegraphError } from '../tensor/error.ts';
import { tensor } from '../tensor/tensor.ts';
import { type Clip, dimensionCount } from './clip.ts';

/** A point or direction. */
export type Vector = readonly [x: number, y: number, z: number];

/** Three rows; row i gives the i-th coordinate of the result. */
export type Matrix = readonly [Vector, Vector, Vector];

/** The inner product. */
export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** The cross product, right-handed. */
export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** `a - b` */
export function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** `a + factor * b` */
export function addScaled(a: Vector, b: Vector, factor: number): Vector {
  return [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]];
}

/** The vector at length 1; undefined for one too short to have a direction. */
export function unit(a: Vector): Vector | undefined {
  const length = Math.hypot(...a);
  return length < 1e-9 ? undefined : [a[0] / length, a[1] / length, a[2] / length];
}

/** A matrix times a vector. */
export function transform(matrix: Matrix, a: Vector): Vector {
  return [dot(matrix[0], a), dot(matrix[1], a), dot(matrix[2], a)];
}

/** The matrix product: first `b`, then `a`. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const column = (c: 0 | 1 | 2): Vector => [b[0][c], b[1][c], b[2][c]];
  const row = (r: Vector): Vector => [dot(r, column(0)), dot(r, column(1)), dot(r, column(2))];
  return [row(a[0]), row(a[1]), row(a[2])];
}

/** Rotation by three angles in radians, `Rz * Ry * Rx` with the signs of CTR-GCN's feeder (spec encoders §5.5). */
export function eulerRotation(x: number, y: number, z: number): Matrix {
  const [cx, sx, cy, sy, cz, sz] = [Math.cos(x), Math.sin(x), Math.cos(y), Math.sin(y), Math.cos(z), Math.sin(z)];
  const aboutX: Matrix = [
    [1, 0, 0],
    [0, cx, sx],
    [0, -sx, cx],
  ];
  const aboutY: Matrix = [
    [cy, 0, -sy],
    [0, 1, 0],
    [sy, 0, cy],
  ];
  const aboutZ: Matrix = [
    [cz, sz, 0],
    [-sz, cz, 0],
    [0, 0, 1],
  ];
  return multiply(aboutZ, multiply(aboutY, aboutX));
}

/** The right-handed rotation about a unit axis (Rodrigues). */
export function axisRotation(axis: Vector, angle: number): Matrix {
  const [x, y, z] = axis;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const d = 1 - c;
  return [
    [c + x * x * d, x * y * d - z * s, x * z * d + y * s],
    [y * x * d + z * s, c + y * y * d, y * z * d - x * s],
    [z * x * d - y * s, z * y * d + x * s, c + z * z * d],
  ];
}

/** The shortest rotation that turns direction `from` into direction `to`; both of length 1. */
export function rotationBetween(from: Vector, to: Vector): Matrix {
  const axis = unit(cross(from, to));
  const angle = Math.acos(Math.min(Math.max(dot(from, to), -1), 1));
  if (axis) return axisRotation(axis, angle);
  // Parallel: nothing to turn, or half a turn about any axis at right angles.
  const across = unit(cross(from, Math.abs(from[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0])) as Vector;
  return axisRotation(across, dot(from, to) > 0 ? 0 : Math.PI);
}

/**
 * Every joint of every person (or of one) times a matrix; missing joints stay at 0.
 *
 * @throws `unsupported` for a clip of two dimensions.
 */
export function transformClip(clip: Clip, matrix: Matrix, person?: number): Clip {
  requireDepth(clip, 'transformClip');
  const data = clip.positions.data.slice();
  const size = person === undefined ? data.length : data.length / (clip.positions.shape[0] as number);
  const start = (person ?? 0) * size;
  const [[a, b, c], [d, e, f], [g, h, k]] = matrix;
  for (let i = start; i < start + size; i += 3) {
    const [x, y, z] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    data[i] = a * x + b * y + c * z;
    data[i + 1] = d * x + e * y + f * z;
    data[i + 2] = g * x + h * y + k * z;
  }
  return { ...clip, positions: tensor('float32', clip.positions.shape, data) };
}

/**
 * Refuses clips of two dimensions.
 *
 * @throws `unsupported`
 */
export function requireDepth(clip: Clip, where: string): void {
  if (dimensionCount(clip) === 3) return;
  throw new KinegraphError({ code: 'unsupported', where, expected: 'a clip with 3 coordinates', actual: '2' });
}
