/** Gets the bytes of a model from a URL, by way of the host's cache. */
import { type AbortSignalLike, KinegraphError, throwIfAborted } from '../tensor/error.ts';
import { abortError } from './abort.ts';
import { checkDigest, checkDigestForm, digestOf, isDigest } from './checksum.ts';
import { download, type Progress, type ResponseLike } from './download.ts';

/**
 * What a cache may do: `use` reads and fills it; `refresh` only fills it; `only` never touches the network; `off` never
 * touches the cache.
 */
export type CacheMode = 'use' | 'refresh' | 'only' | 'off';

/** How to get the bytes of a model. */
export interface SourceOptions {
  /**
   * `use` by default. A URL is taken to mean the same model for good: an entry stays until it is refreshed or cleared.
   */
  readonly cache?: CacheMode;
  /** The sha-256 that the bytes must have, in hexadecimal digits. */
  readonly sha256?: string;
  readonly signal?: AbortSignalLike;
  readonly onProgress?: (progress: Progress) => void;
}

/** Bytes with their sha-256. */
export interface Digested {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** A host's cache of models. */
export interface ModelCache {
  /** What was written for a URL, with the digest it has now; undefined if there is nothing, or not what was written. */
  read(url: string): Promise<Digested | undefined>;
  write(url: string, model: Digested): Promise<void>;
}

/** What a host gives to {@link fetchModel}. */
export interface ModelHost {
  fetch(url: string): Promise<ResponseLike>;
  /** Undefined where the host has none. */
  readonly cache: ModelCache | undefined;
  /** Throws unless the bytes are a model. A server may answer with a page, which must not be kept. */
  check(bytes: Uint8Array): void;
  /** Told that the cache could not be written; the model itself has arrived. */
  onCacheFailure(error: unknown): void;
}

const cacheModes: readonly string[] = ['use', 'refresh', 'only', 'off'] satisfies CacheMode[];

/**
 * The bytes behind a URL, from the cache or the network. An entry that is damaged, or has another digest than `sha256`,
 * is fetched anew.
 *
 * @throws `invalid-data` for another digest than `sha256`, `not-found` for what is neither there nor in the cache, `io`
 * for failures of the network, `aborted`, `invalid-argument` for unknown options
 */
export async function fetchModel(url: string, host: ModelHost, options: SourceOptions): Promise<Uint8Array> {
  const { cache: mode = 'use', sha256, signal, onProgress } = options;
  checkSource(options);
  throwIfAborted(signal, 'open');
  const kept = mode === 'use' || mode === 'only' ? await host.cache?.read(url) : undefined;
  throwIfAborted(signal, 'open');
  if (kept && isDigest(kept.digest, sha256)) {
    onProgress?.({ loaded: kept.bytes.length, total: kept.bytes.length });
    return kept.bytes;
  }
  if (mode === 'only') throw notCached(url, kept);

  const bytes = await download(url, host.fetch, onProgress).catch((error: unknown) => {
    throw signal?.aborted ? abortError('open', signal) : error;
  });
  const digest = digestOf(bytes);
  checkDigest(url, digest, sha256);
  if (mode !== 'off') {
    host.check(bytes);
    await host.cache?.write(url, { bytes, digest }).catch((error) => host.onCacheFailure(error));
  }
  throwIfAborted(signal, 'open');
  return bytes;
}

/**
 * Checks `cache` and `sha256`, for sources that need neither as well.
 *
 * @throws `invalid-argument`
 */
export function checkSource({ cache = 'use', sha256 }: SourceOptions): void {
  checkDigestForm(sha256);
  if (cacheModes.includes(cache)) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where: 'open cache',
    expected: `one of ${cacheModes.join(', ')}`,
    actual: `"${cache}"`,
  });
}

function notCached(url: string, kept: Digested | undefined): KinegraphError {
  return new KinegraphError({
    code: 'not-found',
    where: 'open',
    expected: `${url} in the cache`,
    actual: kept ? `one with sha-256 ${kept.digest}` : 'no whole entry',
    hint: "Open it once with cache: 'use' while there is a network.",
  });
}
