/** Chooses the first execution provider that can open a model, and keeps account of those that could not. */
import { KinegraphError } from '../tensor/error.ts';
import type { RuntimeReport } from './contract.ts';
import { reasonOf } from './reason.ts';

/** What {@link firstUsable} found. */
export interface Choice<T> extends Pick<RuntimeReport, 'provider' | 'rejected'> {
  readonly value: T;
}

/**
 * Tries providers in order until one opens the model.
 *
 * @param attempt - opens with one provider, or throws the reason why that is impossible
 * @throws `runtime` with every provider's reason if all fail; the error of Kinegraph itself if there was but one
 * provider
 */
export async function firstUsable<P extends string, T>(
  providers: readonly P[],
  attempt: (provider: P) => Promise<T>,
): Promise<Choice<T>> {
  if (!Array.isArray(providers) || providers.length === 0) {
    const actual = Array.isArray(providers) ? 'none' : JSON.stringify(providers);
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'createRuntime providers',
      expected: 'a list of at least one provider',
      actual,
    });
  }
  const rejected: { provider: string; reason: string; cause: unknown }[] = [];
  for (const provider of providers) {
    try {
      const value = await attempt(provider);
      return { value, provider, rejected: rejected.map(({ provider, reason }) => ({ provider, reason })) };
    } catch (cause) {
      rejected.push({ provider, reason: reasonOf(cause), cause });
    }
  }
  const [first] = rejected;
  if (rejected.length === 1 && KinegraphError.is(first?.cause)) throw first.cause;
  throw new KinegraphError({
    code: 'runtime',
    where: 'load',
    expected: `a model that ${providers.join(' or ')} can open`,
    actual: rejected.map(({ provider, reason }) => `${provider}: ${reason}`).join('; '),
    hint: 'Check that the file is a whole ONNX model, and that the provider exists on this machine.',
    cause: rejected.at(-1)?.cause,
  });
}
