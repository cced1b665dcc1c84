/** `kinegraph train`: from a data set to a bundle, with checkpoints on the way. */
import { KinegraphError, openModel, type Runtime } from '@kinegraph/core';
import {
  type ClassificationReport,
  classification,
  createTrainer,
  type FitOptions,
  type Progress,
  type Sample,
  type Trainer,
} from '@kinegraph/core/train';
import type { Dataset } from '../datasets/dataset.ts';
import { createRuntime } from '../runtime.ts';
import { writeFileAtomic } from '../write-file-atomic.ts';
import { encoderOf } from './encoder-option.ts';
import { loadDataset, readInput } from './load.ts';
import { figures, measure } from './measure.ts';
import { progressBar } from './progress-bar.ts';
import { checkPlace, save } from './save.ts';
import { type DataSplit, splitDataset } from './split.ts';
import { percent } from './table.ts';
import { commandLine, type Terminal } from './terminal.ts';
import { fitOptionsOf, inputOf, optimizerOf, type TrainArguments, taskOptionsOf } from './training-options.ts';

/** A training run and all that its parts look at. */
interface Run {
  readonly args: TrainArguments;
  /** The arguments as they were typed. */
  readonly typed: readonly string[];
  readonly terminal: Terminal;
  readonly dataset: Dataset;
  readonly split: DataSplit;
  readonly runtime: Runtime;
  readonly options: FitOptions<Sample, ClassificationReport>;
  readonly trainer: Trainer<Sample, ClassificationReport>;
}

/** Runs the command. */
export async function train(args: TrainArguments, typed: readonly string[], terminal: Terminal): Promise<void> {
  await checkPlace('--out', args.out);
  if (args.checkpoint) await checkPlace('--checkpoint', args.checkpoint);
  const saved = args.resume === undefined ? undefined : await readInput(args.resume);
  const dataset = await loadDataset(args.data, args.classes, terminal, args.protocol, args.bodies);
  const split = splitDataset(dataset, args.protocol);
  await using runtime = createRuntime(args.threads === undefined ? {} : { threads: args.threads });
  const trainer = createTrainer({
    runtime,
    encoder: encoderOf(args),
    task: classification(split.labels, taskOptionsOf(args)),
    input: inputOf(args, dataset),
    optimizer: optimizerOf(args),
    seed: args.seed,
    ...(args.ema === undefined ? {} : { ema: args.ema }),
    ...(args.clipNorm === undefined ? {} : { clipNorm: args.clipNorm }),
  });
  const options = { ...fitOptionsOf(args, dataset, split), signal: terminal.signal };
  if (saved) await trainer.resume(saved);
  const run: Run = { args, typed, terminal, dataset, split, runtime, options, trainer };
  announce(run);
  const history: Progress<ClassificationReport>[] = [];
  try {
    await runEpochs(run, history);
  } catch (error) {
    if (KinegraphError.is(error, 'aborted')) await keepForLater(run);
    else await keepBest(run, history);
    throw error;
  }
  await finish(run);
}

function announce(run: Run): void {
  const { args, terminal, dataset, split } = run;
  const { recipe, schedule, drops = [], epochs } = args;
  const { length: count } = split.train;
  say(
    run,
    `${dataset.name}: ${count} recordings of ${split.labels.length} classes to train on, ${split.test.length} to test${recipe ? `, by ${recipe}` : ''}`,
    {
      event: 'start',
      data: dataset.name,
      train: count,
      test: split.test.length,
      labels: split.labels,
      ...(recipe && { recipe }),
    },
  );
  const unreached = schedule === 'step' ? drops.filter((epoch) => epoch >= epochs) : [];
  if (unreached.length > 0) {
    terminal.note(`The rate should drop at ${unreached.join(', ')}, after the last epoch: give --drops as well.`);
  }
}

async function runEpochs(run: Run, history: Progress<ClassificationReport>[]): Promise<void> {
  const { args, terminal, options, split, trainer } = run;
  using bar = progressBar(terminal, 'train');
  let start = performance.now();
  for await (const news of trainer.fit(split.train, options)) {
    if (news.kind === 'step') {
      const detail = `epoch ${news.epoch + 1}/${args.epochs}  loss ${news.loss.toFixed(3)}`;
      bar.update(news.epoch * news.steps + news.step, args.epochs * news.steps, detail);
      continue;
    }
    const seconds = (performance.now() - start) / 1000;
    start = performance.now();
    bar[Symbol.dispose]();
    history.push(news);
    say(run, epochLine(news, args.epochs, seconds), epochRecord(news, seconds));
    if (args.checkpoint) await keepEpoch(run, args.checkpoint);
  }
}

/** Training goes on without a checkpoint that cannot be written: the disk may have space again by the next. */
async function keepEpoch({ trainer, terminal }: Run, path: string): Promise<void> {
  try {
    await writeFileAtomic(path, await trainer.checkpoint());
  } catch (error) {
    terminal.note(`Checkpoint not saved. ${error instanceof Error ? error.message : error}`);
  }
}

/** Saves an interrupted run and says how to go on with it. */
async function keepForLater(run: Run): Promise<void> {
  const { args, typed, trainer, terminal } = run;
  const path = args.checkpoint ?? args.resume ?? `${args.out.replace(/\.onnx$/, '')}.checkpoint`;
  const place = await save(path, await trainer.checkpoint(), terminal);
  const command = commandLine([...withoutOption(typed, '--resume'), '--resume', place]);
  say(run, `Interrupted. To go on from here:\n  ${command}`, {
    event: 'interrupted',
    checkpoint: place,
    resume: command,
  });
}

/** Saves the best epoch of a run that failed, such as one whose loss is no longer finite. */
async function keepBest(run: Run, history: readonly Progress<ClassificationReport>[]): Promise<void> {
  const best = history.findLast((news) => news.best);
  if (best) {
    const epoch = best.epoch + 1;
    say(run, `Training failed. The best epoch, ${epoch}, is saved:`, { event: 'failed', best: epoch });
    await finish(run).catch((error) => run.terminal.note(`${error instanceof Error ? error.message : error}`));
  } else if (history.length > 0) {
    const { checkpoint } = run.args;
    const hint = checkpoint
      ? `${checkpoint} has the last whole epoch.`
      : 'With --validation-subjects or --validation-share the best epoch is kept, with --checkpoint the last.';
    run.terminal.note(`Training failed, and nothing is saved. ${hint}`);
  }
}

/** Writes the bundle, measures it as it was written, and adds the figures to it. */
async function finish(run: Run): Promise<void> {
  const { args, typed, terminal, dataset, split, runtime, trainer } = run;
  const about = {
    precision: args.precision,
    license: dataset.license,
    data: dataset.name,
    command: commandLine(withoutOption(withoutOption(typed, '--resume'), '--checkpoint')),
  };
  const bytes = await trainer.export(about);
  // Written before it is measured, so that an interruption while measuring loses nothing.
  const draft = await save(args.out, bytes, terminal);
  await using model = await openModel(bytes, { runtime });
  using bar = progressBar(terminal, 'test');
  const onProgress = (done: number, total: number) => bar.update(done, total);
  const report = await measure(model, split, { signal: terminal.signal, onProgress, clips: args.testClips });
  bar[Symbol.dispose]();
  const metrics = figures(report);
  const final = await trainer.export({ ...about, metrics });
  const place = await save(draft, final, terminal);
  const result = {
    event: 'end',
    out: place,
    bytes: final.length,
    protocol: args.protocol,
    count: report.count,
    metrics,
  };
  if (args.json) terminal.print(JSON.stringify(result));
  else {
    const { top1, top5, meanClassAccuracy } = report;
    terminal.print(`${place}: ${(final.length / 1e6).toFixed(2)} MB, ${args.protocol} on ${report.count} recordings:`);
    terminal.print(`top-1 ${percent(top1)}, top-5 ${percent(top5)}, mean of classes ${percent(meanClassAccuracy)}`);
  }
}

/** News for whoever listens: a JSON line on stdout for machines, a line on stderr for people. */
function say({ args, terminal }: Run, line: string, record: object): void {
  if (args.json) terminal.print(JSON.stringify(record));
  else terminal.note(line);
}

function epochLine(news: Progress<ClassificationReport>, epochs: number, seconds: number): string {
  const { epoch, loss, rate, validation, best } = news;
  const parts = [
    `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    ...(validation ? [`validation ${percent(validation.top1)}${best ? ' (best)' : ''}`] : []),
    `rate ${Number(rate.toPrecision(3))}`,
    `${seconds.toFixed(1)} s`,
  ];
  return parts.join('  ');
}

function epochRecord(news: Progress<ClassificationReport>, seconds: number): object {
  const { epoch, loss, losses, rate, samples, validation, best } = news;
  return {
    event: 'epoch',
    epoch: epoch + 1,
    loss,
    losses,
    rate,
    seconds: Number(seconds.toFixed(3)),
    samplesPerSecond: Number((samples / seconds).toFixed(1)),
    ...(validation && { validation: { ...figures(validation), loss: validation.loss, count: validation.count }, best }),
  };
}

/** Arguments without an option and its value. */
function withoutOption(typed: readonly string[], option: string): string[] {
  return typed.filter((arg, index) => arg !== option && typed[index - 1] !== option && !arg.startsWith(`${option}=`));
}
