/** Whose runtime a model is opened with: the caller's, or one of its own that ends with it. */
import { KinegraphError } from '../tensor/error.ts';
import type { Runtime } from './contract.ts';

/**
 * Opens something with the given runtime, or else with one that is made for it and ends with it.
 *
 * @param options - what to make a runtime with; must be empty if one is given
 * @throws `invalid-argument` if there are both; whatever `create` and `use` throw, having disposed what was made
 */
export async function withRuntime<O extends object, T>(
  given: Runtime | undefined,
  options: O,
  create: (options: O) => Runtime,
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  if (given) {
    const surplus = Object.keys(options);
    if (surplus.length === 0) return use(given);
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'open',
      expected: 'a runtime or the options of one',
      actual: `a runtime and ${surplus.join(', ')}`,
      hint: 'Give the options to createRuntime.',
    });
  }
  const runtime = create(options);
  try {
    return await use(endingWithItsSession(runtime));
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

function endingWithItsSession(runtime: Runtime): Runtime {
  return {
    ...runtime,
    async load(bytes, options) {
      const session = await runtime.load(bytes, options);
      const dispose = async () => {
        await session.dispose();
        await runtime.dispose();
      };
      return { ...session, dispose, [Symbol.asyncDispose]: dispose };
    },
  };
}
