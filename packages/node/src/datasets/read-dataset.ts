/** Reads a data set of any of the known formats. */
import { KinegraphError } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import { byCorrectness, byFrame, byLabel, type Classes } from './classes.ts';
import type { Dataset, DatasetSample, FrameLabeledSample } from './dataset.ts';
import { type DatasetFormat, datasetFormats, detectFormat } from './dataset-format.ts';
import { readNtuFolder } from './ntu-folder.ts';
import { readNwUclaFolder } from './nw-ucla-folder.ts';
import { readPlainFolder } from './plain-folder.ts';
import { readPysklFile } from './pyskl-file.ts';
import type { ReaderOptions } from './reader.ts';

/** What {@link readDataset} takes beside the path. */
export interface ReadDatasetOptions<C extends Classes = Classes> extends ReaderOptions {
  /** What counts as a class. Default: `label`. */
  readonly classes?: C | undefined;
  /** The format; by default it is told by what lies at the path. */
  readonly format?: DatasetFormat | undefined;
}

const allClasses: readonly Classes[] = ['label', 'label-correct', 'frame', 'none'];
const optionNames = ['classes', 'format', 'signal', 'onProgress', 'skipDamaged', 'ntu', 'pyskl'];

const readers: Readonly<
  Record<DatasetFormat, (path: string, options: ReaderOptions) => Promise<Dataset<DatasetSample>>>
> = { kinegraph: readPlainFolder, ntu: readNtuFolder, 'nw-ucla': readNwUclaFolder, pyskl: readPysklFile };

/**
 * Reads a data set (docs/guide/datasets.md), trusting nothing: a folder in Kinegraph's plain format, the `.skeleton` files of NTU RGB+D,
 * the `.json` files of NW-UCLA, or a pickle of pyskl.
 *
 * Positions come in meters where the data set has a unit of length. A sample's clip is made when it is asked for, so that large data sets
 * fit in memory; keep it in a variable rather than asking twice.
 *
 * @throws `not-found` or `io` if a file cannot be read; `invalid-data` naming the file and field that does not fit, or the clip that
 * has no label; `invalid-layout` if joints and parents do not make a skeleton; `invalid-argument` for unknown options; `aborted`.
 * @example
 * const { samples, labels, layout } = await readDataset('data/exercises');
 * samples[0]; // { clip, label: 'deep squat', subject: 1, id: 'm01_s01_e01', extra: { correct: true } }
 */
export function readDataset(path: string, options?: ReadDatasetOptions<'label' | 'label-correct'>): Promise<Dataset>;
export function readDataset(path: string, options: ReadDatasetOptions<'frame'>): Promise<Dataset<FrameLabeledSample>>;
export function readDataset(path: string, options: ReadDatasetOptions): Promise<Dataset<DatasetSample>>;
export async function readDataset(path: string, options: ReadDatasetOptions = {}): Promise<Dataset<DatasetSample>> {
  if (typeof path !== 'string' || path === '') throw refuse('the path of a data set', describe(path));
  checkOptions('readDataset', options, optionNames);
  const { classes = 'label', format, ...readerOptions } = options;
  checkWord('classes', classes, allClasses);
  if (format !== undefined) checkWord('format', format, datasetFormats);
  const dataset = await readers[format ?? (await detectFormat(path))](path, readerOptions);
  if (classes === 'label') return { ...dataset, ...byLabel(path, dataset) };
  if (classes === 'label-correct') return { ...dataset, ...byCorrectness(path, dataset) };
  if (classes === 'frame') return { ...dataset, ...byFrame(path, dataset) };
  return dataset;
}

function checkWord(name: string, word: string, words: readonly string[]): void {
  if (!words.includes(word)) throw refuse(`${name} among ${words.join(', ')}`, describe(word));
}

function describe(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

function refuse(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where: 'readDataset', expected, actual });
}
