/** A bundle that is loaded and ready: what every verb works on. */
import type { Runtime, Session } from '../runtime/contract.ts';
import { checkSpec } from '../skeleton/input.ts';
import type { Layout } from '../skeleton/layout.ts';
import { type AbortSignalLike, throwIfAborted } from '../tensor/error.ts';
import { readBundle } from './bundle.ts';
import type { Manifest } from './manifest.ts';
import { checkOptions } from './options.ts';

/** A loaded bundle. Give it to a verb; {@link Model.dispose} it when done. */
export interface Model {
  readonly manifest: Manifest;
  /** The joints that the network sees; clips in other layouts are remapped. */
  readonly layout: Layout;
  readonly session: Session;
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What {@link openModel} takes beside the bytes. */
export interface ModelOptions {
  readonly runtime: Runtime;
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Reads a bundle and loads it into a runtime. Hosts offer `open`, which also finds the bytes and the runtime.
 *
 * @throws `invalid-bundle` for anything but a whole, truthful bundle; `unsupported` for one of a newer release.
 * @example
 * await using model = await openModel(bytes, { runtime: createRuntime() });
 * model.manifest.labels; // ['wave', 'punch', 'point']
 */
export async function openModel(bytes: Uint8Array, options: ModelOptions): Promise<Model> {
  checkOptions('openModel', options, ['runtime', 'signal']);
  const { runtime, signal } = options;
  throwIfAborted(signal, 'openModel');
  const { manifest } = readBundle(bytes);
  const session = await runtime.load(bytes, signal ? { signal } : {});
  const dispose = () => session.dispose();
  return { manifest, layout: checkSpec(manifest.input), session, dispose, [Symbol.asyncDispose]: dispose };
}
