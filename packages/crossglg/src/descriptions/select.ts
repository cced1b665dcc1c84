/** The descriptions of a model's labels, in their order. */
import { KinegraphError } from '@kinegraph/core';
import type { ActionDescription } from './description.ts';

/**
 * One description for each label, in the order of the labels; case and the form of apostrophes do not matter.
 *
 * @throws `not-found` with the labels that no description is for.
 * @example
 * const chosen = descriptionsFor(['throw', 'carry'], nwUcla);
 */
export function descriptionsFor(
  labels: readonly string[],
  descriptions: readonly ActionDescription[],
): readonly ActionDescription[] {
  const byLabel = new Map(descriptions.map((description) => [plain(description.label), description]));
  const missing = labels.filter((label) => !byLabel.has(plain(label)));
  if (missing.length > 0) {
    throw new KinegraphError({
      code: 'not-found',
      where: 'descriptionsFor',
      expected: `a description of every label`,
      actual: `none of ${missing.slice(0, 10).join('; ')}${missing.length > 10 ? ` and ${missing.length - 10} more` : ''}`,
      hint: 'Write them, or have a language model write them with describeActions.',
    });
  }
  return labels.map((label) => byLabel.get(plain(label)) as ActionDescription);
}

function plain(label: string): string {
  return label.toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim();
}
