/** Writes recordings as a data set folder that readDataset reads. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { type Clip, frameCount, KinegraphError, personCount, sameJoints } from '@kinegraph/core';
import { placeAtomic } from '../write-file-atomic.ts';
import { fileNames, maxNumbers, parseCatalog } from './catalog.ts';
import type { DatasetInfo, DatasetSample } from './dataset.ts';
import { writeGzip } from './gzip-file.ts';
import { parseJsonRecord } from './json-record.ts';

/** A recording to write. */
export type SampleInput = Omit<DatasetSample, 'extra'> & Partial<Pick<DatasetSample, 'extra'>>;

/** What {@link writeDataset} takes: recordings, and what the data set says about itself. */
export interface DatasetInput extends DatasetInfo {
  /** All of one layout and unit, in three dimensions. */
  readonly samples: readonly SampleInput[];
  /** The classes in order; by default those that occur, in order of appearance. */
  readonly labels?: readonly string[];
}

/** The largest int16. */
const largest = 32767;

/**
 * Writes recordings as a data set in Kinegraph's plain format (docs/guide/datasets.md), whole or not at all.
 *
 * Positions are rounded to millimeters (thousandths, for clips without a unit of length). Missing joints stay missing; other degrees
 * of confidence are not kept. What {@link readDataset} gives can be written as it is, if it has a frame rate.
 *
 * @param folder is made; it may not have files yet.
 * @throws `invalid-data` naming the recording or field that does not fit; `io` if the folder cannot be written.
 * @example
 * await writeDataset('data/mine', { name: 'Mine', license: 'CC0-1.0', source: 'My own', fps: 30, samples });
 */
export async function writeDataset(folder: string, dataset: DatasetInput): Promise<void> {
  const { samples, labels = [...new Set(samples.flatMap(({ label }) => label ?? []))] } = dataset;
  if (samples.length === 0) throw refuse('at least one recording', 'none');
  const { first, missing, sizes } = survey(samples, dataset.fps);
  let totalFrames = 0;
  const clips = samples.map(({ id, subject, label, extra }, index) => {
    const { persons, frames } = sizes[index] as ClipSize;
    const start = totalFrames;
    totalFrames += persons * frames;
    return {
      ...extra,
      id,
      ...(label === undefined ? {} : { label: labelIndex(id, label, labels) }),
      subject,
      start,
      frames,
      ...(persons === 1 ? {} : { persons }),
    };
  });
  const about = describe(dataset, first, missing);
  checkSize(totalFrames, first);
  const catalog = JSON.stringify({ ...about, ...(labels.length > 0 ? { labels } : {}), totalFrames, clips });
  // The reader's own checks, so that nothing is written that cannot be read.
  parseCatalog(parseJsonRecord(catalog, 'writeDataset'));
  const frameLabels = packFrameLabels(samples, labels, sizes);
  await checkEmpty(folder);
  await placeAtomic(folder, async (temporary) => {
    await mkdir(temporary);
    await writeFile(join(temporary, fileNames.catalog), catalog, { flush: true });
    await writeGzip(join(temporary, fileNames.positions), packPoints(samples, missing));
    if (frameLabels) await writeGzip(join(temporary, fileNames.frameLabels), [frameLabels]);
  });
}

/** How much of the arrays a clip takes. */
interface ClipSize {
  readonly persons: number;
  readonly frames: number;
}

/** Looks at each clip once, since it may be made when asked for: whether all fit together, and whether joints are missing. */
function survey(samples: readonly SampleInput[], fps: number) {
  const { id, clip: first } = samples[0] as SampleInput;
  let missing = false;
  const sizes = samples.map((sample): ClipSize => {
    const { clip } = sample;
    checkFits(sample.id, clip, { id, clip: first }, fps);
    checkReach(sample.id, clip);
    missing ||= clip.confidence?.data.includes(0) ?? false;
    return { persons: personCount(clip), frames: frameCount(clip) };
  });
  return { first, missing, sizes };
}

async function checkEmpty(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  if (files.length === 0) return;
  throw new KinegraphError({
    code: 'io',
    where: folder,
    expected: 'a new folder',
    actual: 'one that has files already',
    hint: 'Choose another, or remove that one first.',
  });
}

function describe({ name, license, source, note, up, fps }: DatasetInput, first: Clip, missing: boolean) {
  return {
    name,
    license,
    source,
    ...(note === undefined ? {} : { note }),
    fps,
    unit: isLength(first) ? 'millimeter' : 'thousandth',
    ...(up === undefined ? {} : { up }),
    ...(missing ? { missing: 'zero' } : {}),
    joints: first.layout.joints,
    parents: first.layout.parents,
  };
}

function checkSize(totalFrames: number, { layout }: Clip): void {
  const joints = layout.joints.length;
  if (totalFrames * joints * 3 <= maxNumbers) return;
  const actual = `${totalFrames} frames of ${joints} joints`;
  throw refuse(`at most ${maxNumbers} numbers`, actual, 'Write several data sets.');
}

function checkFits(id: string, clip: Clip, first: Pick<SampleInput, 'id' | 'clip'>, fps: number): void {
  const [, , , dimensions] = clip.positions.shape;
  const where = `recording ${id}`;
  if (dimensions !== 3) throw refuse('three dimensions', `${dimensions}`, undefined, where);
  if (!sameJoints(clip.layout, first.clip.layout)) {
    const expected = `the joints of ${first.id}, layout ${first.clip.layout.id}`;
    throw refuse(expected, `layout ${clip.layout.id}`, 'remap() converts between layouts.', where);
  }
  if (isLength(clip) !== isLength(first.clip)) {
    throw refuse(`the unit of ${first.id}, ${first.clip.unit}`, `${clip.unit}`, undefined, where);
  }
  if (clip.timestamps || (clip.fps !== undefined && Math.abs(clip.fps - fps) > 1e-6 * fps)) {
    const actual = clip.timestamps ? 'timestamps' : `${clip.fps} fps`;
    throw refuse(`${fps} frames a second`, actual, `resample(clip, { fps: ${fps} }) converts.`, where);
  }
}

function checkReach(id: string, clip: Clip): void {
  const factor = stepsOf(clip);
  const far = clip.positions.data.find((value) => Math.abs(Math.round(value * factor)) > largest);
  if (far === undefined) return;
  const hint = 'Center the recording: the format reaches 32.767 units to each side.';
  throw refuse('positions within 32.767', `${Math.round(far * factor) / 1000}`, hint, `recording ${id}`);
}

/** Steps of the format in one unit of the clip. */
function stepsOf({ unit }: Clip): number {
  return unit === 'millimeter' ? 1 : 1000;
}

function labelIndex(id: string, label: string, labels: readonly string[]): number {
  const index = labels.indexOf(label);
  if (index < 0) throw refuse(`a label among ${labels.join(', ')}`, `"${label}"`, undefined, `recording ${id}`);
  return index;
}

/** Each clip's positions as int16, `[M, T, V, 3]`; with missing joints, a present one at the very origin moves by one step. */
function* packPoints(samples: readonly SampleInput[], missing: boolean): Generator<Uint8Array> {
  for (const { clip } of samples) {
    const { data } = clip.positions;
    const factor = stepsOf(clip);
    const points = new Int16Array(data.length);
    for (let joint = 0, place = 0; place < data.length; joint++, place += 3) {
      if (clip.confidence?.data[joint] === 0) continue;
      for (let i = place; i < place + 3; i++) points[i] = Math.round((data[i] as number) * factor);
      if (missing && !points[place] && !points[place + 1] && !points[place + 2]) points[place + 2] = 1;
    }
    const bytes = Buffer.from(points.buffer);
    yield endianness() === 'BE' ? bytes.swap16() : bytes;
  }
}

/** One class a frame of the arrays; frames of further persons, which have no label of their own, get class 0. */
function packFrameLabels(
  samples: readonly SampleInput[],
  labels: readonly string[],
  sizes: readonly ClipSize[],
): Uint8Array | undefined {
  if (samples.every(({ frameLabels }) => frameLabels === undefined)) return undefined;
  const rows = samples.map(({ id, frameLabels }, index) => {
    const { persons, frames } = sizes[index] as ClipSize;
    const fits = frameLabels?.length === frames && frameLabels.every((label) => label < labels.length);
    if (!fits) {
      const expected = `${frames} labels of frames below ${labels.length}`;
      throw refuse(expected, frameLabels ? 'others' : 'none', undefined, `recording ${id}`);
    }
    return [frameLabels, new Uint8Array((persons - 1) * frames)];
  });
  return Buffer.concat(rows.flat());
}

function isLength({ unit }: Clip): boolean {
  return unit === 'meter' || unit === 'millimeter';
}

function refuse(expected: string, actual: string, hint?: string, what?: string): KinegraphError {
  const where = what ? `writeDataset: ${what}` : 'writeDataset';
  return new KinegraphError({ code: 'invalid-data', where, expected, actual, ...(hint ? { hint } : {}) });
}
