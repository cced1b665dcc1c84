/** A pose as numbers, and movement between poses. */

type Side = 'left' | 'right';

/**
 * One number of a pose: angles in degrees, distances in leg lengths. All 0 is standing upright with arms hanging.
 *
 * - The body: `drop` (pelvis down), `ahead`, `aside` (pelvis, to the right), `rise` (everything up), `travel` (everything ahead),
 *   `heading` (turn to the left).
 * - The trunk: `tilt` (pelvis forward), `bend` (spine forward), `side` (to the right), `twist` (right shoulder forward).
 * - The head: `nod` (down), `turn` (to the left).
 * - Each arm: `raise` (forward), `spread` (outward), `roll` (inward about its own axis), `elbow` (0 = straight).
 * - Each foot: `ahead`, `out`, `lift`, `toes` (toes down).
 */
export type Degree =
  | 'drop'
  | 'ahead'
  | 'aside'
  | 'rise'
  | 'travel'
  | 'heading'
  | 'tilt'
  | 'bend'
  | 'side'
  | 'twist'
  | 'nod'
  | 'turn'
  | `${Side}Raise`
  | `${Side}Spread`
  | `${Side}Roll`
  | `${Side}Elbow`
  | `${Side}Ahead`
  | `${Side}Out`
  | `${Side}Lift`
  | `${Side}Toes`;

/** Degrees of freedom that are not named are at rest. */
export type Pose = { readonly [degree in Degree]?: number };

/** How the arms hang when nothing else is said. */
const rest: Pose = { leftSpread: 7, rightSpread: 7, leftElbow: 12, rightElbow: 12, leftRaise: 2, rightRaise: 2 };

/** A degree of freedom of a pose, or its value at rest. */
export function degree(pose: Pose, name: Degree): number {
  return pose[name] ?? rest[name] ?? 0;
}

/** A pose at a point of the movement, from 0 to 1. */
export type Key = readonly [at: number, pose: Pose];

/**
 * The pose at a point of a movement through keys, which are in order; each stretch is a minimum-jerk movement, at rest at both ends
 * (Flash and Hogan 1985).
 */
export function between(keys: readonly Key[], at: number): Pose {
  const next = keys.findIndex(([time]) => time > at);
  const [start, from] = keys.at(next < 0 ? -1 : Math.max(next - 1, 0)) as Key;
  const [end, to] = keys.at(next < 0 ? -1 : next) as Key;
  const s = end > start ? Math.min(Math.max((at - start) / (end - start), 0), 1) : 0;
  return blend(from, to, s * s * s * (10 + s * (6 * s - 15)));
}

/** `(1 - share) * from + share * to`, degree by degree. */
function blend(from: Pose, to: Pose, share: number): Pose {
  const result: { [name in Degree]?: number } = {};
  for (const name of Object.keys({ ...from, ...to }) as Degree[]) {
    result[name] = (1 - share) * degree(from, name) + share * degree(to, name);
  }
  return result;
}

/** A pose with some degrees of freedom moved by amounts. */
export function shifted(pose: Pose, by: Pose): Pose {
  const result: { [name in Degree]?: number } = { ...pose };
  for (const [name, amount] of Object.entries(by) as [Degree, number][]) result[name] = degree(pose, name) + amount;
  return result;
}

/** Angles of a pose times a factor; distances of feet and pelvis too, so that a larger movement is larger throughout. */
export function amplified(pose: Pose, factor: number): Pose {
  const result: { [name in Degree]?: number } = {};
  for (const [name, amount] of Object.entries(pose) as [Degree, number][]) {
    const still = rest[name] ?? 0;
    result[name] = still + factor * (amount - still);
  }
  return result;
}
