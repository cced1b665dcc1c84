/** `kinegraph calibrate`: learns how close is close enough for galleries, and writes it into a bundle. */
import { calibrateThreshold, createRandom, embed, readBundle, sealBundle } from '@kinegraph/core';
import type { Classes } from '../datasets/classes.ts';
import type { NtuBodies } from '../datasets/ntu-bodies.ts';
import { writeFileAtomic } from '../write-file-atomic.ts';
import { loadDataset, loadModel, readInput } from './load.ts';
import { checkPlace } from './save.ts';
import { type Protocol, splitDataset } from './split.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** What commander makes of the arguments. */
export interface CalibrateArguments extends CommonOptions {
  readonly data: string;
  readonly classes: Extract<Classes, 'label' | 'label-correct'>;
  readonly protocol: Protocol;
  readonly bodies?: NtuBodies;
  readonly enrolled: number;
  readonly out?: string;
  readonly threads?: number;
}

/** The most recordings that are compared with each other; a threshold does not get better by more. */
const maxRecordings = 2000;

/** Runs the command. */
export async function calibrate(file: string, args: CalibrateArguments, terminal: Terminal): Promise<void> {
  const { out = file, enrolled, protocol } = args;
  await checkPlace('--out', out);
  const bytes = await readInput(file);
  await using model = await loadModel(file, args.threads, terminal);
  const dataset = await loadDataset(args.data, args.classes, terminal, protocol, args.bodies);
  const { test } = splitDataset(dataset, protocol);
  const chosen = createRandom(1).shuffle(test).slice(0, maxRecordings);
  const clips = chosen.map(({ clip }) => clip);
  const labels = chosen.map(({ label }) => label);
  const embeddings = await embed(model, clips, { signal: terminal.signal });
  const threshold = Number(calibrateThreshold(embeddings, labels, { enrolled }).toPrecision(6));
  const { weights: _, ...manifest } = readBundle(bytes).manifest;
  await writeFileAtomic(out, sealBundle(bytes, { ...manifest, threshold }));
  const found = { out, data: dataset.name, protocol, count: clips.length, labels: new Set(labels).size, threshold };
  if (args.json) terminal.print(JSON.stringify(found));
  else terminal.print(`${out}: threshold ${threshold}, of ${found.count} recordings of ${found.labels} classes`);
}
