import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readBundle } from '@kinegraph/core';
import { syntheticDataset } from '@kinegraph/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../datasets/write-dataset.ts';
import { runCommand } from '../fixtures/run-command.ts';
import { labels, makeTrainingFolder, trainArguments } from '../fixtures/training-folder.ts';
import { run } from './program.ts';
import { save } from './save.ts';
import { table } from './table.ts';
import { commandLine } from './terminal.ts';

let folder = '';
let data = '';

beforeAll(async () => {
  ({ folder, data } = await makeTrainingFolder());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const train = (out: string, ...more: string[]) => trainArguments(folder, out, ...more);

describe('kinegraph', () => {
  it('teaches', async () => {
    const root = await runCommand(['--help']);
    expect(root.code).toBe(0);
    expect(root.notes).toBe('');
    for (const command of ['train', 'evaluate', 'recognize', 'inspect']) {
      expect(root.out).toContain(`  ${command} `);
      const { code, out } = await runCommand([command, '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(/Examples?:\n {2}\$ kinegraph /);
    }
    expect((await runCommand(['train', '--help'])).out).toMatch(/--epochs <n> .*\(default: 30\)/);
  });

  it.each([
    [['trian'], /unknown command 'trian'.*Did you mean train/s],
    [['train'], /required option '--data <dir>' not specified/],
    [['train', '--data', 'x', '--epoch', '3'], /unknown option '--epoch'.*Did you mean --epochs/s],
    [['train', '--data', 'x', '--epochs', 'many'], /'many' is invalid. It must be a whole number of at least 1/],
    [['train', '--data', 'x', '--streams', 'joint,bones'], /Choose among joint, bone, joint-motion, bone-motion/],
    [['train', '--data', 'x', '--recipe', 'ctrgcn'], /Choose among stgcn-ntu60, .*ctrgcn-ntu60/],
    [['train', '--data', 'x', '--normalize', 'center,spin'], /Choose among main-person, center/],
    [['train', '--data', 'x', '--decays', 'PA'], /It must be name=number/],
    [['train', '--data', 'x', '--decays', 'PA=-1'], /a number from 0 to 10/],
    [['train', '--data', 'x', '--freeze', 'PA'], /It must be name:epochs/],
    [['train', '--data', 'x', '--dropout', '2'], /a number from 0 to 0.99/],
    [['train', '--data', 'x', '--rate', '0'], /a number above 0/],
    [['evaluate', '--data', 'x'], /missing required argument 'model'/],
    [['recognize', 'm.onnx'], /missing required argument 'file'/],
  ])('explains wrong arguments: %j', async (args, message) => {
    const { code, out, notes } = await runCommand(args);
    expect(code).toBe(2);
    expect(notes).toMatch(message);
    expect(out).toBe('');
    const machine = await runCommand([...args, '--json']);
    expect(JSON.parse(machine.out).error.code).toBe('invalid-argument');
  });

  it.each([
    [['--data', 'none'], /none: expected a folder with clips.json, .*got nothing of that name/],
    [['--classes', 'label-correct'], /"correct" as true or false/],
    [['--augment', 'spin'], /augmentations among rotate, .*got "spin"/],
    [['--augment', 'drift:2'], /drift without an amount, got "drift:2"/],
    [['--protocol', 'random'], /a protocol of this data set: cross-subject, .*got "random"/],
    [['--root', 'tail'], /tail/],
    [
      ['--encoder', 'stgcn', '--set', 'depth=3'],
      /options among width, stages, dropout, partition, edgeImportance, got depth/,
    ],
    [['--encoder', 'mlp', '--stages', '1'], /mlp: expected options among width, layers, dropout, got stages/],
    [['--epochs', '3', '--warmup', '5'], /a warmup of at most the 3 epochs of the training, got 5/],
    [['--freeze', 'nothing:2'], /freeze.parameters to name some of /],
    [['--optimizer', 'adamw', '--decays', 'PA=0'], /--decays: expected --optimizer sgd, got adamw/],
    [['--augment', 'rotate:4'], /rotate from 0 to 3.14, got "4"/],
    [['--set', 'depth=3'], /options among width, stages, variant, got depth/],
    [['--patience', '3'], /--patience: expected recordings to validate on/],
    [['--validation-share', '0.5', '--validation-subjects', '1'], /one of .* got both/],
    [['--center', 'tail'], /tail/],
    [['--protocol', 'split'], /got "split"\. split needs recordings with "split"/],
    [['--resume', 'none'], /none: expected a file/],
    [['--checkpoint', '/proc/none/none/none'], /--checkpoint: expected a place that can be written/],
  ])('explains what it cannot do: train %j', async (args, message) => {
    const { code, out, notes } = await runCommand(train('never.onnx', ...args));
    expect(notes).toMatch(message);
    expect(notes).not.toContain('    at ');
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });
});

describe('a model from the command line', () => {
  let training: Awaited<ReturnType<typeof runCommand>>;
  const model = () => join(folder, 'model.onnx');
  beforeAll(async () => {
    const options = ['--epochs', '12', '--json', '--validation-subjects', '3', '--precision', 'float16'];
    training = await runCommand(train('model.onnx', ...options));
  }, 60_000);

  it('is trained, and says how', async () => {
    const { code, lines, notes } = training;
    expect(notes).toBe('');
    expect(code).toBe(0);
    const events = lines.map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: 'start', data: 'Synthetic', train: 18, test: 18, labels });
    expect(events.slice(1, -1)).toHaveLength(12);
    expect(events[1]).toMatchObject({ event: 'epoch', epoch: 1, validation: { count: 9 } });
    expect(events[12].loss).toBeLessThan(events[1].loss);
    expect(events.at(-1)).toMatchObject({ event: 'end', out: model(), protocol: 'cross-subject', count: 18 });
    const bytes = await readFile(model());
    expect(bytes.length).toBe(events.at(-1).bytes);
    const { manifest } = readBundle(bytes);
    expect(manifest).toMatchObject({ labels, license: 'CC0-1.0', data: 'Synthetic', metrics: events.at(-1).metrics });
    expect(manifest.command).toMatch(/^kinegraph train --data .* --precision float16$/);
  });

  it('is measured', async () => {
    const { code, out } = await runCommand(['evaluate', model(), '--data', data, '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ count: 18, labels, protocol: 'cross-subject', classes: 'label' });
    const right = labels.reduce((sum, _, index) => sum + report.confusion[index][index], 0);
    expect(report.top1).toBeCloseTo(right / 18);
    expect(report.top1).toBe(readBundle(await readFile(model())).manifest.metrics?.top1);
    const everything = await runCommand(['evaluate', model(), '--data', data, '--protocol', 'all']);
    expect(everything.out).toMatch(/Synthetic, all: 36 recordings\ntop-1 [\d.]+ %/);
    expect(everything.out).toMatch(/\nsquat +12 /);
  });

  it('is measured by subject', async () => {
    const { out } = await runCommand(['evaluate', model(), '--data', data, '--by', 'subject', '--json']);
    const { groups, top1 } = JSON.parse(out);
    expect(groups).toMatchObject([
      { value: '2', count: 9 },
      { value: '4', count: 9 },
    ]);
    expect((groups[0].top1 + groups[1].top1) / 2).toBeCloseTo(top1);
    const { out: text } = await runCommand(['evaluate', model(), '--data', data, '--by', 'subject']);
    expect(text).toMatch(/\nsubject +count +right\n2 +9 +[\d.]+ %\n4 +9 +[\d.]+ %$/);
    const { code, notes } = await runCommand(['evaluate', model(), '--data', data, '--by', 'shoe']);
    expect(code).toBe(1);
    expect(notes).toMatch(/--by: expected subject.*, which recording synthetic\/.* has, got "shoe"/);
  });

  it('recognizes recordings of a folder and of a file', async () => {
    const id = 'synthetic/2/squat/0';
    const { out } = await runCommand(['recognize', model(), data, '--only', id, '--json', '--top', '2']);
    const found = JSON.parse(out);
    expect(found).toMatchObject({ file: data, id, label: 'squat' });
    expect(found.top).toHaveLength(2);
    expect(found.top[0].score).toBeGreaterThanOrEqual(found.top[1].score);
    const all = await runCommand(['recognize', model(), data]);
    expect(all.lines).toHaveLength(36);
    expect(all.lines[0]).toMatch(/^synthetic\/1\/wave\/0 +[✓✗] +\w+ +[\d.]+ %/);

    const file = join(folder, 'clip.json');
    const [sample] = syntheticDataset({ actions: ['squat'], subjects: 1, clipsPerSubject: 1, frames: 20, noise: 0 });
    const points = Array.from(sample?.clip.positions.data ?? []);
    const positions = Array.from({ length: 20 }, (_, t) =>
      Array.from({ length: 25 }, (_, v) => points.slice((t * 25 + v) * 3, (t * 25 + v) * 3 + 3)),
    );
    await writeFile(file, JSON.stringify({ layout: 'ntu25', fps: 30, unit: 'meter', positions }));
    const single = await runCommand(['recognize', model(), file, '--json']);
    expect(JSON.parse(single.out).top).toHaveLength(3);
  });

  it.each([
    ['{"layout": "ntu26", "positions": []}', /layout: one of ntu25, .*got "ntu26"/],
    ['{"layout": "ntu25", "fsp": 30, "positions": []}', /fsp: no such field/],
    ['{"layout": "ntu25", "positions": []}', /clip: expected/],
    ['{"layout": "ntu25", "positions": [[[1, "x", 3]]]}', /number/],
    [
      '{"layout": {"id": "x", "joints": ["a", "b"], "parents": [1, 0]}, "positions": [[[0, 0, 0], [1, 1, 1]]]}',
      /one root/,
    ],
    ['{"layout": "ntu25", "positions": 3}', /positions: nested lists.*got 3/],
    ['{"layout": "ntu25", "__proto__": {}}', /safe to copy/],
    ['[]', /a JSON object, got a list/],
  ])('refuses the clip %s', async (text, message) => {
    const file = join(folder, 'bad.json');
    await writeFile(file, text);
    const { code, notes } = await runCommand(['recognize', model(), file]);
    expect(notes).toMatch(message);
    expect(code).toBe(1);
  });

  it('is inspected', async () => {
    const { out } = await runCommand(['inspect', model(), '--json']);
    const facts = JSON.parse(out);
    expect(facts.inputs).toEqual([{ name: 'positions', shape: ['batch', 1, 3, 16, 25] }]);
    expect(facts.outputs).toContainEqual({ name: 'logits', shape: ['batch', 3] });
    expect(facts.manifest.encoder).toMatchObject({ id: 'ctrgcn', options: { width: 8, stages: [1] } });
    expect(facts.bytes).toBe((await readFile(model())).length);
    expect(facts.parameters).toBeGreaterThan(1000);
    expect(facts.operators.MatMul).toBeGreaterThan(0);
    const people = await runCommand(['inspect', model()]);
    expect(people.out).toMatch(/^layout +ntu25, 25 joints$/m);
    expect(people.out).toMatch(/^input +positions \[batch, 1, 3, 16, 25\]$/m);
  });

  it('is refused when it is damaged, and measured only on classes that it knows', async () => {
    const damaged = join(folder, 'damaged.onnx');
    await writeFile(damaged, (await readFile(model())).subarray(0, 3000));
    for (const args of [
      ['inspect', damaged],
      ['evaluate', damaged, '--data', data],
      ['recognize', damaged, data],
    ]) {
      const { code, out, notes } = await runCommand(args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(notes).toMatch(/^kinegraph: .*damaged/);
    }
    const other = join(folder, 'other');
    const samples = syntheticDataset({ actions: ['walk', 'sit'], subjects: 2, frames: 20 });
    await writeDataset(other, { name: 'Other', license: 'CC0-1.0', source: 'a program', fps: 30, samples });
    const { notes } = await runCommand(['evaluate', model(), '--data', other]);
    expect(notes).toMatch(/a label that the model knows, among wave; squat; kick, got "walk"/);
  });
});

describe('one-shot', () => {
  it('trains on base classes and measures by nearest example', async () => {
    const out = join(folder, 'one-shot.onnx');
    const { code, notes } = await runCommand(train('one-shot.onnx', '--protocol', 'one-shot', '--epochs', '2'));
    expect(notes).toContain('Synthetic: 24 recordings of 2 classes to train on, 9 to test');
    expect(code).toBe(0);
    expect(readBundle(await readFile(out)).manifest.labels).toEqual(['squat', 'kick']);
    const report = JSON.parse(
      (await runCommand(['evaluate', out, '--data', data, '--protocol', 'one-shot', '--json'])).out,
    );
    expect(report).toMatchObject({ count: 9, labels: ['wave'], top1: 1 });
  });
});

describe('interruption', () => {
  it('saves a checkpoint and goes on to the same model', async () => {
    const whole = await runCommand(train('whole.onnx', '--epochs', '3'));
    expect(whole.code).toBe(0);
    const stopped = await runCommand(train('parts.onnx', '--epochs', '3'), (line, stop) => {
      if (line.startsWith('epoch 2/3')) stop();
    });
    expect(stopped.code).toBe(130);
    expect(stopped.out).toBe('');
    expect(existsSync(join(folder, 'parts.onnx'))).toBe(false);
    const checkpoint = join(folder, 'parts.checkpoint');
    const command = commandLine(train('parts.onnx', '--epochs', '3', '--resume', checkpoint));
    expect(stopped.notes).toContain(`To go on from here:\n  ${command}`);

    const resumed = await runCommand(train('parts.onnx', '--epochs', '3', '--resume', checkpoint));
    expect(resumed.notes).toMatch(/epoch 3\/3/);
    expect(resumed.notes).not.toMatch(/epoch [12]\/3/);
    const digest = async (name: string) => readBundle(await readFile(join(folder, name))).manifest.weights.sha256;
    expect(await digest('parts.onnx')).toBe(await digest('whole.onnx'));

    const changed = await runCommand(train('parts.onnx', '--epochs', '4', '--resume', checkpoint));
    expect(changed.notes).toMatch(/epochs as in the checkpoint, 3, got 4/);
    const noise = join(folder, 'noise');
    await writeFile(noise, 'no checkpoint at all');
    const refused = await runCommand(train('parts.onnx', '--epochs', '3', '--resume', noise));
    expect(refused.code).toBe(1);
    expect(refused.notes).toMatch(/safetensors/);
  }, 60_000);

  it('ends other commands as well', async () => {
    const notes: string[] = [];
    const code = await run(['evaluate', join(folder, 'any.onnx'), '--data', data], {
      print: () => undefined,
      note: (line) => notes.push(line),
      screen: undefined,
      signal: AbortSignal.abort(),
    });
    expect({ code, notes }).toEqual({ code: 130, notes: ['kinegraph: interrupted'] });
  });
});

describe('saving', () => {
  it('goes to the folder for temporary files where the place fails', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'in the way');
    const notes: string[] = [];
    const name = `${basename(folder)}.onnx`;
    const place = await save(join(file, name), Uint8Array.of(1), { note: (line) => notes.push(line) });
    expect(place).toBe(join(tmpdir(), name));
    expect(notes.join()).toContain(`Saved as ${place} instead.`);
    await rm(place);
  });

  it('goes on training without a checkpoint that cannot be written', async () => {
    const checkpoint = join(folder, 'later');
    const { code, notes } = await runCommand(
      train('kept.onnx', '--epochs', '2', '--checkpoint', checkpoint),
      (line) => {
        // A folder comes into the way once training has begun.
        if (line.startsWith('Synthetic:')) void mkdir(join(checkpoint, 'in the way'), { recursive: true });
      },
    );
    expect(notes).toMatch(/Checkpoint not saved. .*later/);
    expect(code).toBe(0);
    expect(existsSync(join(folder, 'kept.onnx'))).toBe(true);
  }, 30_000);
});

describe('text', () => {
  it('aligns columns', () => {
    expect(
      table([
        ['class', '12'],
        ['a', '3', 'x'],
      ]),
    ).toEqual(['class  12', 'a       3  x']);
  });

  it('quotes for the shell', () => {
    expect(commandLine(['train', '--data', "it's here", '--out', 'a.onnx'])).toBe(
      String.raw`kinegraph train --data 'it'\''s here' --out a.onnx`,
    );
  });
});
