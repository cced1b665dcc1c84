/** The reason in whatever was thrown: engines and hosts throw all kinds of things, some of them without a word. */

/** A thrown value as text on one line. */
export function reasonOf(thrown: unknown): string {
  const text = (thrown instanceof Error ? thrown.message : `${thrown ?? ''}`)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return text === '' ? 'an error without a message' : text;
}
