/** Gzip files of a known length: written piece by piece, and read without trusting them, with progress and an abort signal. */
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type AbortSignalLike, KinegraphError, throwIfAborted } from '@kinegraph/core';
import { fileSize, invalidData } from './json-record.ts';

/** What {@link readGzip} takes beside the length. */
export interface GzipOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** Called with the number of unpacked bytes so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Deflate packs at most 1032 bytes into one (zlib technical details), so that a short file cannot ask for much memory. */
const largestRatio = 1032;

/**
 * Unpacks a gzip file that must hold exactly `length` bytes.
 *
 * @throws `not-found` or `io` if it cannot be read; `invalid-data` if it is damaged, cut short, or of another length; `aborted`.
 */
export async function readGzip(path: string, length: number, options: GzipOptions = {}): Promise<Uint8Array> {
  const { signal, onProgress } = options;
  const packed = await fileSize(path);
  const expected = `${length} bytes when unpacked`;
  if (packed * largestRatio < length) throw invalidData(path, expected, `a file of ${packed} bytes`, cutShort);
  const bytes = new Uint8Array(length);
  let filled = 0;
  async function collect(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      throwIfAborted(signal, path);
      if (filled + chunk.length > length) throw invalidData(path, expected, 'more');
      bytes.set(chunk, filled);
      filled += chunk.length;
      onProgress?.(filled);
    }
  }
  try {
    await pipeline(createReadStream(path), createGunzip(), collect);
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw invalidData(path, 'a whole gzip file', message, cutShort);
    throw new KinegraphError({ code: 'io', where: path, expected: 'a file that can be read', actual: message, cause });
  }
  if (filled < length) throw invalidData(path, expected, `${filled}`, cutShort);
  return bytes;
}

const cutShort = 'The file may have been cut short or damaged: copy it again.';

/** Packs pieces into a new gzip file; nothing but one piece is in memory at a time. */
export async function writeGzip(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  await pipeline(Readable.from(pieces), createGzip(), createWriteStream(path, { flags: 'wx', flush: true }));
}
