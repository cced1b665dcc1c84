/** Reads a data set folder: the catalog, the positions and, where there are, labels of frames. */
import { access } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { type AbortSignalLike, clip, KinegraphError, type Layout } from '@kinegraph/core';
import { type Catalog, type CatalogEntry, fileNames, readCatalog } from './catalog.ts';
import { byCorrectness, byFrame, byLabel, type Classes } from './classes.ts';
import type { Dataset, DatasetSample, FrameLabeledSample } from './dataset.ts';
import { readGzip } from './gzip-file.ts';
import { invalidData } from './json-record.ts';
import { layoutOfDataset } from './skeleton-layout.ts';

/** What {@link readDataset} takes beside the folder. */
export interface ReadDatasetOptions<C extends Classes = Classes> {
  /** What counts as a class. Default: `label`. */
  readonly classes?: C | undefined;
  readonly signal?: AbortSignalLike | undefined;
  /** Called while the positions are unpacked, with bytes done and in all. */
  readonly onProgress?: ((progress: { readonly loaded: number; readonly total: number }) => void) | undefined;
}

const allClasses: readonly Classes[] = ['label', 'label-correct', 'frame', 'none'];

/**
 * Reads a data set in Kinegraph's plain format (docs/guide/datasets.md), trusting nothing.
 *
 * Positions come in meters where the data set has a unit of length. The layout is a shipped one if the joints have the same names in
 * the same order, else the data set's own.
 *
 * @throws `not-found` or `io` if a file cannot be read; `invalid-data` naming the file and field that does not fit, or the clip that
 * has no label; `invalid-layout` if joints and parents do not make a skeleton; `aborted`.
 * @example
 * const { samples, labels, layout } = await readDataset('data/exercises');
 * samples[0]; // { clip, label: 'deep squat', subject: 1, id: 'm01_s01_e01', extra: { correct: true } }
 */
export function readDataset(folder: string, options?: ReadDatasetOptions<'label' | 'label-correct'>): Promise<Dataset>;
export function readDataset(folder: string, options: ReadDatasetOptions<'frame'>): Promise<Dataset<FrameLabeledSample>>;
export function readDataset(folder: string, options: ReadDatasetOptions): Promise<Dataset<DatasetSample>>;
export async function readDataset(folder: string, options: ReadDatasetOptions = {}): Promise<Dataset<DatasetSample>> {
  const { classes = 'label', signal, onProgress } = options;
  if (!allClasses.includes(classes)) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'readDataset',
      expected: `classes among ${allClasses.join(', ')}`,
      actual: JSON.stringify(classes),
    });
  }
  const catalog = await readCatalog(folder);
  const total = catalog.totalFrames * catalog.joints.length * 3 * Int16Array.BYTES_PER_ELEMENT;
  const bytes = await readGzip(join(folder, fileNames.positions), total, {
    signal,
    onProgress: onProgress && ((loaded) => onProgress({ loaded, total })),
  });
  if (endianness() === 'BE') Buffer.from(bytes.buffer).swap16();
  const points = new Int16Array(bytes.buffer);
  const frameLabels = await readFrameLabels(folder, catalog, signal);
  const layout = layoutOfDataset(catalog, { points, clips: catalog.clips });
  const samples = catalog.clips.map((entry) => readRecording(catalog, entry, layout, points, frameLabels));
  const { name, license, source, note, up, fps, unit, labels } = catalog;
  const about = { name, license, source, fps, unit, layout, ...(note ? { note } : {}), ...(up ? { up } : {}) };
  const all = { labels, samples };
  if (classes === 'label') return { ...about, ...byLabel(folder, all) };
  if (classes === 'label-correct') return { ...about, ...byCorrectness(folder, all) };
  if (classes === 'frame') return { ...about, ...byFrame(folder, all) };
  return { ...about, ...all };
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
  { label, start, frames, id, subject, extra }: CatalogEntry,
  layout: Layout,
  points: Int16Array,
  frameLabels: Uint8Array | undefined,
): DatasetSample {
  const { factor, isLength } = scaleOf(unit);
  const size = layout.joints.length * 3;
  // Of its own, not a view: a view would drag the whole data set along when it is sent to a worker.
  const positions = new Float32Array(points.subarray(start * size, (start + frames) * size));
  for (let i = 0; i < positions.length; i++) positions[i] = (positions[i] as number) * factor;
  return {
    clip: clip(layout, positions, {
      fps,
      unit: isLength ? 'meter' : 'normalized',
      ...(missingIsZero ? { missing: 'zero' } : {}),
    }),
    id,
    subject,
    ...(label === undefined ? {} : { label: labels[label] as string }),
    ...(frameLabels ? { frameLabels: frameLabels.slice(start, start + frames) } : {}),
    extra,
  };
}

/** What one step of the stored numbers is worth: meters for a unit of length, else a thousandth. */
function scaleOf(unit: string): { readonly factor: number; readonly isLength: boolean } {
  const length = /^(milli|centi|)met(?:er|re)s?\b/.exec(unit);
  const factors: Record<string, number> = { milli: 1e-3, centi: 1e-2, '': 1 };
  return { factor: factors[length?.[1] ?? 'milli'] as number, isLength: length !== null };
}
