/** `kinegraph recognize`: what a bundle sees in recordings. */
import { type Classification, classify } from '@kinegraph/core';
import { loadModel } from './load.ts';
import { progressBar } from './progress-bar.ts';
import { type Found, readRecordings } from './recordings.ts';
import { percent, table } from './table.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** What commander makes of the arguments. */
export interface RecognizeArguments extends CommonOptions {
  readonly top: number;
  readonly only?: readonly string[];
  readonly threads?: number;
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
  const wanted = await readRecordings(files, args.only, terminal);
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

function toJson({ file, id, label }: Found, classes: readonly Classification[]): string {
  const top = classes.map((found) => ({ label: found.label, score: Number(found.score.toPrecision(6)) }));
  return JSON.stringify({ file, ...(id === undefined ? {} : { id }), ...(label === undefined ? {} : { label }), top });
}

function toCells({ file, id, label }: Found, classes: readonly Classification[]): string[] {
  const verdict = label === undefined ? [] : [label === classes[0]?.label ? '✓' : '✗'];
  return [id ?? file, ...verdict, ...classes.map((found) => `${found.label} ${percent(found.score)}`)];
}
