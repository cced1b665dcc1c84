/** One sentence for every joint of a layout, from a description that speaks of parts of the body. */
import { KinegraphError, type Layout } from '@kinegraph/core';
import { bodyParts, type Part, partName, partOf, wordsOf } from '../anatomy/parts.ts';
import { includesPart, namedBy } from '../anatomy/phrases.ts';
import type { ActionDescription } from './description.ts';

/**
 * How each joint of a layout moves, a sentence a joint in order of index.
 *
 * A joint has the text of its own name, or else that of the narrowest phrase that includes its part of the body.
 *
 * @throws `not-found` with the first joint that the description says nothing about.
 * @example
 * ```ts
 * const [waving] = descriptionsFor(['hand waving'], ntu120);
 * if (waving) jointSentences(waving, coco17)[10]; // 'The right wrist leads the swing from side to side and bends a little at each end.'
 * ```
 */
export function jointSentences(description: ActionDescription, layout: Layout): readonly string[] {
  const entries = readEntries(description);
  return layout.joints.map((joint) => {
    const name = wordsOf(joint).join(' ');
    const exact = entries.find((entry) => entry.name === name);
    const part = partOf(joint);
    const entry = exact ?? (part && narrowest(entries, part));
    if (!entry) {
      throw new KinegraphError({
        code: 'not-found',
        where: `description of "${description.label}"`,
        expected: `a text for the joint ${joint} of ${layout.id}`,
        actual: `texts for ${Object.keys(description.joints).join(', ') || 'no part'}`,
        hint: 'Add a text for this joint, or for a part of the body that it belongs to.',
      });
    }
    return sentence(exact || !part ? name : partName(part), entry.text);
  });
}

interface Entry {
  /** The key in lowercase words. */
  readonly name: string;
  readonly text: string;
  /** Parts of the whole body that the key includes. */
  readonly parts: readonly Part[];
}

function readEntries({ joints }: ActionDescription): readonly Entry[] {
  return Object.entries(joints).map(([key, text]) => {
    const named = namedBy(key);
    const parts = named ? bodyParts.filter((part) => includesPart(named, part)) : [];
    return { name: wordsOf(key).join(' '), text, parts };
  });
}

/** Of the entries that include a part, the one with the fewest parts, and of equals the first. */
function narrowest(entries: readonly Entry[], part: Part): Entry | undefined {
  return entries
    .filter(({ parts }) => parts.some(({ kind, side }) => kind === part.kind && side === part.side))
    .sort((a, b) => a.parts.length - b.parts.length)[0];
}

function sentence(subject: string, text: string): string {
  const whole = /^\p{Lu}/u.test(text) ? text : `The ${subject} ${text}`;
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
