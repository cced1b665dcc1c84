/** What a graph is made of. */
import type { Value } from '../graph/value.ts';

/** All values that the given ones are computed from, themselves included. */
export function reachable(...outputs: readonly Value[]): ReadonlySet<Value> {
  const seen = new Set<Value>();
  const stack = [...outputs];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.source.kind === 'op') stack.push(...value.source.inputs);
  }
  return seen;
}
