/** clips.json, the catalog of a data set: parsed, and every number checked against the others. */
import { join } from 'node:path';
import type { UpAxis } from '@kinegraph/core';
import type { DatasetInfo, DatasetSample } from './dataset.ts';
import { invalidData, type JsonRecord, jsonRecord, readJsonFile } from './json-record.ts';

/** The files of a data set folder. */
export const fileNames = { catalog: 'clips.json', positions: 'clips.i16.gz', frameLabels: 'labels.u8.gz' } as const;

/** The most numbers in one data set: 2^30, two gigabytes of int16. */
export const maxNumbers = 2 ** 30;
const maxCatalogBytes = 2 ** 26;
const maxJoints = 1024;
const maxPersons = 64;
const maxClips = 1_000_000;
const maxClasses = 256;
const upAxes: readonly UpAxis[] = ['y', 'z', '-y', '-z'];

/** The contents of clips.json. */
export interface Catalog extends DatasetInfo {
  readonly unit: string;
  readonly joints: readonly string[];
  readonly parents?: readonly number[];
  /** Whether a point at zero means that the joint was not seen. */
  readonly missingIsZero: boolean;
  readonly labels: readonly string[];
  readonly totalFrames: number;
  readonly clips: readonly CatalogEntry[];
}

/** One recording's line of the catalog. */
export interface CatalogEntry extends Pick<DatasetSample, 'id' | 'subject' | 'extra'> {
  /** Position among the labels. */
  readonly label?: number;
  /** Its first frame in the arrays, of the first person. */
  readonly start: number;
  /** Frames of each person, one person after the other. */
  readonly frames: number;
  readonly persons: number;
}

const ownKeys: ReadonlySet<string> = new Set(['id', 'label', 'subject', 'start', 'frames', 'persons']);

/**
 * Reads and checks the catalog of a data set folder.
 *
 * @throws `not-found` or `io` if the file cannot be read; `invalid-data` naming the field that does not fit.
 */
export async function readCatalog(folder: string): Promise<Catalog> {
  return parseCatalog(await readJsonFile(join(folder, fileNames.catalog), maxCatalogBytes));
}

/**
 * Checks a parsed catalog.
 *
 * @throws `invalid-data` naming the field that does not fit.
 */
export function parseCatalog(file: JsonRecord): Catalog {
  const joints = texts(file, 'joints', maxJoints);
  const labels = file.get('labels') === undefined ? [] : texts(file, 'labels', maxClasses);
  const totalFrames = file.whole('totalFrames', 1, Math.floor(maxNumbers / (joints.length * 3)));
  return {
    ...readInfo(file),
    unit: file.text('unit'),
    joints,
    ...(file.get('parents') === undefined ? {} : { parents: readParents(file, joints.length) }),
    missingIsZero: readMissing(file),
    labels,
    totalFrames,
    clips: readEntries(file, labels, totalFrames),
  };
}

function readInfo(file: JsonRecord): DatasetInfo {
  const fps = file.get('fps');
  if (typeof fps !== 'number' || !(fps > 0 && fps <= 100_000)) {
    throw file.wrong('fps', 'frames a second, above 0 and at most 100000');
  }
  const up = file.get('up');
  if (up !== undefined && !isUpAxis(up)) throw file.wrong('up', upAxes.join(', '));
  return {
    name: file.text('name'),
    license: file.text('license'),
    source: file.text('source'),
    ...(file.get('note') === undefined ? {} : { note: file.text('note') }),
    ...(up ? { up } : {}),
    fps,
  };
}

function isUpAxis(value: unknown): value is UpAxis {
  return upAxes.some((axis) => axis === value);
}

function readMissing(file: JsonRecord): boolean {
  const missing = file.get('missing');
  if (missing !== undefined && missing !== 'zero') throw file.wrong('missing', '"zero", or no such field');
  return missing === 'zero';
}

/** Whole numbers in -1..joints-1; the layout checks that they make a tree. */
function readParents(file: JsonRecord, joints: number): readonly number[] {
  const parents = file.list('parents', maxJoints);
  const fits = (parent: unknown): parent is number =>
    typeof parent === 'number' && Number.isInteger(parent) && parent >= -1 && parent < joints;
  if (parents.length !== joints || !parents.every(fits)) {
    throw file.wrong('parents', `${joints} positions of joints, -1 for the root`);
  }
  return parents;
}

function texts(file: JsonRecord, key: string, longest: number): readonly string[] {
  const list = file.list(key, longest);
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    if (typeof item !== 'string' || item.length < 1 || item.length > 200) {
      throw invalidData(file.where, `${key}[${index}]: text of 1 to 200 characters`, JSON.stringify(item) ?? 'none');
    }
    if (seen.has(item)) throw invalidData(file.where, `${key}: every name once`, `"${item}" twice`);
    seen.add(item);
  }
  return [...seen];
}

function readEntries(file: JsonRecord, labels: readonly string[], totalFrames: number): readonly CatalogEntry[] {
  const seen = new Set<string>();
  return file.list('clips', maxClips).map((item, index) => {
    const entry = jsonRecord(item, `${file.where}, clips[${index}]`);
    const id = entry.text('id', 200);
    if (seen.has(id)) throw entry.wrong('id', 'an id that no other clip has');
    seen.add(id);
    const start = entry.whole('start', 0, totalFrames - 1);
    const persons = entry.get('persons') === undefined ? 1 : entry.whole('persons', 1, maxPersons);
    return {
      id,
      subject: readSubject(entry),
      ...(entry.get('label') === undefined ? {} : { label: entry.whole('label', 0, labels.length - 1) }),
      extra: readExtra(entry),
      start,
      frames: entry.whole('frames', 1, Math.floor((totalFrames - start) / persons)),
      persons,
    };
  });
}

function readSubject(entry: JsonRecord): number | string {
  const subject = entry.get('subject');
  if (typeof subject === 'number' && Number.isSafeInteger(subject)) return subject;
  if (typeof subject === 'string' && subject.length > 0 && subject.length <= 200) return subject;
  throw entry.wrong('subject', 'a whole number or a name');
}

function readExtra(entry: JsonRecord): DatasetSample['extra'] {
  const extra: Record<string, string | number | boolean> = {};
  for (const key of entry.keys) {
    const value = entry.get(key);
    if (ownKeys.has(key)) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') extra[key] = value;
  }
  return extra;
}
