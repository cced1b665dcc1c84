/** Noun phrases such as "the left foot" or "both hands": what they stand for, and where a text has them. */

import { lexicon, longestTerm, type Term } from './lexicon.ts';
import { isPaired, type Part, type PartKind, partOf, type Side, wordsOf } from './parts.ts';

/** The parts of a body that a phrase names: these kinds, on this side or, without one, on both. */
export interface Named {
  readonly kinds: readonly PartKind[];
  readonly side?: Side;
}

const fillers: ReadonlySet<string> = new Set(
  'a an the both two one each one’s his her their its other opposite acting moving raised working'.split(' '),
);
const joiners: ReadonlySet<string> = new Set(['and', 'or', ',', '&']);
/** Where "back" is a part of the body and not a direction. */
const beforeBack: ReadonlySet<string> = new Set('the his her their its lower upper whole straight rounded'.split(' '));

/**
 * What a noun phrase stands for, or undefined if it names no part of the body. A joint's name is a phrase, too.
 *
 * @example
 * namedBy('both hands'); // { kinds: ['hand', 'fingertip', 'thumb'] }
 * namedBy('the left foot'); // { kinds: ['ankle', 'foot'], side: 'left' }
 */
export function namedBy(phrase: string): Named | undefined {
  const words = wordsOf(phrase).filter((word) => !fillers.has(word));
  const sides = new Set(words.filter(isSide));
  const term = lexicon.get(words.filter((word) => !isSide(word) && !(sides.size > 1 && joiners.has(word))).join(' '));
  const [side] = sides;
  if (term && sides.size > 0 && !term.sided) return undefined;
  if (term) return { kinds: term.kinds, ...(sides.size === 1 && { side }) };
  const part = partOf(phrase);
  return part && { kinds: [part.kind], ...(part.side && { side: part.side }) };
}

/** Whether a phrase's parts include this one; a part without a side belongs to phrases of either. */
export function includesPart({ kinds, side }: Named, part: Part): boolean {
  return kinds.includes(part.kind) && (!side || !part.side || side === part.side || !isPaired(part.kind));
}

/**
 * The noun phrases for parts of the body in a text, in order and without repetition.
 *
 * The longest term wins, "left" and "right" count where they go before it, and a side carries over to singular terms that "and", "or" or a
 * comma joins: "the right hand and elbow" gives "right hand" and "right elbow". Without a side a phrase stands for both.
 */
export function findPhrases(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[a-z’']+|[,&]|[^\s\w]/g) ?? [];
  const found = new Set<string>();
  let carried: Side | undefined;
  for (let at = 0; at < words.length; ) {
    const match = termAt(words, at);
    if (!match) {
      const word = words[at] as string;
      if (!joiners.has(word) && !fillers.has(word) && !isSide(word)) carried = undefined;
      at++;
      continue;
    }
    const { term, name, length } = match;
    const given = sidesBefore(words, at);
    const plural = /s$|feet$|calves$/.test(name);
    if (given.length > 0 || plural || !term.sided) carried = undefined;
    const side = given.length === 1 ? given[0] : carried;
    found.add(side && term.sided ? `${side} ${name}` : name);
    if (term.sided && !plural) carried = side;
    at += length;
  }
  return [...found];
}

function termAt(words: readonly string[], at: number): { term: Term; name: string; length: number } | undefined {
  for (let length = Math.min(longestTerm, words.length - at); length > 0; length--) {
    const name = words.slice(at, at + length).join(' ');
    const term = lexicon.get(name);
    if (term && (name !== 'back' || beforeBack.has(words[at - 1] ?? ''))) return { term, name, length };
  }
  return undefined;
}

/** The sides right before a term: one for "left", two for "left and right". */
function sidesBefore(words: readonly string[], at: number): readonly Side[] {
  const sides: Side[] = [];
  for (let before = at - 1; before >= 0; before--) {
    const word = words[before] as string;
    if (isSide(word)) sides.push(word);
    else if (!(sides.length > 0 && joiners.has(word))) break;
  }
  return sides;
}

function isSide(word: string): word is Side {
  return word === 'left' || word === 'right';
}
