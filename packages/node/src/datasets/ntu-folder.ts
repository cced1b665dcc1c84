/** NTU RGB+D 60 and 120 as they are distributed: folders of `.skeleton` files. */
import { type Clip, clip, KinegraphError, ntu25 } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import { isNtu60, parseNtuName } from '@kinegraph/core/train';
import { withClip } from './clip-on-demand.ts';
import type { Dataset, DatasetInfo, DatasetSample } from './dataset.ts';
import { filesWithin, isNtuFile } from './dataset-format.ts';
import { invalidData } from './json-record.ts';
import { type NtuBodies, type NtuPersons, selectBodies } from './ntu-bodies.ts';
import { ntu120Labels } from './ntu-labels.ts';
import { ntuMissing } from './ntu-missing.ts';
import { parseNtuSkeleton } from './ntu-skeleton-file.ts';
import { type RecordingFile, readFiles } from './read-files.ts';
import type { NtuOptions, ReaderOptions } from './reader.ts';

/** Kinect v2's. */
const fps = 30;

/** What the two editions say about themselves. */
export const ntuEditions: Readonly<Record<'ntu60' | 'ntu120', DatasetInfo>> = {
  ntu60: {
    name: 'NTU RGB+D 60',
    license: 'terms of the ROSE Lab, for academic research',
    source: 'Shahroudy et al., CVPR 2016, https://rose1.ntu.edu.sg/dataset/actionRecognition',
    up: 'y',
    fps,
  },
  ntu120: {
    name: 'NTU RGB+D 120',
    license: 'terms of the ROSE Lab, for academic research',
    source: 'Liu et al., TPAMI 2019, https://rose1.ntu.edu.sg/dataset/actionRecognition',
    up: 'y',
    fps,
  },
};

/** The names of an edition's classes. */
export function ntuLabels(edition: 'ntu60' | 'ntu120'): readonly string[] {
  return edition === 'ntu60' ? ntu120Labels.slice(0, 60) : ntu120Labels;
}

/**
 * Reads the `.skeleton` files of a folder and of the folders in it, without those that the authors list as incomplete.
 *
 * @throws `invalid-data` that names damaged files and their lines, for a recording that is there twice, or if there is none;
 * `invalid-argument` for unknown options; `io`; `aborted`.
 */
export async function readNtuFolder(folder: string, options: ReaderOptions): Promise<Dataset<DatasetSample>> {
  const files = await filesWithin(folder, isNtuFile);
  const { edition, bodies, singleActor } = settle(options.ntu, files);
  checkNames(folder, files);
  const wanted = edition === 'ntu60' ? files.filter(({ id }) => isNtu60(nameOf(id))) : files;
  const missing = wanted.filter(({ id }) => ntuMissing.has(id));
  const { recordings, skipped } = await readFiles(
    folder,
    wanted.filter(({ id }) => !ntuMissing.has(id)),
    (text, file) => readRecording(text, file, bodies, singleActor),
    options,
  );
  const listed = missing.map(({ id }) => ({ id, reason: 'its authors list it as missing or incomplete' }));
  return {
    ...ntuEditions[edition],
    unit: 'meter',
    layout: ntu25,
    labels: ntuLabels(edition),
    samples: recordings,
    skipped: [...listed, ...skipped],
  };
}

function readRecording(
  text: string,
  { id, path }: RecordingFile,
  bodies: NtuBodies,
  singleActor: 'zero' | 'copy',
): DatasetSample | undefined {
  const selected = selectBodies(parseNtuSkeleton(text, path), bodies);
  if (!selected) return undefined;
  const { subject, action, setup, camera, replication } = nameOf(id);
  const label = ntu120Labels[action - 1] as string;
  return withClip({ id, subject, label, extra: { setup, camera, replication } }, clipMaker(selected, singleActor));
}

/** Only the persons that were seen are kept; a copy is made with the clip. */
function clipMaker({ persons, positions }: NtuPersons, singleActor: 'zero' | 'copy'): () => Clip {
  const options = { fps, unit: 'meter' as const, ...(hasMissing(positions) ? { missing: 'zero' as const } : {}) };
  if (persons > 1 || singleActor === 'zero') return () => clip(ntu25, positions, { ...options, persons });
  return () => {
    const both = new Float32Array(2 * positions.length);
    both.set(positions);
    both.set(positions, positions.length);
    return clip(ntu25, both, { ...options, persons: 2 });
  };
}

function hasMissing(positions: Float32Array): boolean {
  for (let i = 0; i < positions.length; i += 3) {
    if (positions[i] === 0 && positions[i + 1] === 0 && positions[i + 2] === 0) return true;
  }
  return false;
}

function settle(options: NtuOptions = {}, files: readonly RecordingFile[]) {
  checkOptions('readDataset: ntu', options, ['bodies', 'edition', 'singleActor']);
  const hasMore = files.some(({ id }) => {
    const name = parseNtuName(id);
    return name !== undefined && !isNtu60(name);
  });
  const { edition = hasMore ? 'ntu120' : 'ntu60', bodies = 'denoised' } = options;
  const { singleActor = edition === 'ntu120' && bodies === 'denoised' ? 'copy' : 'zero' } = options;
  checkWord('edition', edition, ['ntu60', 'ntu120']);
  checkWord('bodies', bodies, ['first-two', 'energy', 'denoised']);
  checkWord('singleActor', singleActor, ['zero', 'copy']);
  return { edition, bodies, singleActor };
}

function checkWord(name: string, word: string, words: readonly string[]): void {
  if (words.includes(word)) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where: 'readDataset: ntu',
    expected: `${name} among ${words.join(', ')}`,
    actual: JSON.stringify(word),
  });
}

function checkNames(folder: string, files: readonly RecordingFile[]): void {
  const seen = new Set<string>();
  for (const { id, path } of files) {
    const action = parseNtuName(id)?.action;
    if (action === undefined || action > ntu120Labels.length) {
      throw invalidData(path, 'a name such as S001C002P003R002A013, with actions from 1 to 120', `${id}`);
    }
    if (seen.has(id)) throw invalidData(folder, 'every recording once', `${id} in two folders`);
    seen.add(id);
  }
}

/** Of a name that {@link checkNames} has passed. */
function nameOf(id: string) {
  return parseNtuName(id) as NonNullable<ReturnType<typeof parseNtuName>>;
}
