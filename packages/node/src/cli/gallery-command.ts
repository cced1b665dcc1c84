/** The arguments and help of `kinegraph enroll`, `kinegraph match` and `kinegraph calibrate`. */
import { type Command, Option } from 'commander';
import { augmentationHelp } from './augmentations.ts';
import { listOf, numberWithin, oneOf, whole } from './parse.ts';
import { protocolHelp } from './split.ts';
import { bodiesHelp, ntuBodies } from './train-command.ts';

const text = (item: string) => item;

/** Adds the arguments of `kinegraph enroll` to its command. */
export function addEnrollOptions(command: Command): Command {
  return addCommon(command.argument('<model>', 'the bundle, an .onnx file').argument('[file...]', recordings))
    .option('--name <label>', 'what the recordings show (default: the labels that they have)')
    .option('--augment <list>', 'enroll changed copies as well, see below', listOf(text))
    .option('--copies <n>', 'changed copies of each recording', whole(1), 8)
    .option('--remove <label>', 'take a label out of the gallery, instead of enrolling')
    .option('--example <n>', 'with --remove: only this one of its examples, counted from 1', whole(1))
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', enrollHelp);
}

/** Adds the arguments of `kinegraph match` to its command. */
export function addMatchOptions(command: Command): Command {
  return addCommon(command.argument('<model>', 'the bundle, an .onnx file').argument('<file...>', recordings))
    .option('--top <n>', 'labels a recording, at most', whole(1), 3)
    .option('--threshold <x>', "the lowest score that is close enough (default: the gallery's)", numberWithin(-1, 1))
    .option('--json', 'one JSON line a recording on stdout')
    .addHelpText('after', matchHelp);
}

/** Adds the arguments of `kinegraph calibrate` to its command. */
export function addCalibrateOptions(command: Command): Command {
  return command
    .argument('<model>', 'the bundle, an .onnx file')
    .requiredOption('--data <dir>', 'data set folder, see docs/guide/datasets.md')
    .option('--classes <what>', 'label or label-correct', oneOf(['label', 'label-correct']), 'label')
    .option('--protocol <name>', 'whose test side is taken, see below', 'cross-subject')
    .option('--bodies <how>', bodiesHelp, oneOf(ntuBodies))
    .option('--enrolled <n>', 'labels that galleries will have: more of them make it stricter', whole(1), 1)
    .option('--out <file>', 'where the bundle goes (default: in place of the old one)')
    .addOption(threads())
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', calibrateHelp);
}

const threads = () => new Option('--threads <n>', 'threads of the engine (default: one a core)').argParser(whole(1));

const recordings = 'data set folders, or clips as .json';

function addCommon(command: Command): Command {
  return command
    .requiredOption('--gallery <file>', 'the gallery, a .json file')
    .option('--only <ids>', 'only these recordings of the folders', listOf(text))
    .addOption(threads());
}

const enrollHelp = `
One recording is enough for an action; those of several people make it surer. The gallery is made if it is not there, and added
to if it is. It holds embeddings of this model, no recordings, and works with no other model.

Augmentations, with the strength that they have by default. Leave out what makes another action of yours: mirror, if left and
right differ.
  ${augmentationHelp.join('\n  ')}

Examples:
  $ kinegraph enroll exercises.onnx wave.json --gallery my.gallery.json --name "my wave"
  $ kinegraph enroll exercises.onnx kick.json --gallery my.gallery.json --name kick --augment mirror,speed,rotate
  $ kinegraph enroll exercises.onnx data/exercises --only m01_s01_e01,m02_s01_e01 --gallery my.gallery.json
  $ kinegraph enroll exercises.onnx --gallery my.gallery.json --remove kick
  $ kinegraph enroll exercises.onnx --gallery my.gallery.json --remove "my wave" --example 2`;

const matchHelp = `
Scores are cosines: 1 for the same motion. A recording is "unknown" if no score reaches the threshold, which is the model's if it
was calibrated for galleries, else 0.5; the nearest label is told in any case, and helps to choose a threshold.

Examples:
  $ kinegraph match exercises.onnx today.json --gallery my.gallery.json
  $ kinegraph match exercises.onnx data/exercises --gallery my.gallery.json --threshold 0.8 --top 1 --json`;

const calibrateHelp = `
At the threshold, as many pairs of recordings with different labels are taken for one action as pairs with one label are not.
Weights stay as they are, and with them the galleries that there are; these keep their thresholds. Take recordings that the
model was not trained on.

Protocols:
  ${protocolHelp.join('\n  ')}

Examples:
  $ kinegraph calibrate exercises.onnx --data data/exercises
  $ kinegraph calibrate exercises.onnx --data data/new --protocol all --enrolled 5 --out calibrated.onnx`;
