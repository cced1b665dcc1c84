/** Pickles of pyskl and mmaction2: one file with the recordings of a data set and its splits. */
import { createReadStream } from 'node:fs';
import { basename, extname } from 'node:path';
import { KinegraphError, ntu25, throwIfAborted } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import { isNtu60, parseNtuName } from '@kinegraph/core/train';
import { containerGlobals } from '../pickle/container-globals.ts';
import { readPickle } from '../pickle/read-pickle.ts';
import { withClip } from './clip-on-demand.ts';
import type { Dataset, DatasetSample } from './dataset.ts';
import { fileSize, invalidData } from './json-record.ts';
import { ntuEditions, ntuLabels } from './ntu-folder.ts';
import { numpyGlobals } from './numpy-globals.ts';
import { type PickleRecord, pickleRecord } from './pickle-record.ts';
import { type Annotation, readAnnotation } from './pyskl-annotation.ts';
import type { ReaderOptions } from './reader.ts';

/**
 * Reads a pickle `{ split: { name: [id] }, annotations: [{ frame_dir, label, keypoint, keypoint_score?, img_shape? }] }`; nothing in it is
 * run. The numbers stay in memory as they are stored; clips are made of them when asked for.
 *
 * `keypoint` is `[M, T, V, 3]`, taken as it is, or `[M, T, V, 2]` in pixels, brought to -1..1 by the size of the image. Splits such as
 * `xsub_train` and `xsub_val` become the protocol `xsub`, `train` and `val` the protocol `split`.
 *
 * @throws `invalid-data` naming the annotation and field that does not fit, or what the pickle would run; `not-found`; `io`; `aborted`.
 */
export async function readPysklFile(path: string, options: ReaderOptions): Promise<Dataset<DatasetSample>> {
  const { pyskl = {}, signal } = options;
  checkOptions('readDataset: pyskl', pyskl, ['labels', 'layout']);
  const bytes = await readWhole(path, options);
  const file = pickleRecord(unpickle(path, bytes), path);
  const annotations = file.list('annotations').map((item, index) => {
    throwIfAborted(signal, path);
    return readAnnotation(pickleRecord(item, `${path}, annotations[${index}]`), pyskl.layout);
  });
  checkAlike(path, annotations);
  const splits = readSplits(pickleRecord(file.get('split') ?? new Map(), `${path}, split`));
  const edition = ntuEdition(annotations);
  const labels = pyskl.labels ?? (edition ? ntuLabels(edition) : numberedLabels(annotations));
  const samples = annotations.flatMap((annotation) => readSample(path, annotation, labels, splits) ?? []);
  const [first] = samples;
  if (!first) throw invalidData(path, 'recordings with somebody in them', `none of ${annotations.length}`);
  const { layout, unit = 'not said' } = first.clip;
  return {
    ...describe(path, edition),
    ...(layout === ntu25 && unit === 'meter' ? { up: 'y' as const } : {}),
    unit,
    layout,
    labels,
    samples,
    skipped: annotations.filter(({ makeClip }) => !makeClip).map(({ id }) => ({ id, reason: 'nobody in any frame' })),
  };
}

function unpickle(path: string, bytes: Uint8Array): unknown {
  try {
    return readPickle(bytes, { globals: { ...containerGlobals, ...numpyGlobals }, where: path }).value;
  } catch (error) {
    if (!KinegraphError.is(error) || error.where.startsWith(path)) throw error;
    const { where, expected, actual, hint } = error;
    throw invalidData(`${path}: ${where}`, expected, actual, hint);
  }
}

function readSample(
  path: string,
  { id, label, makeClip }: Annotation,
  labels: readonly string[],
  splits: ReadonlyMap<string, Readonly<Record<string, Side>>>,
): DatasetSample | undefined {
  if (!makeClip) return undefined;
  const name = labels[label];
  if (name === undefined) throw invalidData(path, `a label below ${labels.length} for ${id}`, `${label}`);
  return withClip({ id, subject: parseNtuName(id)?.subject ?? id, label: name, extra: splits.get(id) ?? {} }, makeClip);
}

function checkAlike(path: string, annotations: readonly Annotation[]): void {
  const seen = new Set<string>();
  for (const { id, layout } of annotations) {
    if (seen.has(id)) throw invalidData(path, 'every frame_dir once', `${id} twice`);
    seen.add(id);
    const first = annotations[0]?.layout;
    if (layout !== first) throw invalidData(path, `layout ${first?.id} throughout`, `${layout.id} for ${id}`);
  }
}

/** Whether these are recordings of NTU RGB+D, by their names and labels. */
function ntuEdition(annotations: readonly Annotation[]): 'ntu60' | 'ntu120' | undefined {
  const names = annotations.map(({ id }) => parseNtuName(id));
  const fit = names.every((name, index) => name && name.action - 1 === annotations[index]?.label);
  if (!fit) return undefined;
  return names.every((name) => name && isNtu60(name)) ? 'ntu60' : 'ntu120';
}

function numberedLabels(annotations: readonly Annotation[]): readonly string[] {
  const last = annotations.reduce((most, { label }) => Math.max(most, label), 0);
  return Array.from({ length: last + 1 }, (_, label) => `class ${label}`);
}

function describe(path: string, edition: 'ntu60' | 'ntu120' | undefined): Pick<Dataset, 'name' | 'license' | 'source'> {
  if (!edition)
    return { name: basename(path, extname(path)), license: 'not said', source: `the pickle ${basename(path)}` };
  const { name, license, source } = ntuEditions[edition];
  return { name, license, source };
}

type Side = 'train' | 'test';

/** For each recording, `split` or `split:<name>` and its side; a test side goes before a validation side. */
function readSplits(splits: PickleRecord): ReadonlyMap<string, Readonly<Record<string, Side>>> {
  const sides = new Map<string, Record<string, Side>>();
  const has = (name: string) => splits.keys.includes(name);
  for (const name of splits.keys) {
    const [, before = '', side, after = ''] = /^(?:(.+)_)?(train|val|test)(\d*)$/.exec(name) ?? [];
    if (side === undefined || (side === 'val' && has(name.replace(/val(\d*)$/, 'test$1')))) continue;
    const field = before || after ? `split:${before || 'split'}${after}` : 'split';
    for (const id of splits.list(name)) {
      if (typeof id !== 'string') throw invalidData(`${splits.where}, ${name}`, 'names of recordings', typeof id);
      const own = sides.get(id) ?? {};
      const wanted = side === 'train' ? 'train' : 'test';
      if ((own[field] ?? wanted) !== wanted)
        throw invalidData(splits.where, 'every recording on one side', `${id} on both`);
      own[field] = wanted;
      sides.set(id, own);
    }
  }
  return sides;
}

/** A whole file, of any length. */
async function readWhole(path: string, { signal, onProgress }: ReaderOptions): Promise<Uint8Array> {
  const total = await fileSize(path);
  const bytes = new Uint8Array(total);
  let loaded = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 22, end: total })) {
      throwIfAborted(signal, path);
      bytes.set(chunk, loaded);
      loaded += chunk.length;
      onProgress?.({ loaded, total });
    }
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    const actual = (cause as Error).message;
    throw new KinegraphError({ code: 'io', where: path, expected: 'a file that can be read', actual, cause });
  }
  return bytes;
}
