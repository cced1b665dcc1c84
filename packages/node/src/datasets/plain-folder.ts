/** A data set folder in Kinegraph's plain format: the catalog, the positions and, where there are, labels of frames. */
import { access } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { type AbortSignalLike, clip, type Layout } from '@kinegraph/core';
import { type Catalog, type CatalogEntry, fileNames, readCatalog } from './catalog.ts';
import { withClip } from './clip-on-demand.ts';
import type { Dataset, DatasetSample } from './dataset.ts';
import { readGzip } from './gzip-file.ts';
import { invalidData } from './json-record.ts';
import type { ReaderOptions } from './reader.ts';
import { layoutOfDataset } from './skeleton-layout.ts';

/**
 * Reads a folder, trusting nothing. The positions stay packed in memory, 2 bytes a number; clips are made of them when asked for.
 *
 * @throws `not-found` or `io` if a file cannot be read; `invalid-data` naming the file and field that does not fit; `invalid-layout` if
 * joints and parents do not make a skeleton; `aborted`.
 */
export async function readPlainFolder(
  folder: string,
  { signal, onProgress }: ReaderOptions,
): Promise<Dataset<DatasetSample>> {
  const catalog = await readCatalog(folder);
  const total = catalog.totalFrames * catalog.joints.length * 3 * Int16Array.BYTES_PER_ELEMENT;
  const bytes = await readGzip(join(folder, fileNames.positions), total, {
    signal,
    onProgress: onProgress && ((loaded) => onProgress({ loaded, total })),
  });
  if (endianness() === 'BE') Buffer.from(bytes.buffer).swap16();
  const points = new Int16Array(bytes.buffer);
  const frameLabels = await readFrameLabels(folder, catalog, signal);
  const stretches = catalog.clips.map(({ start, frames, persons }) => ({ start, frames: frames * persons }));
  const layout = layoutOfDataset(catalog, { points, clips: stretches });
  const samples = catalog.clips.map((entry) => readRecording(catalog, entry, layout, points, frameLabels));
  const { name, license, source, note, up, fps, unit, labels } = catalog;
  return {
    ...{ name, license, source, fps, unit, layout, labels, samples, skipped: [] },
    ...(note ? { note } : {}),
    ...(up ? { up } : {}),
  };
}

async function readFrameLabels(
  folder: string,
  { totalFrames, labels }: Catalog,
  signal: AbortSignalLike | undefined,
): Promise<Uint8Array | undefined> {
  const path = join(folder, fileNames.frameLabels);
  try {
    await access(path);
  } catch {
    return undefined;
  }
  const classes = await readGzip(path, totalFrames, { signal });
  const wrong = classes.findIndex((index) => index >= labels.length);
  if (wrong >= 0) throw invalidData(path, `classes from 0 to ${labels.length - 1}`, `${classes[wrong]} at ${wrong}`);
  return classes;
}

function readRecording(
  { labels, missingIsZero, unit, fps }: Catalog,
  { label, start, frames, persons, id, subject, extra }: CatalogEntry,
  layout: Layout,
  points: Int16Array,
  frameLabels: Uint8Array | undefined,
): DatasetSample {
  const { factor, isLength } = scaleOf(unit);
  const size = layout.joints.length * 3;
  const stored = points.subarray(start * size, (start + persons * frames) * size);
  const options = {
    fps,
    persons,
    unit: isLength ? ('meter' as const) : ('normalized' as const),
    ...(missingIsZero ? { missing: 'zero' as const } : {}),
  };
  const fields = {
    id,
    subject,
    ...(label === undefined ? {} : { label: labels[label] as string }),
    ...(frameLabels ? { frameLabels: frameLabels.slice(start, start + frames) } : {}),
    extra,
  };
  return withClip(fields, () => {
    const positions = new Float32Array(stored);
    for (let i = 0; i < positions.length; i++) positions[i] = (positions[i] as number) * factor;
    return clip(layout, positions, options);
  });
}

/** What one step of the stored numbers is worth: meters for a unit of length, else a thousandth. */
function scaleOf(unit: string): { readonly factor: number; readonly isLength: boolean } {
  const length = /^(milli|centi|)met(?:er|re)s?\b/.exec(unit);
  const factors: Record<string, number> = { milli: 1e-3, centi: 1e-2, '': 1 };
  return { factor: factors[length?.[1] ?? 'milli'] as number, isLength: length !== null };
}
