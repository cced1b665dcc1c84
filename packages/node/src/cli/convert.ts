/** `kinegraph convert`: from weights that others have published to a bundle. */
import { createRandom, openModel } from '@kinegraph/core';
import { classification, createTrainer, initialWeights } from '@kinegraph/core/train';
import { matchWeights } from '../checkpoints/match-weights.ts';
import { guessSource, nameRules, parseRules, rename } from '../checkpoints/name-rules.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { createRuntime } from '../runtime.ts';
import type { ConvertArguments } from './convert-command.ts';
import { inputOf, labelsOf, publishedEncoder, readText } from './convert-options.ts';
import { readInput } from './load.ts';
import { checkPlace, save } from './save.ts';
import { commandLine, type Terminal } from './terminal.ts';

/** Runs the command. */
export async function convert(
  path: string,
  args: ConvertArguments,
  typed: readonly string[],
  terminal: Terminal,
): Promise<void> {
  await checkPlace('--out', args.out);
  const encoder = publishedEncoder(args);
  const input = await inputOf(args);
  const labels = await labelsOf(args.labels);
  const own = args.map === undefined ? [] : parseRules(args.map, await readText(args.map));
  const file = readCheckpoint(await readInput(path), path);
  const renamed = rename(file, own);
  const source = args.source ?? guessSource(renamed.keys());
  const checkpoint = rename(renamed, nameRules(source, encoder));
  // InfoGCN's head is the only one with a mean and a variance.
  const task = classification(labels, checkpoint.has('fc_mu.weight') ? { bottleneck: {} } : {});
  const network = { encoder, task, input };
  const weights = matchWeights(path, initialWeights({ ...network, random: createRandom(0) }), checkpoint);
  await using runtime = createRuntime({ threads: 1 });
  const bytes = await createTrainer({ ...network, runtime, weights }).export({
    precision: args.precision,
    command: commandLine(typed),
    ...(args.license === undefined ? {} : { license: args.license }),
  });
  // Opened as its users will open it, so that what is wrong with it is known now.
  await using _ = await openModel(bytes, { runtime });
  const out = await save(args.out, bytes, terminal);
  const tensors = Object.keys(weights).length;
  const unused = file.size - tensors;
  if (args.json) {
    const result = { out, bytes: bytes.length, encoder: encoder.id, source, tensors, unused, labels };
    terminal.print(JSON.stringify(result));
  } else {
    terminal.print(`${out}: ${(bytes.length / 1e6).toFixed(2)} MB, ${encoder.id} with ${labels.length} classes`);
    const rest = unused > 0 ? `, ${unused} others that it does not need` : '';
    terminal.print(`${tensors} tensors of ${path}, by the names of ${source}${rest}`);
  }
}
