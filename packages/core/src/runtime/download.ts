/** Reads the body behind a URL with progress, over any host's `fetch`. */
import { KinegraphError } from '../tensor/error.ts';
import { reasonOf } from './reason.ts';

/** How far a download is; `total` is undefined where the server does not say. */
export interface Progress {
  readonly loaded: number;
  readonly total: number | undefined;
}

/** The part of a fetch `Response` that is used here. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  /** After redirects. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(): BodyReader } | null;
}

/** The part of a stream's reader that is used here. */
export interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** More than any ONNX file can have: the limit of protobuf. */
const maxBytes = 2 ** 31 - 1;

/**
 * The bytes behind a URL.
 *
 * @throws `not-found` for HTTP 404 and 410, `io` for every other failure, `invalid-data` for more than 2 GB
 */
export async function download(
  url: string,
  fetch: (url: string) => Promise<ResponseLike>,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<Uint8Array> {
  const response = await network(url, () => fetch(url));
  const reader = response.body?.getReader();
  try {
    if (!response.ok || !reader) throw badStatus(url, response.status);
    if (url.startsWith('https:') && response.url.startsWith('http:')) {
      throw failed('io', `${url} to stay on https`, `a redirect to ${response.url}`);
    }
    const chunks: Uint8Array[] = [];
    const total = declaredLength(response);
    let loaded = 0;
    for (;;) {
      const { done, value } = await network(url, () => reader.read());
      if (done) return concatenate(chunks, loaded);
      if (!value) continue;
      chunks.push(value);
      loaded += value.length;
      if (loaded > maxBytes) throw failed('invalid-data', `at most ${maxBytes} bytes from ${url}`, 'more');
      onProgress({ loaded, total });
    }
  } catch (error) {
    // Whatever went wrong matters more than a connection that cannot even be cancelled.
    await reader?.cancel().catch(() => undefined);
    throw error;
  }
}

/** The length of the body, unless it travels compressed. */
function declaredLength({ headers }: ResponseLike): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.get('content-encoding') ? undefined : Number(length);
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function network<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    // Node says "fetch failed" and keeps the reason in the cause.
    const reason = cause instanceof Error && cause.cause instanceof Error ? ` because of ${reasonOf(cause.cause)}` : '';
    throw failed('io', `to download ${url}`, `${reasonOf(cause)}${reason}`, cause);
  }
}

function badStatus(url: string, status: number): KinegraphError {
  return failed(status === 404 || status === 410 ? 'not-found' : 'io', `a model at ${url}`, `HTTP status ${status}`);
}

function failed(code: 'io' | 'not-found' | 'invalid-data', expected: string, actual: string, cause?: unknown) {
  return new KinegraphError({ code, where: 'open', expected, actual, cause });
}
