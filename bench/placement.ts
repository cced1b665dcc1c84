/** What onnxruntime's verbose log says about which execution provider runs which node. */
import { stripVTControlCharacters } from 'node:util';

/** The nodes of one provider, after onnxruntime has optimized the graph. */
export interface Placement {
  readonly provider: string;
  readonly nodes: number;
  /** Nodes by operator; empty where the provider runs all nodes, which the log then does not list. */
  readonly operators: ReadonlyMap<string, number>;
}

const heading = /(?:All nodes|Node\(s\)) placed on \[(\w+)\]\. Number of nodes: (\d+)/;
const node = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/;

/** The placements in a log, in its order. */
export function placementsIn(log: string): Placement[] {
  const placements: { provider: string; nodes: number; operators: Map<string, number> }[] = [];
  for (const line of stripVTControlCharacters(log).split('\n')) {
    const [, provider, nodes] = heading.exec(line) ?? [];
    if (provider !== undefined) placements.push({ provider, nodes: Number(nodes), operators: new Map() });
    const [, operator] = node.exec(line) ?? [];
    const operators = placements.at(-1)?.operators;
    if (operator !== undefined) operators?.set(operator, (operators.get(operator) ?? 0) + 1);
  }
  return placements;
}
