/** The published normalizations of a whole clip, by name: what depends on frames that sampling may drop cannot be left to the graph. */
import { KinegraphError } from '../tensor/error.ts';
import { alignInfogcn, alignSpine } from './align.ts';
import { type Clip, frameCount, personCount } from './clip.ts';
import { applyFrames, picked } from './frame-map.ts';
import { deriveJoint } from './joint-rules.ts';
import { boundingBox, center, movePoints, scaleBody } from './normalize.ts';
import { selectPersons } from './select.ts';

/**
 * The steps, done in the order given (spec encoders §5.3, §5.5):
 * - `main-person`: only frames that show the first person, or the second if there are more of them (pyskl);
 * - `center`: the first person's spine, where it is first seen, becomes the origin (CTR-GCN);
 * - `center-frames`: that spine is the origin of each frame (2s-AGCN);
 * - `align-spine`: spine to +z, shoulders to +x (2s-AGCN, pyskl); see {@link alignSpine};
 * - `align-trunk`: each person's trunk becomes the axes (InfoGCN); see {@link alignInfogcn};
 * - `size`: the first person's trunk becomes as long as 1, whatever the unit was; see {@link scaleBody};
 * - `box`: each axis to -1..1 over the clip (NW-UCLA feeders); always last, after augmentation.
 *
 * The spine is the layout's center where no spine follows from its joints. A clip that shows too little for a step skips it.
 */
export const normalizations = [
  'main-person',
  'center',
  'center-frames',
  'align-spine',
  'align-trunk',
  'size',
  'box',
] as const;

/** One step. */
export type Normalization = (typeof normalizations)[number];

const steps: Readonly<Record<Normalization, (clip: Clip) => Clip>> = {
  'main-person': keepMainPerson,
  center: (clip) => center(clip, { joint: spineOf(clip) }),
  'center-frames': (clip) => center(clip, { joint: spineOf(clip), per: 'frame' }),
  'align-spine': (clip) => alignSpine(clip),
  'align-trunk': alignInfogcn,
  size: (clip) => scaleBody(clip),
  box: fitBox,
};

/**
 * Does one step.
 *
 * @throws `unsupported` for an alignment of a clip of two dimensions; `not-found` if it needs joints that do not follow from the layout's.
 */
export function normalizeClip(clip: Clip, step: Normalization): Clip {
  try {
    return steps[step](clip);
  } catch (error) {
    // The frames do not show what the step goes by.
    if (KinegraphError.is(error, 'invalid-clip')) return clip;
    throw error;
  }
}

function spineOf({ layout }: Clip): string {
  const joints = new Map(layout.joints.map((name, index) => [name, index]));
  return deriveJoint('spine', joints) ? 'spine' : (layout.joints[layout.center] as string);
}

function keepMainPerson(clip: Clip): Clip {
  const count = personCount(clip);
  const [first = [], second = []] = Array.from({ length: Math.min(count, 2) }, (_, person) => framesOf(clip, person));
  const swapped = second.length > first.length;
  const rest = Array.from({ length: count }, (_, person) => person).slice(2);
  const ordered = swapped ? selectPersons(clip, [1, 0, ...rest]) : clip;
  const frames = swapped ? second : first;
  if (frames.length === 0 || frames.length === frameCount(clip)) return ordered;
  return applyFrames(
    ordered,
    picked(frames.length, (i) => frames[i] as number),
  );
}

/** Frames that show any joint of a person. */
function framesOf(clip: Clip, person: number): number[] {
  const joints = clip.layout.joints.length;
  const all = Array.from({ length: frameCount(clip) }, (_, frame) => frame);
  const scores = clip.confidence?.data;
  if (!scores) return all;
  const start = (frame: number) => (person * all.length + frame) * joints;
  return all.filter((frame) => scores.subarray(start(frame), start(frame) + joints).some((score) => score > 0));
}

function fitBox(clip: Clip): Clip {
  const { low, high } = boundingBox(clip);
  return movePoints(clip, (axis) => {
    const [bottom, top] = [low[axis] as number, high[axis] as number];
    // A flat axis has no size to stretch; it becomes 0.
    const factor = top > bottom ? 2 / (top - bottom) : 0;
    return [factor, (-factor * (bottom + top)) / 2];
  });
}
