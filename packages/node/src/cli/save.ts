/** Saving what took long to make. */
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { KinegraphError } from '@kinegraph/core';
import { writeFileAtomic } from '../write-file-atomic.ts';
import type { Terminal } from './terminal.ts';

/**
 * Checks that a file can be written, before hours of work depend on it; makes its folder.
 *
 * @param option names the file in errors.
 * @throws `io` if the folder can be neither written nor made.
 */
export async function checkPlace(option: string, path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await access(dirname(path), constants.W_OK);
    const entry = await stat(path).catch(() => undefined);
    if (entry?.isDirectory()) throw new KinegraphError({ ...unwritable(option), actual: `the folder ${path}` });
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    throw new KinegraphError({ ...unwritable(option), actual: (cause as Error).message, cause });
  }
}

const unwritable = (option: string) => ({
  code: 'io' as const,
  where: option,
  expected: 'a place that can be written',
});

/** Makes a folder. Not by Node's own `recursive`, which never returns for a folder like /proc/none/none. */
async function makeFolder(path: string): Promise<void> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isDirectory()) return;
  await makeFolder(dirname(path));
  await mkdir(path);
}

/**
 * Writes a file; if that place fails, the folder for temporary files, so that the work is not lost.
 *
 * @returns where the file is.
 * @throws the first place's error if both fail.
 */
export async function save(path: string, bytes: Uint8Array, terminal: Pick<Terminal, 'note'>): Promise<string> {
  try {
    await writeFileAtomic(path, bytes);
    return path;
  } catch (error) {
    const refuge = join(tmpdir(), basename(path));
    await writeFileAtomic(refuge, bytes).catch(() => Promise.reject(error));
    terminal.note(`${error instanceof Error ? error.message : error}\nSaved as ${refuge} instead.`);
    return refuge;
  }
}
