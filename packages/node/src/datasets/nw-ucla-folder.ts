/** NW-UCLA Multiview Action 3D as it is shared for skeletons: one `.json` file a recording (spec encoders §5). */
import { clip, kinect20, type Nested } from '@kinegraph/core';
import { parseNwUclaName } from '@kinegraph/core/train';
import type { Dataset, DatasetSample } from './dataset.ts';
import { filesWithin, isNwUclaFile } from './dataset-format.ts';
import { asInvalidData, invalidData, parseJsonRecord } from './json-record.ts';
import { type RecordingFile, readFiles } from './read-files.ts';
import type { ReaderOptions } from './reader.ts';

/** The numbers of its actions in file names, and their names; 7 and 10 are not in use. */
const actions: ReadonlyMap<number, string> = new Map([
  [1, 'pick up with one hand'],
  [2, 'pick up with two hands'],
  [3, 'drop trash'],
  [4, 'walk around'],
  [5, 'sit down'],
  [6, 'stand up'],
  [8, 'donning'],
  [9, 'doffing'],
  [11, 'throw'],
  [12, 'carry'],
]);
const numbers = [...actions.keys()];
const maxFrames = 100_000;

/**
 * Reads the `.json` files of a folder, `{ file_name, skeletons: [T][20][3], label }` each, named `a01_s02_e03_v01.json`.
 *
 * @throws `invalid-data` that names damaged files and fields, or if there is none; `io`; `aborted`.
 */
export async function readNwUclaFolder(folder: string, options: ReaderOptions): Promise<Dataset<DatasetSample>> {
  const files = await filesWithin(folder, isNwUclaFile);
  const { recordings, skipped } = await readFiles(folder, files, readRecording, options);
  return {
    name: 'NW-UCLA',
    license: 'not known',
    source: 'Wang et al., Cross-view Action Modeling, Learning and Recognition, CVPR 2014',
    up: 'y',
    unit: 'as the sensor gives it',
    layout: kinect20,
    labels: [...actions.values()],
    samples: recordings,
    skipped,
  };
}

function readRecording(text: string, { id, path }: RecordingFile): DatasetSample | undefined {
  const { action, subject, episode, view } = parseNwUclaName(id) as NonNullable<ReturnType<typeof parseNwUclaName>>;
  const label = actions.get(action);
  if (label === undefined) throw invalidData(path, `an action among ${numbers.join(', ')}`, `${action} in its name`);
  const file = parseJsonRecord(text, path);
  // Counted with or without the gaps.
  const fitting: readonly unknown[] = [undefined, numbers.indexOf(action) + 1, action];
  if (!fitting.includes(file.get('label'))) throw file.wrong('label', `${numbers.indexOf(action) + 1}`);
  const frames = file.list('skeletons', maxFrames);
  // Nested lists of anything: clip checks every number.
  const read = asInvalidData(`${path}, skeletons`, () => clip(kinect20, frames as Nested, { missing: 'zero' }));
  if (!read.confidence?.data.includes(1)) return undefined;
  const { confidence, ...whole } = read;
  return { id, subject, label, extra: { episode, view }, clip: confidence.data.includes(0) ? read : whole };
}
