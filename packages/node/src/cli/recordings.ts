/** Recordings that arguments name: clips as JSON, and those of data sets. */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Clip, KinegraphError } from '@kinegraph/core';
import { readClipFile } from '../datasets/clip-file.ts';
import { readDataset } from '../datasets/read-dataset.ts';
import type { Terminal } from './terminal.ts';

/** A recording from a file or from a data set. */
export interface Found {
  readonly file: string;
  readonly id?: string;
  readonly label?: string;
  readonly clip: Clip;
}

/**
 * Reads all that the arguments name, or the recordings with these ids among them.
 *
 * @throws `not-found` for a file or an id that there is not; `unsupported`, `invalid-data` and so on for what is no recording.
 */
export async function readRecordings(
  files: readonly string[],
  only: readonly string[] | undefined,
  terminal: Pick<Terminal, 'signal'>,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const file of files) found.push(...(await readPlace(file, terminal)));
  return only ? pick(found, only) : found;
}

async function readPlace(file: string, { signal }: Pick<Terminal, 'signal'>): Promise<readonly Found[]> {
  const entry = await stat(file).catch(() => undefined);
  if (entry?.isDirectory() || (entry && extname(file) === '.pkl')) {
    const { samples } = await readDataset(file, { classes: 'none', signal });
    return samples.map(({ id, label, clip }) => ({ file, id, clip, ...(label === undefined ? {} : { label }) }));
  }
  if (!entry || extname(file) === '.json') return [{ file, clip: await readClipFile(file) }];
  throw new KinegraphError({
    code: 'unsupported',
    where: file,
    expected: 'a data set folder, a pickle of pyskl as .pkl, or a clip as .json',
    actual: extname(file) || 'a file without an ending',
    hint: 'docs/guide/command.md describes them.',
  });
}

function pick(found: readonly Found[], ids: readonly string[]): readonly Found[] {
  return ids.map((id) => {
    const match = found.find((candidate) => candidate.id === id);
    if (match) return match;
    throw new KinegraphError({
      code: 'not-found',
      where: '--only',
      expected: 'ids of recordings in the data sets that were named',
      actual: `"${id}"`,
    });
  });
}
