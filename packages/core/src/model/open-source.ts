/** What `open` does in every host: check the options, get the bytes, load them into a runtime. */
import type { Runtime } from '../runtime/contract.ts';
import { checkSource, type SourceOptions } from '../runtime/model-source.ts';
import { withRuntime } from '../runtime/single-use.ts';
import { type Model, openModel } from './model.ts';
import { checkOptions } from './options.ts';

/** What `open` takes in every host, beside the options of the host's runtimes. */
export interface OpenSourceOptions extends SourceOptions {
  /** The runtime to load into, which stays the caller's. Without it, one is made for this model and ends with it. */
  readonly runtime?: Runtime;
}

const sourceOptions: readonly string[] = [
  'runtime',
  'cache',
  'sha256',
  'onProgress',
  'signal',
] satisfies (keyof OpenSourceOptions)[];

/**
 * Opens the bundle that `read` gets.
 *
 * @param options - those of {@link OpenSourceOptions}, and of the runtime to make if none is given
 * @param runtimeOptions - the names of the options that `createRuntime` knows
 * @throws `invalid-argument` for unknown options, and for a runtime together with options of one; what `read`,
 * `createRuntime` and {@link openModel} throw
 */
export async function openSource(
  read: () => Promise<Uint8Array>,
  options: OpenSourceOptions,
  createRuntime: (options: object) => Runtime,
  runtimeOptions: readonly string[],
): Promise<Model> {
  checkOptions('open', options, [...runtimeOptions, ...sourceOptions]);
  checkSource(options);
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => !sourceOptions.includes(name)));
  return withRuntime(options.runtime, own, createRuntime, async (runtime) => {
    const bytes = await read();
    return openModel(bytes, { runtime, signal: options.signal });
  });
}
