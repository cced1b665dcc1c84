/** The contract test of {@link Runtime}: whoever writes one proves it with a call. */
import { checkRules } from './rules.ts';
import { carryRules } from './runtime-rules/carry-rules.ts';
import { feedRules } from './runtime-rules/feed-rules.ts';
import { lifeRules } from './runtime-rules/life-rules.ts';
import { runRules } from './runtime-rules/run-rules.ts';
import type { CreateRuntime, RuntimeRule } from './runtime-rules/runtime-rule.ts';

export type { CreateRuntime, RuntimeRule } from './runtime-rules/runtime-rule.ts';

/**
 * The rules of the runtime contract one by one, for a test runner that names its tests.
 *
 * @example
 * for (const { name, check } of runtimeRules) it(name, () => check(() => createRuntime()));
 */
export const runtimeRules: readonly RuntimeRule[] = [...runRules, ...feedRules, ...carryRules, ...lifeRules];

/**
 * Checks that a runtime keeps its contract. Needs no test runner; makes and disposes one runtime for each rule.
 *
 * @throws `invalid-argument` with every broken rule
 * @example
 * await testRuntime(() => createRuntime());
 */
export async function testRuntime(create: CreateRuntime): Promise<void> {
  await checkRules('testRuntime', runtimeRules, create);
}
