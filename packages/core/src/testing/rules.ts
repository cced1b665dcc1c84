/** Rules of a contract, checked one by one, so that an author reads all that is broken at once. */
import { KinegraphError } from '../tensor/error.ts';
import { formatShape } from '../tensor/tensor.ts';

/** One rule of a contract. */
export interface Rule<Subject> {
  readonly name: string;
  /** @throws if the subject breaks the rule */
  check(subject: Subject): Promise<void> | void;
}

/**
 * Checks a subject against all rules.
 *
 * @throws `invalid-argument` with every broken rule
 */
export async function checkRules<Subject>(
  where: string,
  rules: readonly Rule<Subject>[],
  subject: Subject,
): Promise<void> {
  const broken: { readonly name: string; readonly error: unknown }[] = [];
  for (const { name, check } of rules) {
    try {
      await check(subject);
    } catch (error) {
      broken.push({ name, error });
    }
  }
  if (broken.length === 0) return;
  const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: `all of ${rules.length} rules kept`,
    actual: `${broken.length} broken:\n${broken.map(({ name, error }) => `- ${name}: ${text(error)}`).join('\n')}\n`,
    cause: broken[0]?.error,
  });
}

/** Throws unless a condition holds; the text says what was expected and what came. */
export function expectThat(holds: boolean, where: string, expected: string, actual: string): asserts holds {
  if (!holds) throw new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}

/** Throws unless two shapes are the same. */
export function expectShape(where: string, actual: readonly number[], expected: readonly number[]): void {
  expectThat(`${actual}` === `${expected}`, where, formatShape(expected), formatShape(actual));
}

/** Throws unless all numbers are finite. */
export function expectFinite(where: string, values: Iterable<number>): void {
  for (const value of values) expectThat(Number.isFinite(value), where, 'finite numbers', `${value}`);
}
