/** Folders with one file a recording: read a few at a time, damaged ones collected instead of ending at the first. */
import { readFile } from 'node:fs/promises';
import { KinegraphError, throwIfAborted } from '@kinegraph/core';
import type { SkippedRecording } from './dataset.ts';
import { fileSize, invalidData } from './json-record.ts';
import type { ReaderOptions } from './reader.ts';

/** A file that holds one recording. */
export interface RecordingFile {
  readonly id: string;
  readonly path: string;
}

/** Files that are read at the same time. */
const together = 16;
const maxBytes = 2 ** 27;
/** Damaged files that an error names. */
const named = 3;

/**
 * Reads each file with `parse`, which gives undefined for a recording that shows nobody.
 *
 * @returns what was read, in order, and what was left out.
 * @throws `invalid-data` that names damaged files, unless they may be skipped, or if no recording is left; `io`; `aborted`.
 */
export async function readFiles<R>(
  where: string,
  files: readonly RecordingFile[],
  parse: (text: string, file: RecordingFile) => R | undefined,
  { signal, onProgress, skipDamaged = false }: ReaderOptions,
): Promise<{ readonly recordings: readonly R[]; readonly skipped: readonly SkippedRecording[] }> {
  const recordings: R[] = [];
  const skipped: SkippedRecording[] = [];
  const damaged: SkippedRecording[] = [];
  for (let start = 0; start < files.length; start += together) {
    throwIfAborted(signal, where);
    const part = files.slice(start, start + together);
    const texts = await Promise.allSettled(part.map(({ path }) => readText(path)));
    for (const [index, file] of part.entries()) {
      try {
        const text = texts[index] as PromiseSettledResult<string>;
        if (text.status === 'rejected') throw text.reason;
        const recording = parse(text.value, file);
        if (recording === undefined) skipped.push({ id: file.id, reason: 'nobody in any frame' });
        else recordings.push(recording);
      } catch (error) {
        if (!KinegraphError.is(error, 'invalid-data')) throw error;
        damaged.push({ id: file.id, reason: error.message });
      }
    }
    onProgress?.({ loaded: start + part.length, total: files.length });
  }
  if (damaged.length > 0 && !skipDamaged) throw refuse(where, damaged, files.length);
  if (recordings.length === 0) throw invalidData(where, 'recordings', `none in ${files.length} files`);
  return { recordings, skipped: [...skipped, ...damaged] };
}

async function readText(path: string): Promise<string> {
  const size = await fileSize(path);
  if (size > maxBytes) throw invalidData(path, `at most ${maxBytes} bytes`, `${size}`);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new KinegraphError({ code: 'io', where: path, expected: 'a file that can be read', actual, cause });
  }
}

function refuse(where: string, damaged: readonly SkippedRecording[], total: number): KinegraphError {
  const reasons = damaged.slice(0, named).map(({ reason }) => `\n  ${reason}`);
  const more = damaged.length > named ? `\n  and ${damaged.length - named} more` : '';
  const hint = 'Get them again, delete them, or pass { skipDamaged: true }.';
  return invalidData(where, 'whole files', `${damaged.length} damaged of ${total}:${reasons.join('')}${more}\n`, hint);
}
