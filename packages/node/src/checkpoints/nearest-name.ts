/** Which name was probably meant: what mistakes in state dicts look like is other parts between the dots. */

/** Names with more parts than this are compared by their last ones. */
const maxParts = 12;

/** The candidate that takes the fewest changed parts, if it shares the last one or half of them; the first of several. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const parts = partsOf(name);
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const others = partsOf(candidate);
    const changes = distance(parts, others);
    const isClose = others.at(-1) === parts.at(-1) || 2 * changes <= Math.max(parts.length, others.length);
    if (isClose && changes < least) {
      best = candidate;
      least = changes;
    }
  }
  return best;
}

const partsOf = (name: string) => name.split('.').slice(-maxParts);

/** Levenshtein's distance, in parts. */
function distance(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  a.forEach((part, i) => {
    const next = [i + 1];
    b.forEach((other, j) => {
      const replaced = (row[j] as number) + (part === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    });
    row = next;
  });
  return row.at(-1) as number;
}
