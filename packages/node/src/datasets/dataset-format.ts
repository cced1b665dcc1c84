/** Which format a data set has, by what lies at its path. */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { KinegraphError } from '@kinegraph/core';
import { parseNwUclaName } from '@kinegraph/core/train';
import { fileNames } from './catalog.ts';
import type { RecordingFile } from './read-files.ts';

/** The formats: Kinegraph's plain one, NTU RGB+D's `.skeleton` files, the public `.json` files of NW-UCLA, pickles of pyskl. */
export const datasetFormats: readonly DatasetFormat[] = ['kinegraph', 'ntu', 'nw-ucla', 'pyskl'];

/** The name of a format. */
export type DatasetFormat = 'kinegraph' | 'ntu' | 'nw-ucla' | 'pyskl';

/** Files named like recordings of NTU RGB+D. */
export const isNtuFile = (name: string) => name.endsWith('.skeleton');

/** Files named like recordings of NW-UCLA. */
export const isNwUclaFile = (name: string) => parseNwUclaName(name.replace(/\.json$/, '')) !== undefined;

/**
 * Tells the format of a data set.
 *
 * @throws `not-found` if it is none of them, or nothing is there; `io` if it cannot be looked at.
 */
export async function detectFormat(path: string): Promise<DatasetFormat> {
  const entry = await orUndefined(path, () => stat(path));
  if (entry?.isFile() && ['.pkl', '.pickle'].includes(extname(path))) return 'pyskl';
  if (entry?.isDirectory()) {
    const names = await readdir(path);
    if (names.includes(fileNames.catalog)) return 'kinegraph';
    if ((await filesWithin(path, isNtuFile)).length > 0) return 'ntu';
    if ((await filesWithin(path, isNwUclaFile)).length > 0) return 'nw-ucla';
  }
  throw new KinegraphError({
    code: 'not-found',
    where: path,
    expected: `a folder with ${fileNames.catalog}, NTU's .skeleton files or NW-UCLA's .json files, or a .pkl of pyskl`,
    actual: entry ? (entry.isDirectory() ? 'a folder without them' : 'another file') : 'nothing of that name',
    hint: 'docs/guide/datasets.md describes the formats.',
  });
}

/**
 * The files of a folder and of the folders in it, as recordings named without their ending, in the order of their names.
 *
 * @throws `not-found` or `io` if the folder cannot be read.
 */
export async function filesWithin(folder: string, fits: (name: string) => boolean): Promise<RecordingFile[]> {
  const entries = await entriesOf(folder);
  const nested = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => (await entriesOf(join(folder, name))).map((entry) => join(name, entry.name))),
  );
  const names = [...entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name), ...nested.flat()];
  return names
    .filter((name) => fits(basename(name)))
    .map((name) => ({ id: basename(name, extname(name)), path: join(folder, name) }))
    .sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
}

async function entriesOf(folder: string) {
  const entries = await orUndefined(folder, () => readdir(folder, { withFileTypes: true }));
  if (entries) return entries;
  throw new KinegraphError({
    code: 'not-found',
    where: folder,
    expected: 'a folder',
    actual: 'nothing of that name, or a file',
  });
}

async function orUndefined<R>(path: string, look: () => Promise<R>): Promise<R | undefined> {
  try {
    return await look();
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new KinegraphError({ code: 'io', where: path, expected: 'to look at it', actual: message, cause });
  }
}
