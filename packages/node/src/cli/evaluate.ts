/** `kinegraph evaluate`: how good a bundle is on the test side of a data set. */
import type { Classes } from '../datasets/classes.ts';
import type { NtuBodies } from '../datasets/ntu-bodies.ts';
import { loadDataset, loadModel } from './load.ts';
import { type Measurement, measure } from './measure.ts';
import { progressBar } from './progress-bar.ts';
import { type Protocol, splitDataset } from './split.ts';
import { percent, table } from './table.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** What commander makes of the arguments. */
export interface EvaluateArguments extends CommonOptions {
  readonly data: string;
  readonly classes?: Extract<Classes, 'label' | 'label-correct'>;
  readonly protocol: Protocol;
  readonly bodies?: NtuBodies;
  readonly testClips: number;
  readonly by?: string;
  readonly threads?: number;
}

/** Runs the command. */
export async function evaluate(file: string, args: EvaluateArguments, terminal: Terminal): Promise<void> {
  await using model = await loadModel(file, args.threads, terminal);
  const classes = args.classes ?? classesOf(model.manifest.labels);
  const dataset = await loadDataset(args.data, classes, terminal, args.protocol, args.bodies);
  using bar = progressBar(terminal, 'test');
  const report = await measure(model, splitDataset(dataset, args.protocol), {
    signal: terminal.signal,
    onProgress: (done, total) => bar.update(done, total),
    clips: args.testClips,
    by: args.by,
  });
  bar[Symbol.dispose]();
  if (args.json) {
    terminal.print(JSON.stringify({ model: file, data: dataset.name, protocol: args.protocol, classes, ...report }));
    return;
  }
  const { count, top1, top5, meanClassAccuracy } = report;
  terminal.print(`${dataset.name}, ${args.protocol}: ${count} recordings`);
  terminal.print(`top-1 ${percent(top1)}, top-5 ${percent(top5)}, mean of classes ${percent(meanClassAccuracy)}`);
  terminal.print('');
  for (const line of table(classRows(report))) terminal.print(line);
  if (!report.groups) return;
  terminal.print('');
  const rows = report.groups.map(({ value, count, top1 }) => [value, String(count), percent(top1)]);
  for (const line of table([[args.by as string, 'count', 'right'], ...rows])) terminal.print(line);
}

/** Models of exercises done correctly and incorrectly have labels that say so. */
function classesOf(labels: readonly string[]): 'label' | 'label-correct' {
  return labels.length > 0 && labels.every((label) => /, (in)?correct$/.test(label)) ? 'label-correct' : 'label';
}

/** For each class: how many, how many of them right, and what else they are most often taken for. */
function classRows({ labels, confusion }: Measurement): string[][] {
  const rows = labels.map((label, truth) => {
    const counts = confusion[truth] ?? [];
    const total = counts.reduce((a, b) => a + b, 0);
    const wrong = counts
      .map((count, index) => ({ count, index }))
      .filter(({ count, index }) => count > 0 && index !== truth)
      .toSorted((a, b) => b.count - a.count)
      .slice(0, 2);
    return [
      label,
      String(total),
      total > 0 ? percent((counts[truth] ?? 0) / total) : '',
      wrong.map(({ count, index }) => `${labels[index]} (${count})`).join(', '),
    ];
  });
  return [['class', 'count', 'right', 'taken for'], ...rows];
}
