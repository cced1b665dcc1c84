/** The front door of Node: from a file, a URL or bytes to a model that is ready. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KinegraphError, type Model, readBundle, throwIfAborted } from '@kinegraph/core';
import {
  checkDigest,
  digestOf,
  fetchModel,
  type ModelHost,
  type OpenSourceOptions,
  openSource,
} from '@kinegraph/core/runtime';
import { modelCache } from './model-cache.ts';
import { createRuntime, type RuntimeOptions, runtimeOptions } from './runtime.ts';

/** Options of {@link open}: how to get the bytes, and a runtime or the options of one. */
export interface OpenOptions extends OpenSourceOptions, RuntimeOptions {
  readonly signal?: AbortSignal;
}

/**
 * Opens a model bundle. A string is a path unless it starts with `http:`, `https:` or `file:`. Only `http` and `https`
 * touch the network; what comes from there is kept in {@link cacheDirectory}.
 *
 * @throws `not-found` or `io` if there is nothing to read, `invalid-data` for another digest than `sha256`,
 * `invalid-bundle` for what is no whole bundle, `aborted`, and what {@link createRuntime} and its `load` throw
 * @example
 * await using model = await open('exercises.onnx');
 * const [best] = await classify(model, clip(ntu25, positions, { fps: 30 }));
 * @example
 * const model = await open('https://example.org/exercises.onnx', {
 *   sha256: 'a3f1…', // 64 digits: anything else is refused
 *   onProgress: ({ loaded, total }) => bar.update(loaded / (total ?? Infinity)),
 *   signal: AbortSignal.timeout(30_000),
 * });
 */
export async function open(source: string | URL | Uint8Array, options: OpenOptions = {}): Promise<Model> {
  return openSource(() => bytesOf(source, options), options, createRuntime, runtimeOptions);
}

async function bytesOf(source: string | URL | Uint8Array, options: OpenOptions): Promise<Uint8Array> {
  const { signal, sha256, onProgress } = options;
  throwIfAborted(signal, 'open');
  if (source instanceof Uint8Array) {
    checkDigest('the bytes', digestOf(source), sha256);
    return source;
  }
  if (typeof source !== 'string' && !(source instanceof URL)) {
    const expected = 'a path, a URL or a Uint8Array';
    throw new KinegraphError({ code: 'invalid-argument', where: 'open', expected, actual: kindOf(source) });
  }
  const url = urlOf(source);
  if (url && url.protocol !== 'file:') return fetchModel(url.href, hostFor(signal), options);
  const path = url ? fileURLToPath(url) : resolve(source as string);
  const bytes = await readModel(path, signal);
  checkDigest(path, digestOf(bytes), sha256);
  onProgress?.({ loaded: bytes.length, total: bytes.length });
  return bytes;
}

/** The URL that a source is, or undefined for a path. */
function urlOf(source: string | URL): URL | undefined {
  if (!(source instanceof URL) && !/^(https?|file):/i.test(source)) return undefined;
  const url = URL.parse(`${source}`);
  if (url && ['http:', 'https:', 'file:'].includes(url.protocol)) return url;
  throw new KinegraphError({
    code: 'invalid-argument',
    where: 'open',
    expected: 'a path, or a URL of http, https or file',
    actual: `${source}`,
  });
}

function hostFor(signal: AbortSignal | undefined): ModelHost {
  return {
    fetch: (url) => fetch(url, { signal: signal ?? null }),
    cache: modelCache,
    check: (bytes) => void readBundle(bytes),
    onCacheFailure(error) {
      const reason = error instanceof Error ? error.message : `${error}`;
      process.emitWarning(`The model is open, but could not be kept in the cache: ${reason}`, 'KinegraphWarning');
    },
  };
}

async function readModel(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    // A pipe or a device may have no end.
    if ((await stat(path)).isFile()) return await readFile(path, { ...(signal && { signal }) });
  } catch (cause) {
    throwIfAborted(signal, 'open');
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new KinegraphError({
      code: code === 'ENOENT' || code === 'ENOTDIR' ? 'not-found' : 'io',
      where: 'open',
      expected: `to read ${path}`,
      actual: message,
      cause,
    });
  }
  throw new KinegraphError({ code: 'io', where: 'open', expected: `${path} to be a file`, actual: 'something else' });
}

function kindOf(value: unknown): string {
  return value instanceof ArrayBuffer ? 'an ArrayBuffer' : `${value}`;
}
