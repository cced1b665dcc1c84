/** Saving what took long to make. */
import { access, constants, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { KinegraphError } from '@kinegraph/core';
import { writeFileAtomic } from '../datasets/atomic.ts';
import type { Terminal } from './terminal.ts';

/**
 * Checks that a file can be written, before hours of work depend on it.
 *
 * @throws `io` if its folder can be neither written nor made.
 */
export async function checkPlace(option: string, path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await access(dirname(path), constants.W_OK);
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new KinegraphError({ code: 'io', where: option, expected: 'a place that can be written', actual, cause });
  }
}

/**
 * Writes a file; if that place fails, the folder for temporary files, so that the work is not lost.
 *
 * @returns where the file is.
 * @throws the first place's error if both fail.
 */
export async function save(path: string, bytes: Uint8Array, terminal: Terminal): Promise<string> {
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
