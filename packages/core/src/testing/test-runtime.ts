/** The contract test of {@link Runtime}: whoever writes one proves it with a call. */
import { KinegraphError } from '../tensor/error.ts';
import { carryCases } from './runtime-cases/carry-cases.ts';
import type { CreateRuntime, RuntimeCase } from './runtime-cases/case.ts';
import { feedCases } from './runtime-cases/feed-cases.ts';
import { lifeCases } from './runtime-cases/life-cases.ts';
import { runCases } from './runtime-cases/run-cases.ts';

export type { CreateRuntime, RuntimeCase } from './runtime-cases/case.ts';

/**
 * The rules of the runtime contract, one by one, for a test runner that names its tests.
 *
 * @example
 * for (const { name, run } of runtimeCases) it(name, () => run(() => createRuntime()));
 */
export const runtimeCases: readonly RuntimeCase[] = [...runCases, ...feedCases, ...carryCases, ...lifeCases];

/**
 * Runs all {@link runtimeCases} against one kind of runtime; needs no test runner.
 *
 * @throws `runtime` with every broken rule
 * @example
 * await testRuntime(() => createRuntime());
 */
export async function testRuntime(create: CreateRuntime): Promise<void> {
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const { name, run } of runtimeCases) {
    try {
      await run(create);
    } catch (error) {
      failures.push({ name, error });
    }
  }
  if (failures.length === 0) return;
  throw new KinegraphError({
    code: 'runtime',
    where: 'testRuntime',
    expected: `all of ${runtimeCases.length} rules kept`,
    actual: failures
      .map(({ name, error }) => `"${name}" broken: ${error instanceof Error ? error.message : error}`)
      .join(' '),
    cause: failures[0]?.error,
  });
}
