/** Opening what the arguments name: data sets, models and other files. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { KinegraphError, type Model } from '@kinegraph/core';
import type { Classes } from '../datasets/classes.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { fileSize } from '../datasets/json-record.ts';
import { readDataset } from '../datasets/read-dataset.ts';
import { open } from '../open.ts';
import { progressBar } from './progress-bar.ts';
import type { Terminal } from './terminal.ts';

/** Reads a labeled data set. */
export async function loadDataset(
  folder: string,
  classes: Extract<Classes, 'label' | 'label-correct'>,
  terminal: Terminal,
): Promise<Dataset> {
  using bar = progressBar(terminal, `read ${basename(folder)}`);
  const { signal } = terminal;
  return await readDataset(folder, { classes, signal, onProgress: ({ loaded, total }) => bar.update(loaded, total) });
}

/** Opens a bundle from a file or an address. */
export async function loadModel(source: string, threads: number | undefined, terminal: Terminal): Promise<Model> {
  using bar = progressBar(terminal, `read ${basename(source)}`);
  return await open(source, {
    signal: terminal.signal,
    onProgress: ({ loaded, total }) => total !== undefined && bar.update(loaded, total),
    ...(threads === undefined ? {} : { threads }),
  });
}

/**
 * Reads a whole file.
 *
 * @throws `not-found` or `io`.
 */
export async function readInput(path: string): Promise<Uint8Array> {
  await fileSize(path);
  try {
    return await readFile(path);
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new KinegraphError({ code: 'io', where: path, expected: 'a file that can be read', actual, cause });
  }
}
