/**
 * The model cache of Node: a directory of the user, outside any project, whose entries prove themselves by their names.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { digestOf, type ModelCache } from '@kinegraph/core/runtime';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * Where downloaded models are kept: `$KINEGRAPH_CACHE`, else the user's cache directory of the platform.
 *
 * @example
 * cacheDirectory(); // '/home/ann/.cache/kinegraph'
 */
export function cacheDirectory(): string {
  const { KINEGRAPH_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (KINEGRAPH_CACHE) return KINEGRAPH_CACHE;
  switch (process.platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Caches', 'kinegraph');
    case 'win32':
      return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'kinegraph', 'Cache');
    default:
      return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'kinegraph');
  }
}

/** Removes every downloaded model. */
export async function clearCache(): Promise<void> {
  await rm(modelDirectory(), { recursive: true, force: true });
}

/** The cache in {@link cacheDirectory}: one file a URL, `<digest of the URL>.<sha-256 of the bytes>.onnx`. */
export const modelCache: ModelCache = {
  async read(url) {
    const directory = modelDirectory();
    for (const name of await entriesOf(url)) {
      const bytes = await readFile(join(directory, name)).catch(() => undefined);
      if (bytes === undefined) continue;
      const digest = digestOf(bytes);
      if (name === nameOf(url, digest)) return { bytes, digest };
    }
    return undefined;
  },
  async write(url, { bytes, digest }) {
    const directory = modelDirectory();
    const name = nameOf(url, digest);
    await writeFileAtomic(join(directory, name), bytes);
    const stale = (await entriesOf(url)).filter((other) => other !== name);
    await Promise.all(stale.map((other) => rm(join(directory, other), { force: true })));
  },
};

function modelDirectory(): string {
  return join(cacheDirectory(), 'models');
}

function nameOf(url: string, digest: string): string {
  return `${prefixOf(url)}${digest}.onnx`;
}

function prefixOf(url: string): string {
  return `${digestOf(new TextEncoder().encode(url)).slice(0, 32)}.`;
}

/** The entries of a URL: one, unless a writer was interrupted. A directory that cannot be read has none. */
async function entriesOf(url: string): Promise<string[]> {
  const names = await readdir(modelDirectory()).catch(() => []);
  return names.filter((name) => name.startsWith(prefixOf(url)));
}
