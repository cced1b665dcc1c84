/** From noun phrases to the joints of a layout, and from those to the importance that CrossGLG calibrates to. */
import { float32, KinegraphError, type Layout, type Tensor } from '@kinegraph/core';
import { lexicon } from './lexicon.ts';
import { isPaired, type Part, type PartKind, partOf } from './parts.ts';
import { includesPart, type Named, namedBy } from './phrases.ts';

/** The nearest other kinds of part, where a layout has none of a kind. */
const nearest: Readonly<Record<PartKind, readonly PartKind[]>> = {
  head: ['neck'],
  neck: ['head'],
  chest: ['shoulder'],
  spine: ['pelvis', 'hip'],
  pelvis: ['hip'],
  shoulder: [],
  elbow: [],
  wrist: ['hand'],
  hand: ['wrist'],
  fingertip: ['hand', 'wrist'],
  thumb: ['hand', 'wrist'],
  hip: ['pelvis'],
  knee: [],
  ankle: ['foot'],
  foot: ['ankle'],
};

/**
 * The joints of a layout that a noun phrase stands for, in order of index: `left_hand` is the joint of that name, "left hand" all joints of
 * the hand. Where a layout has no joint of a part, its nearest stands for it: the ankle for a foot.
 *
 * @returns no joints if the layout has nothing of the kind.
 * @throws `not-found` if the phrase names no part of a body.
 * @example
 * jointsOf('left arm', coco17); // [5, 7, 9]: shoulder, elbow, wrist
 */
export function jointsOf(phrase: string, layout: Layout): readonly number[] {
  const exact = layout.joints.indexOf(phrase);
  if (exact >= 0 && !lexicon.has(phrase)) return [exact];
  const named = namedBy(phrase);
  if (!named) {
    throw new KinegraphError({
      code: 'not-found',
      where: 'jointsOf',
      expected: 'words for a part of the body, such as "left hand", "both knees" or "torso"',
      actual: JSON.stringify(phrase),
    });
  }
  const parts = layout.joints.map(partOf);
  const joints = named.kinds.flatMap((kind) => jointsOfKind(kind, named, parts));
  return [...new Set(joints)].sort((a, b) => a - b);
}

function jointsOfKind(kind: PartKind, { side }: Named, parts: readonly (Part | undefined)[]): readonly number[] {
  for (const candidate of [kind, ...nearest[kind]]) {
    // A hip that stands for the pelvis does so on both sides.
    const wanted: Named = { kinds: [candidate], ...(side && isPaired(kind) && { side }) };
    const joints = parts.flatMap((part, joint) => (part && includesPart(wanted, part) ? [joint] : []));
    if (joints.length > 0) return joints;
  }
  return [];
}

/**
 * How important each joint is by the phrases that name the important parts: `[V]`, all named joints alike, summing to 1 (CrossGLG's k_gt).
 * If no joint of the layout is named, all are equally important.
 *
 * @throws `not-found` for a phrase that names no part of a body.
 * @example
 * importanceOf(['hands'], ntu25); // 1/8 for each of the 8 joints of the hands, 0 for the others
 */
export function importanceOf(phrases: readonly string[], layout: Layout): Tensor<'float32'> {
  const chosen = new Set(phrases.flatMap((phrase) => jointsOf(phrase, layout)));
  const weight = 1 / (chosen.size || layout.joints.length);
  return float32(layout.joints.map((_, joint) => (chosen.size === 0 || chosen.has(joint) ? weight : 0)));
}
