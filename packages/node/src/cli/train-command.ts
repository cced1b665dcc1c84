/** The arguments and help of `kinegraph train`. */
import { isStream, normalizations, type Stream, samplings, streamNames } from '@kinegraph/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { augmentationHelp } from './augmentations.ts';
import { encoders } from './encoders.ts';
import { listOf, numbersByName, numberWithin, oneOf, positive, whole } from './parse.ts';
import { applyRecipe, readRecipe, recipeHelp } from './recipe-option.ts';
import { protocolHelp } from './split.ts';

/** The ways to choose among the bodies of an NTU file. */
export const ntuBodies = ['first-two', 'energy', 'denoised'] as const;
/** What `--bodies` is for. */
export const bodiesHelp = `of NTU RGB+D's files: ${ntuBodies.join(', ')} (default: denoised)`;
/** What `--test-clips` is for. */
export const testClipsHelp = 'samples of a test recording to average, by --sampling uniform';

/** An option with a reader and a default that is shown as it is typed. */
function option<T>(flags: string, about: string, read: (text: string) => T, typed?: string): Option {
  const made = new Option(flags, about).argParser(read);
  return typed === undefined ? made : made.default(read(typed), typed);
}

const subject = (text: string) => (/^-?\d+$/.test(text) ? Number(text) : text);
const name = (text: string) => text;

function stream(text: string): Stream {
  if (isStream(text)) return text;
  throw new InvalidArgumentError(`Choose among ${streamNames}.`);
}

/** The steps, or `none`. */
function normalization(text: string) {
  return text === 'none' ? [] : listOf(oneOf(normalizations))(text);
}

/** A number, or `by-classes`. */
function deviation(text: string) {
  return text === 'by-classes' ? text : numberWithin(0, 100)(text);
}

/** `name:epochs` */
function freeze(text: string) {
  const [, parameters, epochs] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (parameters === undefined || epochs === undefined) throw new InvalidArgumentError('It must be name:epochs.');
  return { parameters, epochs: whole(1)(epochs) };
}

const alignHelp =
  'turn everyone to face forward about y or z; auto: about the axis that points up, if there are shoulders';

/** Adds the options of `kinegraph train` to its command. */
export function addTrainOptions(command: Command): Command {
  const options = [
    new Option('--data <dir>', 'data set folder, see docs/guide/datasets.md').makeOptionMandatory(),
    new Option('--out <file>', 'where the bundle goes').default('model.onnx'),
    option('--classes <what>', 'label or label-correct', oneOf(['label', 'label-correct']), 'label'),
    option('--protocol <name>', 'what trains and what tests, see below', name, 'cross-subject'),
    option('--recipe <name>', 'published settings in place of the defaults, or list to see all', readRecipe(command)),
    option('--encoder <name>', Object.keys(encoders).join(', '), oneOf(Object.keys(encoders)), 'ctrgcn'),
    option('--width <n>', 'channels of the first stage; of mlp, of each layer (256)', whole(1), '32'),
    option('--stages <list>', 'blocks of each stage; mlp has none', listOf(whole(1)), '2,2,2'),
    new Option('--set <name=value...>', 'further options of the encoder, such as dropout=0.1 for stgcnpp'),
    option('--bodies <how>', bodiesHelp, oneOf(ntuBodies)),
    option('--persons <n>', 'persons that the network sees', whole(1), '1'),
    new Option('--confidence', 'confidence of joints as one more channel').default(false, 'no'),
    option('--frames <n>', 'frames that the network sees', whole(1), '64'),
    option('--sampling <how>', samplings.join(', '), oneOf(samplings), 'crop-resize'),
    option('--normalize <list>', `of the whole clip: ${normalizations.join(', ')}`, normalization, 'none'),
    option('--root <joint>', 'the joint that the skeleton hangs from (default: as in the data set)', name),
    option('--streams <list>', `among ${streamNames}`, listOf(stream), 'joint,bone,joint-motion'),
    option('--center <what>', 'clip, frame, none, or the joint that becomes the origin', name, 'clip'),
    option('--align <axis>', alignHelp, oneOf(['auto', 'none', 'y', 'z']), 'auto'),
    option('--augment <list>', 'random changes of training clips, see below, or none', listOf(name), 'turn,scale'),
    option('--epochs <n>', 'passes over the data', whole(1), '30'),
    option('--repeat <n>', 'how often an epoch shows each recording', whole(1), '1'),
    option('--batch <n>', 'recordings a step', whole(1), '16'),
    option('--accumulate <n>', 'steps whose gradients count as one', whole(1), '1'),
    option('--optimizer <name>', 'sgd or adamw', oneOf(['sgd', 'adamw']), 'sgd'),
    option('--momentum <n>', 'of sgd', numberWithin(0, 0.9999), '0.9'),
    new Option('--no-nesterov', 'sgd without looking ahead along the momentum'),
    option('--rate <n>', 'learning rate', positive, '0.05'),
    option('--schedule <name>', 'cosine, step or constant', oneOf(['cosine', 'step', 'constant']), 'cosine'),
    option('--drops <list>', 'epochs at which step divides the rate by 10 (default: at 60 and 85 %)', listOf(whole(0))),
    option('--warmup <epochs>', 'epochs in which the rate grows (by default at most all)', numberWithin(0, 1000), '3'),
    option('--weight-decay <n>', 'default: 0.0004 for sgd, 0.01 for adamw', numberWithin(0, 10)),
    option('--decays <list>', 'name=n: weight decay of parameters so named, such as PA=0', numbersByName(0, 10)),
    option('--freeze <name:epochs>', 'leave parameters so named as they are at first, such as PA:5', freeze),
    option('--label-smoothing <n>', 'share of the target that goes to all classes', numberWithin(0, 0.99), '0.1'),
    option('--dropout <n>', 'share of features dropped before the last layer', numberWithin(0, 0.99), '0.2'),
    option('--head-deviation <n>', "deviation of the last layer's first weights, or by-classes", deviation, '0.01'),
    option('--segments <n>', 'parts of the clip that the last layer tells apart', whole(1), '1'),
    new Option('--bottleneck', "InfoGCN's bottleneck in front of the last layer"),
    option('--ema <n>', 'keep a running average of the weights, such as 0.999', numberWithin(0, 0.999999)),
    option('--clip-norm <n>', 'scale larger gradients down to this norm', positive),
    option('--validation-subjects <list>', 'hold these subjects back; the best epoch is kept', listOf(subject)),
    option('--validation-share <n>', 'hold such a share of the subjects back', numberWithin(0.01, 0.99)),
    new Option('--validation-test', 'keep the epoch that is best on the test side, as papers do: flatters the figures'),
    option('--patience <epochs>', 'stop after so many epochs without improvement', whole(1)),
    option('--test-clips <n>', testClipsHelp, whole(1), '1'),
    option('--seed <n>', 'decides first weights, order and augmentation', whole(0), '1'),
    option('--threads <n>', 'threads of the engine (default: one a core)', whole(1)),
    option(
      '--precision <type>',
      'how weights are stored: float32 or float16',
      oneOf(['float32', 'float16']),
      'float32',
    ),
    new Option('--checkpoint <file>', 'save the state of training there after each epoch'),
    new Option('--resume <file>', 'go on from a checkpoint; give the same options as before'),
    new Option('--json', 'JSON lines on stdout: start, one an epoch, end'),
  ];
  for (const one of options) command.addOption(one);
  return command.hook('preAction', (_, action) => applyRecipe(action)).addHelpText('after', help);
}

const help = `
Protocols:
  ${protocolHelp.join('\n  ')}

Augmentations, with the strength that they have by default:
  ${augmentationHelp.join('\n  ')}

Recipes; what is typed goes before what they say:
  ${recipeHelp.join('\n  ')}

Ctrl-C saves a checkpoint and prints the command that goes on from it. The bundle is measured on the test side when training
is over, never before: choose settings by --validation-subjects or --validation-share.

Examples:
  $ kinegraph train --data data/exercises --out exercises.onnx
  $ kinegraph train --data data/exercises --validation-share 0.2 --patience 8 --augment turn:0.7,scale,jitter
  $ kinegraph train --data data/exercises --classes label-correct --encoder stgcnpp --width 48 --precision float16
  $ kinegraph train --data data/exercises --protocol one-shot --json > log.jsonl
  $ kinegraph train --data data/ntu --recipe ctrgcn-ntu60 --streams bone --batch 16 --accumulate 4`;
