/** The parts of a body that layouts share: which part a joint is, whatever its layout calls it. */

/** Kinds of body part, from the head to the feet. */
export const partKinds = [
  ...(['head', 'neck', 'chest', 'spine', 'pelvis'] as const),
  ...(['shoulder', 'elbow', 'wrist', 'hand', 'fingertip', 'thumb'] as const),
  ...(['hip', 'knee', 'ankle', 'foot'] as const),
] as const;

/** One of {@link partKinds}. */
export type PartKind = (typeof partKinds)[number];

/** A side of the body, seen from the person. */
export type Side = 'left' | 'right';

/** A part of a body; parts of the middle, and joints of layouts without sides, have no side. */
export interface Part {
  readonly kind: PartKind;
  readonly side?: Side;
}

const middle: ReadonlySet<PartKind> = new Set(['head', 'neck', 'chest', 'spine', 'pelvis']);

/** Whether there are two of this kind of part. */
export function isPaired(kind: PartKind): boolean {
  return !middle.has(kind);
}

/** The 25 parts of a whole body. */
export const bodyParts: readonly Part[] = partKinds.flatMap((kind): Part[] =>
  isPaired(kind)
    ? [
        { kind, side: 'left' },
        { kind, side: 'right' },
      ]
    : [{ kind }],
);

/** A part in words: `left hand`. */
export function partName({ kind, side }: Part): string {
  return side ? `${side} ${kind}` : kind;
}

/** How joints are called without their side, in one word; segments stand for the joint that they begin at, as in BVH files. */
const namesOfKind: Readonly<Record<PartKind, string>> = {
  head: 'head headtop headtip headend nose eye eyeinner eyeouter ear mouth jaw chin face',
  neck: 'neck neck1 lowerneck upperneck',
  chest: 'chest upperchest thorax sternum spineshoulder shouldercenter neckbase spine2 spine3 upperback torso',
  spine: 'spine spinemid spine1 lowerback belly abdomen',
  pelvis: 'pelvis hips hipcenter midhip spinebase root waist',
  shoulder: 'shoulder sho collar clavicle upperarm humerus arm',
  elbow: 'elbow elb forearm lowerarm radius',
  wrist: 'wrist wri',
  hand: 'hand palm',
  fingertip: 'fingertip fingers finger handtip handend index middle ring pinky little',
  thumb: 'thumb',
  hip: 'hip hipjoint upperleg upleg thigh femur',
  knee: 'knee kne lowerleg leg shin calf tibia',
  ankle: 'ankle ank',
  foot: 'foot footindex toe toes toebase bigtoe smalltoe heel toeend',
};

const kindOfName: ReadonlyMap<string, PartKind> = new Map(
  partKinds.flatMap((kind) => namesOfKind[kind].split(' ').map((name) => [name, kind] as const)),
);
const sides: ReadonlyMap<string, Side> = new Map([
  ['left', 'left'],
  ['l', 'left'],
  ['right', 'right'],
  ['r', 'right'],
]);

/** A joint's name as lowercase words: `LeftForeArm`, `left_fore_arm` and `left fore-arm` are the same. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/^.*:/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/**
 * The part that a joint is, or undefined if its name says nothing about anatomy.
 *
 * @example
 * partOf('left_hand_tip'); // { kind: 'fingertip', side: 'left' }
 * partOf('Rkne'); // { kind: 'knee', side: 'right' }
 */
export function partOf(joint: string): Part | undefined {
  const words = wordsOf(joint);
  const side = words.map((word) => sides.get(word)).find((found) => found !== undefined);
  const rest = words.filter((word) => !sides.has(word));
  const kind = kindOf(rest);
  if (kind) return side && isPaired(kind) ? { kind, side } : { kind };
  // A letter may be joined to the name: lknee, Rsho.
  const [, letter, name] = /^([lr])([a-z]+)$/.exec(rest.join('')) ?? [];
  const joined = name === undefined ? undefined : kindOfName.get(name);
  return joined && isPaired(joined) ? { kind: joined, side: letter === 'l' ? 'left' : 'right' } : undefined;
}

/** The kind that the words name together, or else that the first of them names (`index_dip`, `thumb_tip`). */
function kindOf(words: readonly string[]): PartKind | undefined {
  return kindOfName.get(words.join('')) ?? (words[0] === undefined ? undefined : kindOfName.get(words[0]));
}
