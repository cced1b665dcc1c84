/** `kinegraph enroll`: teaches a gallery actions by one example each, and removes them. */
import { type Augmentation, type Gallery, KinegraphError } from '@kinegraph/core';
import { augmentations } from './augmentations.ts';
import { contentsOf, readFilled, readOrBegin, writeGallery } from './gallery-file.ts';
import { loadModel } from './load.ts';
import { progressBar } from './progress-bar.ts';
import { type Found, readRecordings } from './recordings.ts';
import { checkPlace } from './save.ts';
import { table } from './table.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** What commander makes of the arguments. */
export interface EnrollArguments extends CommonOptions {
  readonly gallery: string;
  readonly name?: string;
  readonly only?: readonly string[];
  readonly augment?: readonly string[];
  readonly copies: number;
  readonly remove?: string;
  /** Counted from 1. */
  readonly example?: number;
  readonly threads?: number;
}

/** Runs the command. */
export async function enroll(
  modelFile: string,
  files: readonly string[],
  args: EnrollArguments,
  terminal: Terminal,
): Promise<void> {
  const { remove, example } = args;
  if (files.length > 0 === (remove !== undefined)) {
    throw refuse('enroll', 'recordings to enroll or --remove <name>', files.length > 0 ? 'both' : 'neither');
  }
  if (example !== undefined && remove === undefined) throw refuse('--example', '--remove <name> with it', 'none');
  await checkPlace('--gallery', args.gallery);
  await using model = await loadModel(modelFile, args.threads, terminal);
  const gallery = await (remove === undefined ? readOrBegin : readFilled)(args.gallery, model);
  const change =
    remove === undefined
      ? { enrolled: await addAll(gallery, await readRecordings(files, args.only, terminal), args, terminal) }
      : { removed: takeAway(gallery, remove, example) };
  await writeGallery(args.gallery, gallery);
  const contents = contentsOf(gallery);
  if (args.json) {
    terminal.print(
      JSON.stringify({ gallery: args.gallery, ...change, threshold: gallery.threshold, labels: contents }),
    );
    return;
  }
  const rows = contents.map(({ label, examples }) => [label, `${examples} example${examples === 1 ? '' : 's'}`]);
  for (const line of table(rows)) terminal.print(line);
  if (contents.length === 0) terminal.note(`${args.gallery} has no examples now.`);
}

async function addAll(
  gallery: Gallery,
  recordings: readonly Found[],
  { name, augment, copies }: EnrollArguments,
  terminal: Terminal,
) {
  const named = recordings.map((recording) => ({ ...recording, label: name ?? labelOf(recording) }));
  using bar = progressBar(terminal, 'enroll');
  for (const [index, { clip, label }] of named.entries()) {
    const changes: Augmentation[] = augment ? augmentations(augment, { layout: clip.layout, up: 'y' }) : [];
    const how = changes.length > 0 ? { augment: changes, copies } : {};
    await gallery.enrol(label, clip, { ...how, signal: terminal.signal });
    bar.update(index + 1, named.length);
  }
  return named.map(({ file, id, label }) => ({ file, ...(id === undefined ? {} : { id }), label }));
}

function labelOf({ file, id, label }: Found): string {
  if (label !== undefined) return label;
  const hint = 'Recordings of data sets have labels, which are taken if there is no --name.';
  throw refuse('--name', 'what the recording shows', `none for ${id ?? file}`, hint);
}

function takeAway(gallery: Gallery, label: string, example: number | undefined) {
  const examples = gallery.count(label);
  if (examples === 0) {
    throw refuse(
      '--remove',
      `a name among ${gallery.labels.join(', ')}`,
      JSON.stringify(label),
      undefined,
      'not-found',
    );
  }
  if (example !== undefined && example > examples) {
    throw refuse('--example', `an example of ${label} from 1 to ${examples}`, `${example}`, undefined, 'not-found');
  }
  gallery.remove(label, example === undefined ? undefined : example - 1);
  return { label, ...(example === undefined ? {} : { example }) };
}

function refuse(
  where: string,
  expected: string,
  actual: string,
  hint?: string,
  code: 'invalid-argument' | 'not-found' = 'invalid-argument',
): KinegraphError {
  return new KinegraphError({ code, where, expected, actual, ...(hint ? { hint } : {}) });
}
