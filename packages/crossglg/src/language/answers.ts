/** What a language model answered, checked as if it were an attack: it may be, or the model may only be a poor one. */
import type { Layout } from '@kinegraph/core';
import { wordsOf } from '../anatomy/parts.ts';
import { checkText, checkTexts, invalid, record, show } from '../descriptions/description.ts';

/** The longest answer that is looked at, in characters. */
export const maxAnswerLength = 200_000;
/** How many braces are tried as the beginning of an object. */
const maxStarts = 50;

/** The answer to the global question. */
export interface GlobalAnswer {
  readonly global: string;
  /** Names of joints of the layout. */
  readonly important: readonly string[];
}

/**
 * Reads the answer to the global question.
 *
 * @throws `invalid-data` unless it has an object with exactly a description and at least one joint of the layout, none twice.
 */
export function readGlobalAnswer(answer: string, layout: Layout): GlobalAnswer {
  return firstFitting(answer, (json) => {
    const { description, important } = record('answer', json, ['description', 'important']);
    const global = checkText('answer.description', description);
    if (!Array.isArray(important) || important.length < 1 || important.length > layout.joints.length) {
      throw invalid('answer.important', `a list of 1 to ${layout.joints.length} joints`, show(important));
    }
    const find = jointFinder(layout);
    const joints = important.map((name: unknown) => find('answer.important', checkText('answer.important', name)));
    return { global, important: [...new Set(joints)] };
  });
}

/**
 * Reads the answer to the question about each joint: texts by the names of the layout, in its order.
 *
 * @throws `invalid-data` unless it has an object with a text for every joint of the layout and for nothing else.
 */
export function readJointAnswer(answer: string, layout: Layout): Readonly<Record<string, string>> {
  return firstFitting(answer, (json) => {
    const find = jointFinder(layout);
    const texts = new Map<string, string>();
    for (const [name, text] of Object.entries(checkTexts('answer', json))) {
      const joint = find('answer', name);
      if (texts.has(joint)) throw invalid('answer', 'every joint once', `${joint} twice`);
      texts.set(joint, text);
    }
    const missing = layout.joints.filter((joint) => !texts.has(joint));
    if (missing.length > 0) throw invalid('answer', 'a text for every joint', `none for ${missing.join(', ')}`);
    return Object.fromEntries(layout.joints.map((joint) => [joint, texts.get(joint) as string]));
  });
}

/** Finds joints by name; `Left Hand` is `left_hand`. */
function jointFinder(layout: Layout): (where: string, name: string) => string {
  const byWords = new Map(layout.joints.map((joint) => [wordsOf(joint).join(' '), joint]));
  return (where, name) => {
    const joint = byWords.get(wordsOf(name).join(' '));
    if (joint === undefined) throw invalid(where, `only joints among ${layout.joints.join(', ')}`, show(name));
    return joint;
  };
}

/** The first object in the text that `read` accepts; models like to wrap theirs in prose, in fences, or after thinking aloud. */
function firstFitting<Output>(answer: string, read: (json: unknown) => Output): Output {
  if (typeof answer !== 'string' || answer.length > maxAnswerLength) {
    const actual = typeof answer === 'string' ? `${answer.length}` : typeof answer;
    throw invalid('answer', `a text of at most ${maxAnswerLength} characters`, actual);
  }
  let reason: unknown;
  for (const text of objectsIn(answer)) {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      continue;
    }
    try {
      return read(json);
    } catch (error) {
      reason = error;
    }
  }
  throw reason ?? invalid('answer', 'a complete JSON object', answer.trim() === '' ? 'nothing' : show(answer));
}

/** The texts between balanced braces, outermost first; braces in strings do not count. */
function* objectsIn(text: string): Generator<string> {
  let start = text.indexOf('{');
  for (let tries = 0; start >= 0 && tries < maxStarts; tries++) {
    const end = endOfObject(text, start);
    if (end !== undefined) yield text.slice(start, end);
    start = text.indexOf('{', end ?? start + 1);
  }
}

function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}
