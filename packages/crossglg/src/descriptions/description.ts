/** What an action looks like in words, and the check of descriptions that come from a file. */
import { KinegraphError } from '@kinegraph/core';
import { findPhrases, namedBy } from '../anatomy/phrases.ts';

/** One action in words. */
export interface ActionDescription {
  readonly label: string;
  /** One or two sentences about the motion of the whole body. */
  readonly global: string;
  /** Noun phrases for the parts of the body that matter most, such as `right hand` or `knees`. */
  readonly important: readonly string[];
  /**
   * How each part moves, by a noun phrase for the part or by the name of a joint. A text goes on where "The left wrist ..." stops, or it is
   * a sentence of its own and begins with a capital letter. Of several phrases that include a joint, the one with the fewest parts counts, and of equals the first.
   */
  readonly joints: Readonly<Record<string, string>>;
}

/** What a file of descriptions holds beside them. */
export interface DescriptionFile {
  readonly format: 1;
  readonly id: string;
  readonly note?: string;
  readonly actions: readonly ActionDescription[];
}

/** The longest text of a description. */
const maxTextLength = 1000;
const maxActions = 10_000;
const maxEntries = 2048;
/** Keys that reach an object's prototype when a value is copied. */
const dangerousKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Checks a file of descriptions, as parsed from JSON, and gives its actions.
 *
 * `important` may be missing: then it is what {@link findPhrases} finds in the global description.
 *
 * @throws `invalid-data` with the place of the first thing that does not fit.
 * @example
 * const descriptions = readDescriptions(JSON.parse(await readFile('descriptions.json', 'utf8')));
 */
export function readDescriptions(json: unknown): readonly ActionDescription[] {
  const file = record('descriptions', json, ['format', 'id', 'note', 'actions']);
  if (file.format !== 1) throw invalid('descriptions.format', '1', show(file.format));
  const { actions } = file;
  if (!Array.isArray(actions) || actions.length > maxActions) {
    throw invalid('descriptions.actions', `a list of at most ${maxActions} actions`, show(actions));
  }
  const labels = new Set<string>();
  return actions.map((action: unknown, index) => {
    const description = checkDescription(`descriptions.actions[${index}]`, action);
    if (labels.has(description.label))
      throw invalid('descriptions', 'every label once', `"${description.label}" twice`);
    labels.add(description.label);
    return description;
  });
}

function checkDescription(where: string, json: unknown): ActionDescription {
  const action = record(where, json, ['label', 'global', 'important', 'joints']);
  const label = checkText(`${where}.label`, action.label);
  const global = checkText(`${where}.global`, action.global);
  const joints = checkTexts(`${where}.joints`, action.joints);
  const { important = findPhrases(global) } = action;
  if (!Array.isArray(important) || important.length > maxEntries) {
    throw invalid(`${where}.important`, 'a list of phrases', show(important));
  }
  for (const phrase of important) {
    if (!namedBy(checkText(`${where}.important`, phrase))) {
      throw invalid(`${where}.important`, 'words for parts of the body', show(phrase));
    }
  }
  return { label, global, important: [...important], joints };
}

/** A record of texts without dangerous keys. */
export function checkTexts(where: string, json: unknown): Readonly<Record<string, string>> {
  const texts = record(where, json);
  const keys = Object.keys(texts);
  if (keys.length > maxEntries) throw invalid(where, `at most ${maxEntries} texts`, `${keys.length}`);
  return Object.fromEntries(keys.map((key) => [key, checkText(`${where}["${key.slice(0, 60)}"]`, texts[key])]));
}

/** A text of one line with something in it. */
export function checkText(where: string, text: unknown): string {
  if (typeof text !== 'string' || text.trim() === '' || text.length > maxTextLength || /\p{Cc}/u.test(text)) {
    throw invalid(where, `a text of 1 to ${maxTextLength} characters on one line`, show(text));
  }
  return text.trim();
}

/** An object whose keys are safe to copy, and among `known` if that is given. */
export function record(where: string, json: unknown, known?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid(where, 'an object', show(json));
  for (const key of Object.keys(json)) {
    if (dangerousKeys.has(key) || (known && !known.includes(key))) {
      throw invalid(where, known ? `fields among ${known.join(', ')}` : 'keys that are safe to copy', show(key));
    }
  }
  return json as Readonly<Record<string, unknown>>;
}

/** A value, short enough for a message. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

/** An `invalid-data` error. */
export function invalid(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-data', where, expected, actual });
}
