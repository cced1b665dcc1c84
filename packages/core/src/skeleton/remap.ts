/** Conversion of clips between layouts: shared joints are copied, others derived, the rest marked missing. */
import { KinegraphError } from '../tensor/error.ts';
import { checkOptions } from '../tensor/options.ts';
import { tensor } from '../tensor/tensor.ts';
import { type Clip, frameCount, personCount } from './clip.ts';
import { deriveJoint, type JointMix, jointRules, namesOfPlace } from './joint-rules.ts';
import { checkLayout, jointIndex, type Layout, sameJoints } from './layout.ts';

/** Source joints with their weights. */
export type RemapPart = readonly (readonly [joint: number, weight: number])[];

/** How one layout's joints come from another's. */
export interface RemapPlan {
  readonly from: Layout;
  readonly to: Layout;
  /** For each target joint, its source joints and their weights; empty if it cannot be derived. */
  readonly parts: readonly RemapPart[];
  /** Target joints that are computed from several source joints, or extrapolated. */
  readonly derived: readonly string[];
  /** Target joints that cannot be derived: missing (confidence 0) in every frame of the result. */
  readonly missing: readonly string[];
}

/** What {@link remap} takes beside the layout. */
export interface RemapOptions {
  /** Target joints and where they come from: a source joint, or a weighted sum of some. Goes before names and rules. */
  readonly table?: Readonly<Record<string, string | JointMix>>;
  /** Throw instead of marking joints that cannot be derived as missing. Default false. */
  readonly strict?: boolean;
}

/**
 * Converts a clip to another layout.
 *
 * A joint of the same name is copied exactly; otherwise the table, then anatomy decides (a hip center is the mean of two hips). A joint
 * that cannot be derived gets confidence 0; {@link remapPlan} lists them. A joint derived from a missing one is missing in that frame.
 *
 * @throws `unsupported` if no joint can be derived (a hand is not a body), or, with `strict`, if any cannot.
 * @example
 * const ready = remap(clip(coco17, keypoints), openpose18); // the neck is the mean of the shoulders
 */
export function remap(clip: Clip, layout: Layout, options: RemapOptions = {}): Clip {
  checkOptions('remap', options, ['table', 'strict']);
  checkLayout('remap', layout);
  if (sameJoints(clip.layout, layout) && !options.table) return { ...clip, layout };
  const plan = remapPlan(clip.layout, layout, options);
  if (options.strict && plan.missing.length > 0) {
    refuse(plan, `every joint of ${layout.id} to follow from ${clip.layout.id}`, `no ${plan.missing.join(', ')}`);
  }
  return applyPlan(clip, plan);
}

/**
 * How `remap` would convert between two layouts: which joints are derived and which would be missing.
 *
 * @throws `unsupported` if no joint can be derived; `not-found` if the table names a joint that is not there.
 */
export function remapPlan(from: Layout, to: Layout, options: RemapOptions = {}): RemapPlan {
  checkOptions('remapPlan', options, ['table', 'strict']);
  const { table = {} } = options;
  for (const joint of Object.keys(table)) jointIndex(to, joint);
  const joints = new Map(from.joints.map((joint, index) => [joint, index]));
  const rules = rulesFor(to);
  const parts = to.joints.map((joint) => {
    const given = Object.hasOwn(table, joint) ? table[joint] : undefined;
    return given === undefined ? [...(deriveJoint(joint, joints, rules) ?? [])] : readTable(from, joint, given);
  });
  const plan = {
    from,
    to,
    parts,
    derived: to.joints.filter((_, index) => (parts[index]?.length ?? 0) > 1),
    missing: to.joints.filter((_, index) => parts[index]?.length === 0),
  };
  if (plan.missing.length === to.joints.length) {
    refuse(
      plan,
      `a layout that shares joints with ${from.id}`,
      to.id,
      'Pass a table of joints if they only differ in name.',
    );
  }
  return plan;
}

/** OpenPose defines its neck as the middle of the shoulders; layouts that have that point of their own mean one above it. */
function rulesFor(to: Layout): ReadonlyMap<string, readonly JointMix[]> {
  const names = namesOfPlace('thorax');
  return to.joints.some((joint) => names.includes(joint))
    ? jointRules
    : new Map(jointRules).set('neck', [{ thorax: 1 }]);
}

function readTable(from: Layout, joint: string, given: string | JointMix): RemapPart {
  if (typeof given === 'string') return [[jointIndex(from, given), 1]];
  return Object.entries(given).map(([name, weight]) => {
    if (!Number.isFinite(weight)) {
      throw new KinegraphError({
        code: 'invalid-argument',
        where: `remap table ${joint}`,
        expected: `a finite weight for ${name}`,
        actual: String(weight),
      });
    }
    return [jointIndex(from, name), weight] as const;
  });
}

/** Applies a plan made by {@link remapPlan} for the clip's layout. */
export function applyPlan(clip: Clip, { to, parts }: RemapPlan): Clip {
  const [, , sources, dimensions] = clip.positions.shape as [number, number, number, number];
  const [persons, frames, joints] = [personCount(clip), frameCount(clip), to.joints.length];
  const positions = new Float32Array(persons * frames * joints * dimensions);
  const { data } = clip.positions;
  const scores = clip.confidence?.data;
  const explicit = scores || parts.some((part) => part.length === 0);
  const confidence = explicit ? new Float32Array(persons * frames * joints) : undefined;
  for (let v = 0; v < joints; v++) {
    for (const [joint, weight] of parts[v] ?? []) {
      for (let row = 0; row < persons * frames; row++) {
        const from = (row * sources + joint) * dimensions;
        const target = (row * joints + v) * dimensions;
        for (let c = 0; c < dimensions; c++) {
          positions[target + c] = (positions[target + c] as number) + weight * (data[from + c] as number);
        }
      }
    }
    if (confidence) mixScores(clip, parts[v] ?? [], confidence, v, joints);
  }
  if (scores && confidence) clearMissing(positions, confidence, dimensions);
  return {
    ...clip,
    layout: to,
    positions: tensor('float32', [persons, frames, joints, dimensions], positions),
    ...(confidence ? { confidence: tensor('float32', [persons, frames, joints], confidence) } : {}),
  };
}

/** Confidence of one target joint in every frame: the least of its parts, 0 if it has none. */
function mixScores(clip: Clip, part: RemapPart, out: Float32Array, joint: number, joints: number): void {
  const sources = clip.layout.joints.length;
  const scores = clip.confidence?.data;
  for (let row = 0; row * joints < out.length; row++) {
    let least = part.length === 0 ? 0 : 1;
    for (const [source] of part) least = Math.min(least, scores ? (scores[row * sources + source] as number) : 1);
    out[row * joints + joint] = least;
  }
}

function clearMissing(positions: Float32Array, confidence: Float32Array, dimensions: number): void {
  for (let place = 0; place < confidence.length; place++) {
    if (confidence[place] === 0) positions.fill(0, place * dimensions, (place + 1) * dimensions);
  }
}

function refuse({ from, to }: RemapPlan, expected: string, actual: string, hint?: string): never {
  const where = `remap ${from.id} to ${to.id}`;
  throw new KinegraphError({ code: 'unsupported', where, expected, actual, ...(hint ? { hint } : {}) });
}
