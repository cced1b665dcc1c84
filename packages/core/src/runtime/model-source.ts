/** Gets the bytes of a model from a URL by way of a cache: progress, abort and sha-256, the same on every host. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type AbortSignalLike, KinegraphError, throwIfAborted } from '../tensor/error.ts';
import { abortError } from './abort.ts';
import { engineText } from './session.ts';

/** How far a download is; `total` is unknown where the server does not say. */
export interface Progress {
  readonly loaded: number;
  readonly total: number | undefined;
}

/**
 * What a cache may do: `use` reads it and fills it; `refresh` only fills it; `only` never touches the network; `off` never touches the cache.
 */
export type CacheMode = 'use' | 'refresh' | 'only' | 'off';

/** Options of getting a model that concern its bytes. */
export interface SourceOptions {
  /** `use` by default. An entry stays until it is refreshed or cleared: a URL is taken to mean the same model for good. */
  readonly cache?: CacheMode;
  /** The sha-256 that the bytes must have, 64 hexadecimal digits. */
  readonly sha256?: string;
  readonly signal?: AbortSignalLike;
  readonly onProgress?: (progress: Progress) => void;
}

/** A host's cache of models. Entries that it returns are whole: it checks what it reads against the digest of what it wrote. */
export interface ModelCache {
  /** The bytes kept for a URL; undefined if there are none, or if they are not those that were written. */
  read(url: string): Promise<Uint8Array | undefined>;
  write(url: string, bytes: Uint8Array, digest: string): Promise<void>;
}

/** The part of a fetch `Response` that is used here. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>; cancel(): Promise<void> };
  } | null;
}

/** What a host gives to {@link fetchModel}. */
export interface ModelFetch {
  fetch(url: string): Promise<ResponseLike>;
  readonly cache: ModelCache | undefined;
  /** Told that the cache could not be written; the model itself has arrived. */
  onCacheFailure(error: unknown): void;
}

/** More than any ONNX file can be: the limit of protobuf. */
const maxBytes = 2 ** 31 - 1;

/**
 * The bytes behind a URL, from the cache or the network.
 *
 * @throws `invalid-data` for another digest than `sha256`, `not-found` for HTTP 404, 410 and a cache without the entry in mode `only`, `io` for
 * every other failure of the network, `aborted`
 */
export async function fetchModel(url: string, host: ModelFetch, options: SourceOptions): Promise<Uint8Array> {
  const { cache: mode = 'use', signal, onProgress } = options;
  throwIfAborted(signal, 'open');
  if (mode === 'use' || mode === 'only') {
    const kept = await host.cache?.read(url);
    throwIfAborted(signal, 'open');
    const usable = kept && (options.sha256 === undefined || digestOf(kept) === options.sha256.toLowerCase());
    if (usable) {
      onProgress?.({ loaded: kept.length, total: kept.length });
      return kept;
    }
    if (mode === 'only') {
      throw new KinegraphError({
        code: 'not-found',
        where: 'open',
        expected: `${url} in the cache`,
        actual: kept ? 'an entry with another sha-256' : 'no entry',
        hint: `Open it once with cache: 'use' while there is a network.`,
      });
    }
  }
  const bytes = await download(url, host, options);
  const digest = checkDigest(url, bytes, options.sha256);
  if (mode !== 'off') await host.cache?.write(url, bytes, digest).catch((error: unknown) => host.onCacheFailure(error));
  return bytes;
}

/**
 * Checks bytes against the digest that they must have, and returns the one they have.
 *
 * @throws `invalid-data` for another digest, `invalid-argument` for what is none
 */
export function checkDigest(source: string, bytes: Uint8Array, expected: string | undefined): string {
  const digest = digestOf(bytes);
  if (expected === undefined || expected.toLowerCase() === digest) return digest;
  if (!/^[0-9a-f]{64}$/i.test(expected)) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'open sha256',
      expected: '64 hexadecimal digits',
      actual: `"${expected}"`,
    });
  }
  throw new KinegraphError({
    code: 'invalid-data',
    where: 'open',
    expected: `${source} to have sha-256 ${expected.toLowerCase()}`,
    actual: digest,
    hint: 'The file has changed or was damaged on its way; do not use it before you know why.',
  });
}

/** The sha-256 of bytes in lowercase hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

async function download(url: string, host: ModelFetch, { signal, onProgress }: SourceOptions): Promise<Uint8Array> {
  try {
    const response = await host.fetch(url);
    if (!response.ok || !response.body) {
      throw new KinegraphError({
        code: response.status === 404 || response.status === 410 ? 'not-found' : 'io',
        where: 'open',
        expected: `a model at ${url}`,
        actual: `HTTP status ${response.status}`,
      });
    }
    if (url.startsWith('https:') && response.url.startsWith('http:')) {
      const actual = `a redirect to ${response.url}`;
      throw new KinegraphError({ code: 'io', where: 'open', expected: `${url} to stay on https`, actual });
    }
    return await readBody(url, response.body.getReader(), declaredLength(response), onProgress);
  } catch (error) {
    if (signal?.aborted) throw abortError('open', signal);
    if (KinegraphError.is(error)) throw error;
    throw new KinegraphError({
      code: 'io',
      where: 'open',
      expected: `to download ${url}`,
      actual: networkText(error),
      cause: error,
    });
  }
}

/** The length of the body, unless it travels compressed. */
function declaredLength({ headers }: ResponseLike): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.get('content-encoding') ? undefined : Number(length);
}

async function readBody(
  url: string,
  reader: ReturnType<NonNullable<ResponseLike['body']>['getReader']>,
  total: number | undefined,
  onProgress: SourceOptions['onProgress'],
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (!part.value) continue;
    chunks.push(part.value);
    loaded += part.value.length;
    if (loaded > maxBytes) {
      await reader.cancel();
      throw new KinegraphError({ code: 'invalid-data', where: 'open', expected: `at most ${maxBytes} bytes from ${url}`, actual: 'more' });
    }
    onProgress?.({ loaded, total });
  }
  const bytes = new Uint8Array(loaded);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Node says "fetch failed" and keeps the reason in the cause. */
function networkText(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${engineText(error)}${cause}`;
}
