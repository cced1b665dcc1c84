/** Anatomy in one table: which joints lie at the same place, and which follow from others closely enough. */

/** A joint as a weighted sum of others. */
export type JointMix = Readonly<Record<string, number>>;

/** Names that different layouts give to one place. */
const samePlaces: readonly (readonly string[])[] = [
  ['pelvis', 'hip_center', 'spine_base', 'mid_hip'],
  ['thorax', 'shoulder_center', 'spine_shoulder'],
  ['spine', 'spine_mid'],
  ...bothSides((side) => [
    [`${side}_foot`, `${side}_foot_index`, `${side}_big_toe`],
    [`${side}_hand_tip`, `${side}_index`],
  ]),
];

/**
 * How a joint follows from others, best first. A rule is here only if it is right to about 5 cm.
 *
 * The weights that are not plain means were fitted to Kinect v2 recordings (WMFT, 20,000 frames; median error 13 mm for the neck, 4 mm
 * for the spine, 48 mm for the hand, 36 mm for its tip, 40 mm for the thumb). A foot does not follow from an ankle: 106 mm.
 */
export const jointRules: ReadonlyMap<string, readonly JointMix[]> = new Map<string, readonly JointMix[]>([
  ['pelvis', [{ left_hip: 0.5, right_hip: 0.5 }]],
  ['thorax', [{ left_shoulder: 0.5, right_shoulder: 0.5 }]],
  ['spine', [{ pelvis: 0.43, thorax: 0.57 }]],
  ['neck', [{ thorax: 0.7, head: 0.3 }]],
  ['neck_base', [{ thorax: 1 }]],
  ['head', [{ left_ear: 0.5, right_ear: 0.5 }, { left_eye: 0.5, right_eye: 0.5 }, { nose: 1 }]],
  ['nose', [{ head: 1 }]],
  ...bothSides((side): [string, JointMix[]][] => [
    [`${side}_collar`, [{ thorax: 1 }]],
    [`${side}_eye_inner`, [{ [`${side}_eye`]: 1 }]],
    [`${side}_eye_outer`, [{ [`${side}_eye`]: 1 }]],
    [
      `${side}_hand`,
      [
        { [`${side}_index`]: 0.5, [`${side}_pinky`]: 0.5 },
        { [`${side}_wrist`]: 1.36, [`${side}_elbow`]: -0.36 },
      ],
    ],
    [`${side}_hand_tip`, [{ [`${side}_hand`]: 1.37, [`${side}_wrist`]: -0.37 }]],
    [`${side}_thumb`, [{ [`${side}_hand`]: 1 }]],
    [`${side}_pinky`, [{ [`${side}_hand`]: 1 }]],
    [`${side}_small_toe`, [{ [`${side}_foot`]: 1 }]],
  ]),
]);

const placeOf = new Map(samePlaces.flatMap((names) => names.map((name) => [name, names] as const)));

/** All names of the place where a joint lies, the one that {@link jointRules} uses first. */
export function namesOfPlace(joint: string): readonly string[] {
  return placeOf.get(joint) ?? [joint];
}

/**
 * A joint as a weighted sum of joints that there are; undefined if it does not follow from them.
 *
 * @param joints the joints there are, with their indices.
 * @param rules the rules to derive by.
 */
export function deriveJoint(
  joint: string,
  joints: ReadonlyMap<string, number>,
  rules: ReadonlyMap<string, readonly JointMix[]> = jointRules,
): ReadonlyMap<number, number> | undefined {
  return derive(joint, joints, rules, new Set());
}

function derive(
  joint: string,
  joints: ReadonlyMap<string, number>,
  rules: ReadonlyMap<string, readonly JointMix[]>,
  underway: ReadonlySet<string>,
): ReadonlyMap<number, number> | undefined {
  const names = namesOfPlace(joint);
  const found = joints.get(joint) ?? names.map((name) => joints.get(name)).find((index) => index !== undefined);
  if (found !== undefined) return new Map([[found, 1]]);
  const place = names[0] as string;
  if (underway.has(place)) return undefined;
  const deeper = new Set(underway).add(place);
  for (const mix of rules.get(place) ?? []) {
    const sum = new Map<number, number>();
    const complete = Object.entries(mix).every(([part, weight]) => {
      const parts = derive(part, joints, rules, deeper);
      for (const [index, share] of parts ?? []) sum.set(index, (sum.get(index) ?? 0) + weight * share);
      return parts !== undefined;
    });
    if (complete) return sum;
  }
  return undefined;
}

function bothSides<Row>(rows: (side: 'left' | 'right') => Row[]): Row[] {
  return [...rows('left'), ...rows('right')];
}
