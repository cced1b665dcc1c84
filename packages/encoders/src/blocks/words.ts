/** Options that are one of a few words. */
import { KinegraphError } from '@kinegraph/core';

/**
 * Refuses what is none of the words.
 *
 * @param where the encoder, for errors
 * @param name the option
 */
export function checkWord(where: string, name: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: `${name} ${words.map((word) => `'${word}'`).join(' or ')}`,
    actual: JSON.stringify(value) ?? String(value),
  });
}
