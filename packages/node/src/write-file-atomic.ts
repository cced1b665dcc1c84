/** Puts files in place so that a reader finds the old content or the new, and never a part of it. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KinegraphError } from '@kinegraph/core';

/**
 * Replaces a file by way of a temporary one beside it; folders on the way are made. Whatever fails, a full disk for
 * example, the old file stays and the temporary one goes.
 *
 * @throws `io` with the reason
 * @example
 * await writeFileAtomic('run.checkpoint', bytes);
 */
export async function writeFileAtomic(path: string | URL, data: string | Uint8Array): Promise<void> {
  await placeAtomic(path instanceof URL ? fileURLToPath(path) : path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/**
 * Lets `write` make a file or folder under a temporary name beside `path`, and moves it there when it is whole.
 *
 * @throws `io` with the reason, having removed what was written
 */
export async function placeAtomic(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  // A link stays a link: what it points to is replaced.
  const target = await realpath(path).catch(() => resolve(path));
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await write(temporary);
    await rename(temporary, target);
  } catch (cause) {
    // Tidying up is a courtesy; the error that counts is the first one.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new KinegraphError({
      code: 'io',
      where: path,
      expected: 'a place that can be written',
      actual: reasons[code] ?? message,
      hint: 'What was there before is unchanged.',
      cause,
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'a full disk',
  EDQUOT: 'a disk quota that is used up',
  EFBIG: 'a limit on the size of files',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'a read-only disk',
  EISDIR: 'a folder of that name',
  ENOTDIR: 'a file where a folder should be',
  EEXIST: 'a file where a folder should be',
};
