/** The front door of the browser: from a URL, a file or bytes to a model that is ready. */
import { KinegraphError, type Model, readBundle, throwIfAborted } from '@kinegraph/core';
import { checkDigest, digestOf, fetchModel, type OpenSourceOptions, openSource } from '@kinegraph/core/runtime';
import { baseUrl } from './base-url.ts';
import { modelCache } from './model-cache.ts';
import { createRuntime, type RuntimeOptions, runtimeOptions } from './runtime.ts';

/** Options of {@link open}: how to get the bytes, and a runtime or the options of one. */
export interface OpenOptions extends OpenSourceOptions, RuntimeOptions {
  readonly signal?: AbortSignal;
}

/**
 * Opens a model bundle from a URL (relative to the page), a file that the user chose, or bytes. What comes from a URL
 * is kept in the browser's cache.
 *
 * @throws `not-found` or `io` if there is nothing to read, `invalid-data` for another digest than `sha256`,
 * `invalid-bundle` for what is no whole bundle, `aborted`, and what {@link createRuntime} and its `load` throw
 * @example
 * await using model = await open('/models/exercises.onnx', { worker: true });
 * const [best] = await classify(model, clip(mediapipe33, landmarks, { fps: 30 }));
 * @example
 * const model = await open('/models/exercises.onnx', {
 *   sha256: 'a3f1…', // 64 digits: anything else is refused
 *   onProgress: ({ loaded, total }) => bar.value = loaded / (total ?? Infinity),
 *   signal: AbortSignal.timeout(30_000),
 * });
 */
export async function open(source: string | URL | Blob | Uint8Array, options: OpenOptions = {}): Promise<Model> {
  return openSource(() => bytesOf(source, options), options, createRuntime, runtimeOptions);
}

async function bytesOf(source: string | URL | Blob | Uint8Array, options: OpenOptions): Promise<Uint8Array> {
  const { signal, sha256, onProgress } = options;
  throwIfAborted(signal, 'open');
  if (typeof source === 'string' || source instanceof URL) {
    const host = {
      fetch: (url: string) => fetch(url, { signal: signal ?? null }),
      cache: modelCache(),
      check: (bytes: Uint8Array) => void readBundle(bytes),
      // A full or forbidden cache costs nothing but the next download.
      onCacheFailure: () => undefined,
    };
    return fetchModel(absolute(source).href, host, options);
  }
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(await source.arrayBuffer());
  checkDigest('the file', digestOf(bytes), sha256);
  onProgress?.({ loaded: bytes.length, total: bytes.length });
  return bytes;
}

function absolute(source: string | URL): URL {
  if (URL.canParse(`${source}`, baseUrl())) return new URL(source, baseUrl());
  const expected = 'a URL, absolute or relative to the page';
  throw new KinegraphError({ code: 'invalid-argument', where: 'open', expected, actual: `"${source}"` });
}
