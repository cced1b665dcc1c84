/** The arguments and help of `kinegraph ensemble`. */
import { type FusionName, fusionWeights } from '@kinegraph/core';
import { type Command, InvalidArgumentError } from 'commander';
import { oneOf } from './parse.ts';

const published = Object.keys(fusionWeights).join(', ');

/** Adds the arguments of `kinegraph ensemble` to its command. */
export function addEnsembleOptions(command: Command): Command {
  return command
    .argument('<model...>', 'two or more bundles, .onnx files')
    .requiredOption('--out <file>', 'the bundle to write')
    .option('--weights <list>', `one number a model, or one of ${published} (default: equal)`, weightsOf)
    .option(
      '--fuse <what>',
      'what is summed, logits or probabilities (default: as published, else logits)',
      oneOf(['logits', 'probabilities']),
    )
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', help);
}

function weightsOf(text: string): readonly number[] | FusionName {
  if (Object.hasOwn(fusionWeights, text)) return text as FusionName;
  const weights = text.split(',').map(Number);
  if (weights.every((weight) => weight > 0 && Number.isFinite(weight))) return weights;
  throw new InvalidArgumentError(`It must be numbers above 0 with commas, without spaces, or one of ${published}.`);
}

const help = `
Published weights go by the streams that a model was trained on:
${Object.entries(fusionWeights)
  .map(([name, fusion]) => `  ${name.padEnd(8)} ${describe(fusion)}`)
  .join('\n')}

Examples:
  $ kinegraph ensemble joint.onnx bone.onnx --out both.onnx
  $ kinegraph ensemble joint.onnx bone.onnx joint-motion.onnx bone-motion.onnx --weights ctrgcn --out all.onnx
  $ kinegraph ensemble joint.onnx bone.onnx --weights 2,1 --fuse probabilities --out both.onnx
  $ kinegraph evaluate all.onnx --data data/exercises`;

function describe({ fuse, position, motion }: { fuse: string; position: number; motion?: number }): string {
  return `${fuse}, positions ${position}${motion === undefined ? '' : `, motions ${motion}`}`;
}
