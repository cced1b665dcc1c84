/** The `kinegraph` command: its arguments, its help, and what its ends mean. */
import { createRequire } from 'node:module';
import { KinegraphError } from '@kinegraph/core';
import { Command, CommanderError, Option } from 'commander';
import { type CalibrateArguments, calibrate } from './calibrate.ts';
import { convert } from './convert.ts';
import { addConvertOptions, type ConvertArguments } from './convert-command.ts';
import { type EnrollArguments, enroll } from './enroll.ts';
import { type EnsembleArguments, joinModels } from './ensemble.ts';
import { addEnsembleOptions } from './ensemble-command.ts';
import { type EvaluateArguments, evaluate } from './evaluate.ts';
import { addCalibrateOptions, addEnrollOptions, addMatchOptions } from './gallery-command.ts';
import { inspect } from './inspect.ts';
import { type MatchArguments, matchRecordings } from './match.ts';
import { listOf, oneOf, whole } from './parse.ts';
import { type RecognizeArguments, recognize } from './recognize.ts';
import { protocolHelp } from './split.ts';
import type { CommonOptions, Terminal } from './terminal.ts';
import { train } from './train.ts';
import { addTrainOptions, bodiesHelp, ntuBodies, testClipsHelp } from './train-command.ts';
import type { TrainArguments } from './training-options.ts';

/** Of this package; `dist` and `src/cli` are found at different depths, the package itself is not. */
const { version } = createRequire(import.meta.url)('@kinegraph/node/package.json') as { readonly version: string };

/** What the process returns. */
const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the command.
 *
 * @param typed the arguments after `kinegraph`.
 * @returns the exit code; errors are written, not thrown.
 */
export async function run(typed: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(typed, terminal).parseAsync([...typed], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    const failure = describe(error);
    if (failure.exit !== exitCodes.done && typed.includes('--json')) {
      terminal.print(JSON.stringify({ error: { code: failure.code, message: failure.message } }));
    }
    if (failure.note) terminal.note(failure.note);
    return failure.exit;
  }
}

/** What to tell machines (code and message) and people (note) about an error, and how the process ends. */
function describe(error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommanderError) {
    // Commander has told people already; help, too, ends with such an error.
    return { code: 'invalid-argument', message, exit: error.exitCode === 0 ? exitCodes.done : exitCodes.usage };
  }
  if (KinegraphError.is(error)) {
    const isInterrupted = error.code === 'aborted';
    const exit = isInterrupted ? exitCodes.interrupted : exitCodes.failed;
    return { code: error.code, message, exit, note: `kinegraph: ${isInterrupted ? 'interrupted' : message}` };
  }
  const stack = error instanceof Error ? error.stack : message;
  return { code: 'internal', message, exit: exitCodes.failed, note: `kinegraph: internal: ${stack}` };
}

function createProgram(typed: readonly string[], terminal: Terminal): Command {
  const program = new Command('kinegraph')
    .description('Trains and runs models that recognize what people do from their skeletons.')
    .version(version, '-v, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError('(--help shows all options and examples)')
    .addHelpText('after', rootHelp);

  addTrainOptions(
    program.command('train').description('Train a model on a data set and write it as one .onnx bundle.'),
  ).action((args: TrainArguments) => train(args, typed, terminal));

  program
    .command('evaluate')
    .description('Measure a model on the test side of a data set.')
    .argument('<model>', 'the bundle, an .onnx file')
    .requiredOption('--data <dir>', 'data set folder, see docs/guide/datasets.md')
    .option(
      '--classes <what>',
      'label or label-correct (default: as the model has it)',
      oneOf(['label', 'label-correct']),
    )
    .option('--protocol <name>', 'what the test side is, see below', 'cross-subject')
    .option('--bodies <how>', bodiesHelp, oneOf(ntuBodies))
    .option('--test-clips <n>', testClipsHelp, whole(1), 1)
    .option('--by <field>', 'also apart by subject, or by what else the data set says, such as correct')
    .addOption(threads())
    .option('--json', 'one JSON object on stdout, with the confusion matrix')
    .addHelpText('after', evaluateHelp)
    .action((model: string, args: EvaluateArguments) => evaluate(model, args, terminal));

  addEnsembleOptions(
    program.command('ensemble').description('Join models that see the same input, such as streams, into one bundle.'),
  ).action((models: string[], args: EnsembleArguments) => joinModels(models, args, typed, terminal));

  program
    .command('recognize')
    .description('Say what recordings show, most probable first.')
    .argument('<model>', 'the bundle, an .onnx file')
    .argument('<file...>', 'data set folders, or clips as .json')
    .option('--top <n>', 'classes a recording', whole(1), 3)
    .option(
      '--only <ids>',
      'only these recordings of the folders',
      listOf((id) => id),
    )
    .addOption(threads())
    .option('--json', 'one JSON line a recording on stdout')
    .addHelpText('after', recognizeHelp)
    .action((model: string, files: string[], args: RecognizeArguments) => recognize(model, files, args, terminal));

  addEnrollOptions(
    program.command('enroll').description('Teach a gallery actions from one recording each, without training.'),
  ).action((model: string, files: string[], args: EnrollArguments) => enroll(model, files, args, terminal));

  addMatchOptions(
    program.command('match').description('Say which actions of a gallery recordings show, or that they are unknown.'),
  ).action((model: string, files: string[], args: MatchArguments) => matchRecordings(model, files, args, terminal));

  addCalibrateOptions(
    program.command('calibrate').description('Learn how close is close enough for galleries; write it into the model.'),
  ).action((model: string, args: CalibrateArguments) => calibrate(model, args, terminal));

  addConvertOptions(
    program.command('convert').description('Turn published weights (.pt, .pth, .safetensors) into a bundle.'),
  ).action((path: string, args: ConvertArguments) => convert(path, args, typed, terminal));

  program
    .command('inspect')
    .description('Show what a model is: manifest, inputs and outputs, size, operators.')
    .argument('<model>', 'the bundle, an .onnx file')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', '\nExample:\n  $ kinegraph inspect exercises.onnx')
    .action((model: string, args: CommonOptions) => inspect(model, args, terminal));
  return program;
}

const threads = () => new Option('--threads <n>', 'threads of the engine (default: one a core)').argParser(whole(1));

const rootHelp = `
Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.

Examples:
  $ kinegraph train --data data/exercises --out exercises.onnx
  $ kinegraph evaluate exercises.onnx --data data/exercises
  $ kinegraph recognize exercises.onnx today.json
  $ kinegraph enroll exercises.onnx wave.json --gallery my.gallery.json --name "my wave"
  $ kinegraph match exercises.onnx today.json --gallery my.gallery.json
  $ kinegraph inspect exercises.onnx
  $ kinegraph convert joint.pt --recipe ctrgcn-ntu60 --labels ntu60 --out joint.onnx
  $ kinegraph train --help`;

const evaluateHelp = `
Protocols:
  ${protocolHelp.join('\n  ')}

A one-shot figure compares embeddings: the nearest example of a new class is the answer; "mean of classes" is the published figure.

Examples:
  $ kinegraph evaluate exercises.onnx --data data/exercises
  $ kinegraph evaluate exercises.onnx --data data/exercises --protocol all --json | jq .top1
  $ kinegraph evaluate exercises.onnx --data data/exercises --by subject`;

const recognizeHelp = `
A clip is { "layout": "ntu25", "fps": 30, "unit": "meter", "positions": [frames][joints][3] } as JSON; docs/guide/command.md has more.

Examples:
  $ kinegraph recognize exercises.onnx today.json
  $ kinegraph recognize exercises.onnx data/exercises --only m01_s02_e01,m01_s02_e02 --json`;
