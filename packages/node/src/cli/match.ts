/** `kinegraph match`: which actions of a gallery recordings show, or none of them. */
import type { Gallery, Match } from '@kinegraph/core';
import { readFilled } from './gallery-file.ts';
import { loadModel } from './load.ts';
import { progressBar } from './progress-bar.ts';
import { type Found, readRecordings } from './recordings.ts';
import { table } from './table.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** What commander makes of the arguments. */
export interface MatchArguments extends CommonOptions {
  readonly gallery: string;
  readonly top: number;
  readonly threshold?: number;
  readonly only?: readonly string[];
  readonly threads?: number;
}

/** Recordings between two looks at the signal. */
const chunk = 32;
/** Below every score, so that the nearest label is known even where it is too far away. */
const lowest = -2;

/** Runs the command. */
export async function matchRecordings(
  modelFile: string,
  files: readonly string[],
  args: MatchArguments,
  terminal: Terminal,
): Promise<void> {
  await using model = await loadModel(modelFile, args.threads, terminal);
  const gallery = await readFilled(args.gallery, model);
  const recordings = await readRecordings(files, args.only, terminal);
  const { threshold = gallery.threshold, top } = args;
  using bar = progressBar(terminal, 'match');
  for (let start = 0; start < recordings.length; start += chunk) {
    const part = recordings.slice(start, start + chunk);
    const clips = part.map(({ clip }) => clip);
    const all = await gallery.match(clips, { threshold: lowest, signal: terminal.signal });
    bar[Symbol.dispose]();
    const answers = part.map((recording, row) => {
      const ranked = all[row] as Match[];
      const close = ranked.filter(({ score }) => score >= threshold).slice(0, top);
      return { recording, close, nearest: ranked[0] as Match };
    });
    if (args.json) for (const answer of answers) terminal.print(toJson(answer, threshold));
    else for (const line of table(answers.map((answer) => toCells(answer, gallery)))) terminal.print(line);
    bar.update(Math.min(start + chunk, recordings.length), recordings.length);
  }
}

/** What the gallery says about a recording. */
interface Answer {
  readonly recording: Found;
  /** Best first; empty for an unknown action. */
  readonly close: readonly Match[];
  readonly nearest: Match;
}

function toJson({ recording: { file, id, label }, close, nearest }: Answer, threshold: number): string {
  const rounded = (match: Match) => ({ label: match.label, score: Number(match.score.toPrecision(6)) });
  return JSON.stringify({
    file,
    ...(id === undefined ? {} : { id }),
    ...(label === undefined ? {} : { label }),
    threshold,
    top: close.map(rounded),
    nearest: rounded(nearest),
  });
}

/** An action that was not enrolled is rightly unknown. */
function toCells({ recording: { file, id, label }, close, nearest }: Answer, gallery: Gallery): string[] {
  const expected = label !== undefined && gallery.count(label) > 0 ? label : undefined;
  const verdict = label === undefined ? [] : [close[0]?.label === expected ? '✓' : '✗'];
  const show = ({ label: name, score }: Match) => `${name} ${score.toFixed(3)}`;
  const found = close.length > 0 ? close.map(show) : [`unknown (nearest: ${show(nearest)})`];
  return [id ?? file, ...verdict, ...found];
}
