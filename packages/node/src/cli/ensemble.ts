/** `kinegraph ensemble`: one bundle of several, such as the streams of one encoder. */
import { basename } from 'node:path';
import { ensemble, type Fuse, type FusionName, readBundle } from '@kinegraph/core';
import { readInput } from './load.ts';
import { memberCells } from './members.ts';
import { checkPlace, save } from './save.ts';
import { table } from './table.ts';
import { type CommonOptions, commandLine, type Terminal } from './terminal.ts';

/** What commander makes of the arguments. */
export interface EnsembleArguments extends CommonOptions {
  readonly out: string;
  readonly weights?: readonly number[] | FusionName;
  readonly fuse?: Fuse;
}

/** Runs the command. */
export async function joinModels(
  files: readonly string[],
  args: EnsembleArguments,
  typed: readonly string[],
  terminal: Terminal,
): Promise<void> {
  await checkPlace('--out', args.out);
  const members = await Promise.all(
    files.map(async (file) => ({ name: basename(file, '.onnx'), bytes: await readInput(file) })),
  );
  const bytes = ensemble(members, {
    ...(args.weights && { weights: args.weights }),
    ...(args.fuse && { fuse: args.fuse }),
    command: commandLine(typed),
  });
  const { encoder, members: records = [] } = readBundle(bytes).manifest;
  const out = await save(args.out, bytes, terminal);
  if (args.json) {
    terminal.print(JSON.stringify({ out, bytes: bytes.length, fuse: encoder.options.fuse, members: records }));
    return;
  }
  terminal.print(`${out}: ${(bytes.length / 1e6).toFixed(2)} MB, weighted ${encoder.options.fuse} of`);
  for (const line of table(records.map(memberCells))) terminal.print(line);
}
