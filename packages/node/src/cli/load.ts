/** Opening what the arguments name: data sets, models and other files. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { KinegraphError, type Model } from '@kinegraph/core';
import type { Classes } from '../datasets/classes.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { fileSize } from '../datasets/json-record.ts';
import type { NtuBodies } from '../datasets/ntu-bodies.ts';
import { readDataset } from '../datasets/read-dataset.ts';
import { open } from '../open.ts';
import { progressBar } from './progress-bar.ts';
import { type Protocol, readOptionsFor } from './split.ts';
import type { Terminal } from './terminal.ts';

/** Reads a labeled data set, or the part of it that a protocol is about, and says what was left out of it. */
export async function loadDataset(
  path: string,
  classes: Extract<Classes, 'label' | 'label-correct'>,
  terminal: Terminal,
  protocol: Protocol = 'all',
  bodies?: NtuBodies,
): Promise<Dataset> {
  using bar = progressBar(terminal, `read ${basename(path)}`);
  const { signal } = terminal;
  const onProgress = ({ loaded, total }: { readonly loaded: number; readonly total: number }) =>
    bar.update(loaded, total);
  const ntu = { ...readOptionsFor(protocol).ntu, ...(bodies && { bodies }) };
  const dataset = await readDataset(path, { ntu, classes, signal, onProgress });
  bar[Symbol.dispose]();
  const reasons = dataset.skipped.map(({ reason }) => reason);
  for (const reason of new Set(reasons)) {
    terminal.note(`${reasons.filter((other) => other === reason).length} recordings left out: ${reason}`);
  }
  return dataset;
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
