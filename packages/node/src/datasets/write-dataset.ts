/** Writes recordings as a data set folder that readDataset reads. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Clip, KinegraphError, sameJoints } from '@kinegraph/core';
import { placeAtomic } from '../write-file-atomic.ts';
import { fileNames, maxNumbers, parseCatalog } from './catalog.ts';
import type { DatasetInfo, DatasetSample } from './dataset.ts';
import { parseJsonRecord } from './json-record.ts';

/** A recording to write. */
export type SampleInput = Omit<DatasetSample, 'extra'> & Partial<Pick<DatasetSample, 'extra'>>;

/** What {@link writeDataset} takes: recordings, and what the data set says about itself. */
export interface DatasetInput extends DatasetInfo {
  /** All of one layout and unit, of one person, in three dimensions. */
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
 * of confidence are not kept.
 *
 * @param folder is made; it may not have files yet.
 * @throws `invalid-data` naming the recording or field that does not fit; `io` if the folder cannot be written.
 * @example
 * await writeDataset('data/mine', { name: 'Mine', license: 'CC0-1.0', source: 'My own', fps: 30, samples });
 */
export async function writeDataset(folder: string, dataset: DatasetInput): Promise<void> {
  const { samples, labels = [...new Set(samples.flatMap(({ label }) => label ?? []))] } = dataset;
  const [first] = samples;
  if (!first) throw refuse('at least one recording', 'none');
  for (const sample of samples) checkFits(sample, first, dataset.fps);
  const missing = samples.some(({ clip }) => clip.confidence?.data.includes(0));
  const starts = startsOf(samples);
  const catalog = JSON.stringify({
    ...describe(dataset, first.clip, missing),
    ...(labels.length > 0 ? { labels } : {}),
    totalFrames: starts.total,
    clips: samples.map(({ id, subject, label, extra, clip }, index) => ({
      ...extra,
      id,
      ...(label === undefined ? {} : { label: labelIndex(id, label, labels) }),
      subject,
      start: starts.of[index],
      frames: clip.positions.shape[1],
    })),
  });
  // The reader's own checks, so that nothing is written that cannot be read.
  parseCatalog(parseJsonRecord(catalog, 'writeDataset'));
  const points = packPoints(samples, starts.total, missing);
  const frameLabels = packFrameLabels(samples, labels, starts.total);
  await checkEmpty(folder);
  await placeAtomic(folder, async (temporary) => {
    const pack = promisify(gzip);
    await mkdir(temporary);
    await writeFile(join(temporary, fileNames.catalog), catalog, { flush: true });
    await writeFile(join(temporary, fileNames.positions), await pack(points), { flush: true });
    if (frameLabels) await writeFile(join(temporary, fileNames.frameLabels), await pack(frameLabels), { flush: true });
  });
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

function startsOf(samples: readonly SampleInput[]) {
  let total = 0;
  const of = samples.map(({ clip }) => {
    const start = total;
    total += clip.positions.shape[1] as number;
    return start;
  });
  const joints = samples[0]?.clip.layout.joints.length as number;
  if (total * joints * 3 > maxNumbers) {
    throw refuse(`at most ${maxNumbers} numbers`, `${total} frames of ${joints} joints`, 'Write several data sets.');
  }
  return { total, of };
}

function checkFits({ id, clip }: SampleInput, first: SampleInput, fps: number): void {
  const [persons, , , dimensions] = clip.positions.shape;
  const where = `recording ${id}`;
  if (persons !== 1) {
    throw refuse('one person', `${persons}`, 'The format holds one person a recording: selectPersons().', where);
  }
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

function labelIndex(id: string, label: string, labels: readonly string[]): number {
  const index = labels.indexOf(label);
  if (index < 0) throw refuse(`a label among ${labels.join(', ')}`, `"${label}"`, undefined, `recording ${id}`);
  return index;
}

/** All positions as int16, `[totalFrames, joints, 3]`; with missing joints, a present one at the very origin moves by one step. */
function packPoints(samples: readonly SampleInput[], totalFrames: number, missing: boolean): Buffer {
  const joints = samples[0]?.clip.layout.joints.length as number;
  const points = new Int16Array(totalFrames * joints * 3);
  let place = 0;
  for (const { id, clip } of samples) {
    const factor = clip.unit === 'millimeter' ? 1 : 1000;
    const { data } = clip.positions;
    for (let joint = 0; joint < data.length / 3; joint++, place += 3) {
      if (clip.confidence?.data[joint] === 0) continue;
      for (let axis = 0; axis < 3; axis++) {
        const value = Math.round((data[joint * 3 + axis] as number) * factor);
        if (Math.abs(value) > largest) {
          const hint = 'Center the recording: the format reaches 32.767 units to each side.';
          throw refuse('positions within 32.767', `${value / 1000}`, hint, `recording ${id}`);
        }
        points[place + axis] = value;
      }
      if (missing && !points[place] && !points[place + 1] && !points[place + 2]) points[place + 2] = 1;
    }
  }
  const bytes = Buffer.from(points.buffer);
  return endianness() === 'BE' ? bytes.swap16() : bytes;
}

function packFrameLabels(
  samples: readonly SampleInput[],
  labels: readonly string[],
  totalFrames: number,
): Uint8Array | undefined {
  if (samples.every(({ frameLabels }) => frameLabels === undefined)) return undefined;
  const result = new Uint8Array(totalFrames);
  let start = 0;
  for (const { id, clip, frameLabels } of samples) {
    const frames = clip.positions.shape[1] as number;
    const fits = frameLabels?.length === frames && frameLabels.every((index) => index < labels.length);
    if (!fits) {
      const expected = `${frames} labels of frames below ${labels.length}`;
      throw refuse(expected, frameLabels ? 'others' : 'none', undefined, `recording ${id}`);
    }
    result.set(frameLabels, start);
    start += frames;
  }
  return result;
}

function isLength({ unit }: Clip): boolean {
  return unit === 'meter' || unit === 'millimeter';
}

function refuse(expected: string, actual: string, hint?: string, what?: string): KinegraphError {
  const where = what ? `writeDataset: ${what}` : 'writeDataset';
  return new KinegraphError({ code: 'invalid-data', where, expected, actual, ...(hint ? { hint } : {}) });
}
