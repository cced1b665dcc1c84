/** The poses that the synthetic actions go through. */
import type { Pose } from './pose.ts';

/** Upright, arms hanging. */
export const stand: Pose = {};

/** Deep in a squat, arms ahead. */
export const squatting: Pose = {
  drop: 0.42,
  ahead: -0.12,
  tilt: 28,
  bend: 22,
  nod: -20,
  leftRaise: 128,
  rightRaise: 128,
  leftElbow: 10,
  rightElbow: 10,
  leftSpread: 4,
  rightSpread: 4,
  leftOut: 0.06,
  rightOut: 0.06,
};

/** A boxer's stance, right-handed. */
export const guard: Pose = {
  drop: 0.05,
  bend: 8,
  twist: -12,
  leftAhead: 0.16,
  rightAhead: -0.16,
  leftOut: 0.04,
  rightOut: 0.04,
  leftRaise: 40,
  leftElbow: 120,
  leftSpread: 8,
  rightRaise: 25,
  rightElbow: 130,
  rightSpread: 10,
};

/** On a chair as high as the knees, hands on the thighs. */
export const seated: Pose = {
  drop: 0.48,
  ahead: -0.42,
  tilt: 2,
  bend: 6,
  leftRaise: 28,
  rightRaise: 28,
  leftElbow: 50,
  rightElbow: 50,
  leftSpread: 4,
  rightSpread: 4,
};

/** Bent down, the right hand near the ground. */
export const reaching: Pose = {
  drop: 0.27,
  ahead: -0.12,
  tilt: 50,
  bend: 42,
  nod: -15,
  twist: 12,
  leftAhead: 0.12,
  rightAhead: -0.06,
  rightRaise: 96,
  rightElbow: 5,
  rightSpread: 0,
  leftRaise: 62,
  leftElbow: 25,
};

/** Ready to jump. */
export const crouch: Pose = { drop: 0.26, ahead: -0.05, tilt: 26, bend: 14, leftRaise: -15, rightRaise: -15, nod: -15 };
/** Taking off. */
export const stretched: Pose = { leftRaise: 110, rightRaise: 110, leftElbow: 20, rightElbow: 20, tilt: -4, nod: -8 };
