/** Files that appear whole or not at all: written beside their place, flushed, then renamed. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KinegraphError } from '@kinegraph/core';

/**
 * Writes a file so that it is whole or not there: a full disk, a crash or a lost power supply leaves the old file as it was.
 *
 * Folders on the way are made.
 *
 * @throws `io` that says what is wrong with the place, such as a full disk.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  await placeAtomic(path, async (partial) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFlushed(partial, bytes);
  });
}

/**
 * Writes a folder of files so that it is whole or not there.
 *
 * @throws `io`, also if there is a folder with files already.
 */
export async function writeFolderAtomic(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  await placeAtomic(folder, async (partial) => {
    await mkdir(partial, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) await writeFlushed(join(partial, name), bytes);
  });
}

async function placeAtomic(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await write(partial);
    await rename(partial, path);
  } catch (cause) {
    // Clearing up is a courtesy: the error that counts is the first one.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
}

async function writeFlushed(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, readonly [actual: string, hint: string]>> = {
  ENOSPC: ['a full disk', 'Free some space, or choose a place on another disk.'],
  EDQUOT: ['a disk quota that is used up', 'Free some space, or choose a place on another disk.'],
  EACCES: ['no permission to write there', 'Choose another place.'],
  EPERM: ['no permission to write there', 'Choose another place.'],
  EROFS: ['a read-only disk', 'Choose another place.'],
  EISDIR: ['a folder of that name', 'Choose another name.'],
  ENOTDIR: ['a file where a folder should be', 'Choose another place.'],
  ENOTEMPTY: ['a folder that has files already', 'Choose a new folder, or remove that one first.'],
  EEXIST: ['something of that name already', 'Choose another name.'],
};

function writeError(path: string, cause: unknown): KinegraphError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const [actual, hint] = reasons[code ?? ''] ?? [message, 'What was there before is unchanged.'];
  return new KinegraphError({ code: 'io', where: path, expected: 'a place that can be written', actual, hint, cause });
}
