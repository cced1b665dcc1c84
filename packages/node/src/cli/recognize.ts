/** `kinegraph recognize`: what a bundle sees in recordings. */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Classification, type Clip, classify, KinegraphError } from '@kinegraph/core';
import { readClipFile } from '../datasets/clip-file.ts';
import { readDataset } from '../datasets/read-dataset.ts';
import { loadModel } from './load.ts';
import { progressBar } from './progress-bar.ts';
import { percent, table } from './table.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** What commander makes of the arguments. */
export interface RecognizeArguments extends CommonOptions {
  readonly top: number;
  readonly only?: readonly string[];
  readonly threads?: number;
}

/** A recording from a file or from a data set folder. */
interface Found {
  readonly file: string;
  readonly id?: string;
  readonly label?: string;
  readonly clip: Clip;
}

/** Recordings between two looks at the signal. */
const chunk = 32;

/** Runs the command. */
export async function recognize(
  modelFile: string,
  files: readonly string[],
  args: RecognizeArguments,
  terminal: Terminal,
): Promise<void> {
  await using model = await loadModel(modelFile, args.threads, terminal);
  const found: Found[] = [];
  for (const file of files) found.push(...(await readRecordings(file, terminal)));
  const wanted = args.only ? pick(found, args.only) : found;
  using bar = progressBar(terminal, 'recognize');
  for (let start = 0; start < wanted.length; start += chunk) {
    const part = wanted.slice(start, start + chunk);
    const clips = part.map(({ clip }) => clip);
    const results: Classification[][] = await classify(model, clips, { top: args.top, signal: terminal.signal });
    bar[Symbol.dispose]();
    if (args.json) for (const [row, classes] of results.entries()) terminal.print(toJson(part[row] as Found, classes));
    else
      for (const line of table(results.map((classes, row) => toCells(part[row] as Found, classes))))
        terminal.print(line);
    bar.update(Math.min(start + chunk, wanted.length), wanted.length);
  }
}

async function readRecordings(file: string, { signal }: Terminal): Promise<readonly Found[]> {
  const entry = await stat(file).catch(() => undefined);
  if (entry?.isDirectory()) {
    const { samples } = await readDataset(file, { classes: 'none', signal });
    return samples.map(({ id, label, clip }) => ({ file, id, clip, ...(label === undefined ? {} : { label }) }));
  }
  if (!entry || extname(file) === '.json') return [{ file, clip: await readClipFile(file) }];
  throw new KinegraphError({
    code: 'unsupported',
    where: file,
    expected: 'a data set folder, or a clip as .json',
    actual: extname(file) || 'a file without an ending',
    hint: 'docs/guide/command.md describes both.',
  });
}

function pick(found: readonly Found[], ids: readonly string[]): readonly Found[] {
  return ids.map((id) => {
    const match = found.find((candidate) => candidate.id === id);
    if (match) return match;
    throw new KinegraphError({
      code: 'not-found',
      where: '--only',
      expected: 'ids of recordings in the folders that were named',
      actual: `"${id}"`,
    });
  });
}

function toJson({ file, id, label }: Found, classes: readonly Classification[]): string {
  const top = classes.map((found) => ({ label: found.label, score: Number(found.score.toPrecision(6)) }));
  return JSON.stringify({ file, ...(id === undefined ? {} : { id }), ...(label === undefined ? {} : { label }), top });
}

function toCells({ file, id, label }: Found, classes: readonly Classification[]): string[] {
  const verdict = label === undefined ? [] : [label === classes[0]?.label ? '✓' : '✗'];
  return [id ?? file, ...verdict, ...classes.map((found) => `${found.label} ${percent(found.score)}`)];
}
