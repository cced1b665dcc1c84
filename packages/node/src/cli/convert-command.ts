/** The arguments and help of `kinegraph convert`. */
import { isStream, streamNames } from '@kinegraph/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CheckpointSource, checkpointSources } from '../checkpoints/name-rules.ts';
import type { TrainingSettings } from '../recipes/recipe.ts';
import { encoders } from './encoders.ts';
import { listOf, oneOf, whole } from './parse.ts';
import { applyRecipe, readRecipe } from './recipe-option.ts';
import type { CommonOptions } from './terminal.ts';

/** What commander makes of the arguments, once a recipe has taken the place of defaults. */
export interface ConvertArguments
  extends CommonOptions,
    Partial<Pick<TrainingSettings, 'encoder' | 'encoderOptions' | 'root'>>,
    Pick<
      TrainingSettings,
      'persons' | 'confidence' | 'frames' | 'sampling' | 'normalize' | 'center' | 'align' | 'streams'
    > {
  readonly recipe?: string;
  readonly width?: number;
  readonly stages?: readonly number[];
  readonly set?: readonly string[];
  readonly labels: string;
  readonly source?: CheckpointSource;
  readonly map?: string;
  readonly layout: string;
  readonly dimensions: 2 | 3;
  readonly unit: 'meter' | 'none';
  readonly precision: 'float32' | 'float16';
  readonly license?: string;
  readonly out: string;
}

function stream(text: string): string {
  if (isStream(text)) return text;
  throw new InvalidArgumentError(`Choose among ${streamNames}.`);
}

/** Steps, whose names the input's own check knows, or `none`. */
const steps = (text: string) => (text === 'none' ? [] : listOf((step) => step)(text));

/** An option with a reader and a default that is shown as it is typed. */
function option<T>(flags: string, about: string, read: (text: string) => T, typed?: string): Option {
  const made = new Option(flags, about).argParser(read);
  return typed === undefined ? made : made.default(read(typed), typed);
}

/** Adds the arguments of `kinegraph convert` to its command. */
export function addConvertOptions(command: Command): Command {
  const options = [
    new Option('--labels <what>', 'ntu60, ntu120, or a file with one label a line').makeOptionMandatory(),
    new Option('--out <file>', 'where the bundle goes').default('model.onnx'),
    option('--recipe <name>', 'the encoder and the input as published, or list to see all', readRecipe(command)),
    option('--encoder <name>', Object.keys(encoders).join(', '), oneOf(Object.keys(encoders))),
    option('--width <n>', 'channels of the first stage (default: as published)', whole(1)),
    option('--stages <list>', 'blocks of each stage (default: as published)', listOf(whole(1))),
    new Option('--set <name=value...>', 'further options of the encoder, such as attention=false for aagcn'),
    option('--source <name>', 'whose names: original or pyskl (default: as they look)', oneOf(checkpointSources)),
    new Option('--map <file>', 'rules that rename before that, as JSON, see docs/guide/convert.md'),
    new Option('--layout <name>', 'joints: a layout by name, or a .json file').default('ntu25'),
    new Option('--root <joint>', 'the joint that the skeleton hangs from (default: as in the layout)'),
    option('--persons <n>', 'persons that the network sees', whole(1), '2'),
    option('--dimensions <n>', 'coordinates of a joint', (text) => Number(oneOf(['2', '3'])(text)), '3'),
    new Option('--confidence', 'confidence of joints as one more channel').default(false, 'no'),
    option('--unit <name>', 'unit of the coordinates: meter or none', oneOf(['meter', 'none']), 'meter'),
    option('--frames <n>', 'frames that the network sees', whole(1), '64'),
    new Option('--sampling <how>', 'how clips become so many frames, as for kinegraph train').default('crop-resize'),
    option('--normalize <list>', 'what is done to the whole clip before that, as for kinegraph train', steps, 'center'),
    option('--streams <list>', `among ${streamNames}`, listOf(stream), 'joint'),
    new Option('--center <what>', 'clip, frame, none, or the joint that becomes the origin').default('none'),
    option('--align <axis>', 'turn everyone to face forward about y or z', oneOf(['none', 'y', 'z']), 'none'),
    option('--precision <type>', 'how weights are stored', oneOf(['float32', 'float16']), 'float32'),
    new Option('--license <text>', 'license of the weights, for the manifest'),
    new Option('--json', 'one JSON object on stdout'),
  ];
  command.argument('<checkpoint>', 'a .pt, .pth or .safetensors file');
  for (const one of options) command.addOption(one);
  return command.hook('preAction', (_, action) => applyRecipe(action)).addHelpText('after', help);
}

const help = `
The checkpoint must have every tensor of the network, and no others; what does not fit is listed. Nothing in the file is run. How
recordings were prepared is not in the file: a recipe says it, or the options. What is typed goes before a recipe.

Examples:
  $ kinegraph convert joint.pt --recipe ctrgcn-ntu60 --labels ntu60 --out joint.onnx
  $ kinegraph convert bone.pt --recipe ctrgcn-ntu60 --labels ntu60 --streams bone --out bone.onnx
  $ kinegraph convert j.pth --recipe stgcnpp-pyskl --labels ntu60 --out stgcnpp.onnx
  $ kinegraph convert mine.pt --encoder ctrgcn --labels labels.txt --layout coco17 --persons 1 --map names.json`;
