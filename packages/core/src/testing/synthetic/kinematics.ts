/** From a pose to points in space: forward kinematics of trunk, head and arms, two-bone inverse kinematics of the legs. */
import {
  addScaled,
  axisRotation,
  dot,
  type Matrix,
  multiply,
  subtract,
  transform,
  unit,
  type Vector,
} from '../../skeleton/geometry.ts';
import type { SyntheticSubject } from './body.ts';
import { degree, type Pose, shifted } from './pose.ts';

/** Points by joint name of the synthetic body. Meters; x to the person's right, y up from the ground, z backward. */
export type Points = ReadonlyMap<string, Vector>;

const x: Vector = [1, 0, 0];
const y: Vector = [0, 1, 0];
const z: Vector = [0, 0, 1];

function about(axis: Vector, degrees: number): Matrix {
  return axisRotation(axis, (degrees * Math.PI) / 180);
}

function chain(...rotations: readonly Matrix[]): Matrix {
  return rotations.reduce(multiply);
}

/** A point moved by an offset that is given in a turned frame. */
function from(point: Vector, frame: Matrix, offset: Vector): Vector {
  return addScaled(point, transform(frame, offset), 1);
}

/** Every point of a person in a pose; hands that would go into the ground keep the whole body higher. */
export function pointsOf(subject: SyntheticSubject, pose: Pose): Points {
  const points = solve(subject, pose);
  const lowest = Math.min(...(['left', 'right'] as const).map((side) => points.get(`${side}_hand_tip`)?.[1] ?? 0));
  const missing = 0.02 - lowest;
  return missing > 0 ? solve(subject, shifted(pose, { drop: -missing / legLength(subject) })) : points;
}

function solve(subject: SyntheticSubject, pose: Pose): Points {
  const heading = about(y, degree(pose, 'heading'));
  const ankles = { left: ankle(subject, pose, 'left', heading), right: ankle(subject, pose, 'right', heading) };
  const pelvis = chain(heading, about(x, -degree(pose, 'tilt')));
  const base = pelvisPoint(subject, pose, heading, pelvis, ankles);
  const points = new Map<string, Vector>([['spine_base', base]]);
  const chest = addTrunk(points, subject, pose, base, pelvis);
  addHead(points, subject, pose, chest);
  for (const side of ['left', 'right'] as const) {
    addArm(points, subject, pose, side, chest);
    addLeg(points, subject, pose, side, heading, hipPoint(subject, side, base, pelvis), ankles[side]);
  }
  return points;
}

type Side = 'left' | 'right';

/** The sign of x on a side of the body. */
const signs = { left: -1, right: 1 } as const;

function hipPoint(subject: SyntheticSubject, side: Side, base: Vector, pelvis: Matrix): Vector {
  return from(base, pelvis, [signs[side] * subject.hip, -0.02 * subject.height, 0]);
}

function legLength(subject: SyntheticSubject): number {
  return subject.thigh + subject.shank;
}

function ankle(subject: SyntheticSubject, pose: Pose, side: Side, heading: Matrix): Vector {
  const leg = legLength(subject);
  return transform(heading, [
    signs[side] * (1.1 * subject.hip + leg * degree(pose, `${side}Out`)),
    subject.ankle + leg * (degree(pose, `${side}Lift`) + degree(pose, 'rise')),
    -leg * (degree(pose, `${side}Ahead`) + degree(pose, 'travel')),
  ]);
}

/** Where the pelvis is: as the pose says, but no higher than both legs reach. */
function pelvisPoint(
  subject: SyntheticSubject,
  pose: Pose,
  heading: Matrix,
  pelvis: Matrix,
  ankles: Readonly<Record<Side, Vector>>,
): Vector {
  const leg = legLength(subject);
  const straight = 0.995 * leg;
  const hipsBelow = 0.02 * subject.height;
  const level = transform(heading, [
    leg * degree(pose, 'aside'),
    subject.ankle + hipsBelow + straight + leg * (degree(pose, 'rise') - degree(pose, 'drop')),
    -leg * (degree(pose, 'ahead') + degree(pose, 'travel')),
  ]);
  const reach = (['left', 'right'] as const).map((side) => {
    const hip = hipPoint(subject, side, level, pelvis);
    const [dx, , dz] = subtract(hip, ankles[side]);
    return level[1] - hip[1] + ankles[side][1] + Math.sqrt(Math.max(straight ** 2 - dx ** 2 - dz ** 2, 0));
  });
  return [level[0], Math.min(level[1], ...reach), level[2]];
}

/** Adds the spine and returns the frame of the chest. */
function addTrunk(
  points: Map<string, Vector>,
  subject: SyntheticSubject,
  pose: Pose,
  base: Vector,
  pelvis: Matrix,
): Matrix {
  const bend = degree(pose, 'bend') + subject.slump;
  const lower = chain(pelvis, about(x, -0.4 * bend), about(z, -0.4 * degree(pose, 'side')));
  const twist = about(y, degree(pose, 'twist'));
  const chest = chain(pelvis, twist, about(x, -bend), about(z, -degree(pose, 'side')));
  const spine = subject.trunk + 0.04 * subject.height;
  const middle = from(base, lower, [0, 0.43 * spine, 0]);
  const top = from(middle, chest, [0, 0.57 * spine, 0]);
  points.set('spine_mid', middle);
  points.set('spine_shoulder', top);
  points.set('neck', from(top, chest, [0, 0.04 * subject.height, 0]));
  return chest;
}

function addHead(points: Map<string, Vector>, subject: SyntheticSubject, pose: Pose, chest: Matrix): void {
  const frame = chain(chest, about(y, degree(pose, 'turn')), about(x, subject.slump - degree(pose, 'nod')));
  const unitLength = subject.height / 1.7;
  const neck = points.get('neck') as Vector;
  const head = from(neck, frame, [0, 0.13 * unitLength, -0.02 * unitLength]);
  const set = (name: string, [dx, dy, dz]: Vector) => {
    points.set(name, from(head, frame, [dx * unitLength, dy * unitLength, dz * unitLength]));
  };
  set('head', [0, 0, 0]);
  set('nose', [0, -0.015, -0.105]);
  for (const side of ['left', 'right'] as const) {
    const sign = signs[side];
    set(`${side}_eye_inner`, [sign * 0.018, 0.02, -0.088]);
    set(`${side}_eye`, [sign * 0.031, 0.02, -0.085]);
    set(`${side}_eye_outer`, [sign * 0.044, 0.02, -0.08]);
    set(`${side}_ear`, [sign * 0.075, 0, 0]);
    set(`${side}_mouth`, [sign * 0.024, -0.055, -0.088]);
  }
}

function addArm(points: Map<string, Vector>, subject: SyntheticSubject, pose: Pose, side: Side, chest: Matrix): void {
  const sign = signs[side];
  const raise = about(x, degree(pose, `${side}Raise`));
  const spread = about(z, sign * degree(pose, `${side}Spread`));
  const roll = about(y, sign * degree(pose, `${side}Roll`));
  const upper = chain(chest, spread, raise, roll);
  const lower = chain(upper, about(x, degree(pose, `${side}Elbow`)));
  const top = points.get('spine_shoulder') as Vector;
  const shoulder = from(top, chest, [sign * subject.shoulder, -0.02 * subject.height, 0]);
  const elbow = from(shoulder, upper, [0, -subject.upperArm, 0]);
  const wrist = from(elbow, lower, [0, -subject.forearm, 0]);
  const hand = subject.height;
  points.set(`${side}_shoulder`, shoulder);
  points.set(`${side}_elbow`, elbow);
  points.set(`${side}_wrist`, wrist);
  points.set(`${side}_hand`, from(wrist, lower, [0, -0.045 * hand, 0]));
  points.set(`${side}_hand_tip`, from(wrist, lower, [0, -0.09 * hand, 0]));
  points.set(`${side}_thumb`, from(wrist, lower, [-sign * 0.015 * hand, -0.045 * hand, -0.03 * hand]));
  points.set(`${side}_index`, from(wrist, lower, [0, -0.055 * hand, -0.018 * hand]));
  points.set(`${side}_pinky`, from(wrist, lower, [0, -0.048 * hand, 0.022 * hand]));
}

function addLeg(
  points: Map<string, Vector>,
  subject: SyntheticSubject,
  pose: Pose,
  side: Side,
  heading: Matrix,
  hip: Vector,
  wanted: Vector,
): void {
  const { thigh, shank, foot } = subject;
  const sign = signs[side];
  // Knees point ahead, up where the leg is level, and outward with the feet.
  const forward = transform(heading, [sign * (0.15 + degree(pose, `${side}Out`)), 0.4, -1]);
  const { knee, end } = bendLeg(hip, wanted, thigh, shank, forward);
  points.set(`${side}_hip`, hip);
  points.set(`${side}_knee`, knee);
  points.set(`${side}_ankle`, end);
  const frame = chain(heading, about(y, -sign * 8), about(x, -degree(pose, `${side}Toes`)));
  const sole = -subject.ankle;
  points.set(`${side}_heel`, from(end, frame, [0, 0.75 * sole, 0.25 * foot]));
  points.set(`${side}_foot`, from(end, frame, [0, 0.6 * sole, -0.5 * foot]));
  points.set(`${side}_foot_index`, from(end, frame, [0, 0.75 * sole, -0.72 * foot]));
  points.set(`${side}_small_toe`, from(end, frame, [sign * 0.25 * foot, 0.75 * sole, -0.6 * foot]));
}

/** Two bones from `hip` toward `wanted`, the knee toward `pole`; a foot out of reach is pulled in along the leg. */
function bendLeg(
  hip: Vector,
  wanted: Vector,
  thigh: number,
  shank: number,
  pole: Vector,
): { knee: Vector; end: Vector } {
  const offset = subtract(wanted, hip);
  const axis = unit(offset) ?? [0, -1, 0];
  const reach = Math.min(Math.hypot(...offset), 0.999 * (thigh + shank));
  const along = (thigh ** 2 - shank ** 2 + reach ** 2) / (2 * reach);
  const out = Math.sqrt(Math.max(thigh ** 2 - along ** 2, 0));
  const sideways = unit(addScaled(pole, axis, -dot(pole, axis))) ?? z;
  return { knee: addScaled(addScaled(hip, axis, along), sideways, out), end: addScaled(hip, axis, reach) };
}
