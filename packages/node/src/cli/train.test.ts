import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '@kinegraph/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { makeTrainingFolder, trainArguments } from '../fixtures/training-folder.ts';

let folder = '';
let data = '';

beforeAll(async () => {
  ({ folder, data } = await makeTrainingFolder());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const train = (out: string, ...more: string[]) => trainArguments(folder, out, ...more);

describe('recipes', () => {
  const quick = ['--recipe', 'ctrgcn-ucla', '--width', '8', '--stages', '1', '--batch', '6', '--threads', '1'];
  const from = (out: string, ...more: string[]) => [
    'train',
    '--data',
    data,
    '--out',
    join(folder, out),
    ...quick,
    ...more,
  ];

  it('are listed', async () => {
    const { code, lines, notes } = await runCommand(['train', '--recipe', 'list']);
    expect({ code, notes }).toEqual({ code: 0, notes: '' });
    expect(lines.join('\n')).toMatch(/^ctrgcn-ucla +NW-UCLA +Chen et al., ICCV 2021/m);
    expect((await runCommand(['train', '--help'])).out).toMatch(/Recipes.*\n {2}stgcn-ntu60 .*Yan et al/s);
  });

  it('set what was not typed, and say so', async () => {
    const { code, lines, notes } = await runCommand(from('ucla.onnx', '--epochs', '2', '--repeat', '2', '--json'));
    expect(code).toBe(0);
    // Fewer epochs than the recipe's: its drop is out of reach, and its warm-up is shortened.
    expect(notes).toBe('The rate should drop at 50, after the last epoch: give --drops as well.');
    const events = lines.map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: 'start', recipe: 'ctrgcn-ucla', train: 18 });
    expect(events.slice(1, 3).map(({ rate }) => rate)).toEqual([0.05, 0.1]);
    const { manifest } = readBundle(await readFile(join(folder, 'ucla.onnx')));
    expect(manifest.input).toMatchObject({ frames: 52, sampling: 'spread', normalize: ['center', 'box'], persons: 1 });
    expect(manifest).toMatchObject({
      streams: ['joint'],
      encoder: { id: 'ctrgcn', options: { width: 8, stages: [1] } },
    });
    expect(manifest.command).toMatch(/^kinegraph train .*--recipe ctrgcn-ucla --width 8 .*--repeat 2 --json$/);
  }, 60_000);

  it('give way to another encoder and to what is typed', async () => {
    const more = [
      '--recipe',
      'aagcn-ntu60',
      '--encoder',
      'stgcn',
      '--frames',
      '8',
      '--sampling',
      'uniform',
      '--epochs',
      '1',
    ];
    const typed = [...from('other.onnx'), ...more, '--test-clips', '3', '--accumulate', '1'];
    const { code, notes } = await runCommand(typed);
    expect(notes).toContain('by aagcn-ntu60');
    expect(code).toBe(0);
    const { manifest } = readBundle(await readFile(join(folder, 'other.onnx')));
    expect(manifest.encoder).toMatchObject({ id: 'stgcn', options: { width: 8, dropout: 0 } });
    const steps = ['center-frames', 'align-spine'];
    expect(manifest.input).toMatchObject({ frames: 8, sampling: 'uniform', normalize: steps, persons: 2 });
  }, 60_000);
});

describe('a training that fails', () => {
  // Each step multiplies the weights by about -10,000, until they overflow after some epochs of one step each.
  const fatal = ['--epochs', '40', '--schedule', 'constant', '--rate', '1000', '--weight-decay', '10', '--batch', '18'];

  it('saves the best epoch, says what happened, and is no success', async () => {
    const { code, lines, notes } = await runCommand(train('failed.onnx', ...fatal, '--validation-test', '--json'));
    expect(code).toBe(1);
    expect(notes).toMatch(/expected finite numbers.* lower rate/);
    const [failed, end, error] = lines.slice(-3).map((line) => JSON.parse(line));
    expect(failed).toMatchObject({ event: 'failed', best: expect.any(Number) });
    expect(end).toMatchObject({ event: 'end', out: join(folder, 'failed.onnx') });
    expect(error.error.code).toBe('invalid-data');
    const best = lines.map((line) => JSON.parse(line)).find(({ epoch }) => epoch === failed.best);
    expect(best).toMatchObject({ best: true });
    const { metrics } = readBundle(await readFile(join(folder, 'failed.onnx'))).manifest;
    expect(metrics?.top1).toBe(best.validation.top1);
  }, 60_000);

  it('says how to lose less, where there is no best epoch', async () => {
    const { code, notes } = await runCommand(train('lost.onnx', ...fatal));
    expect(code).toBe(1);
    expect(notes).toMatch(/Training failed, and nothing is saved. With --validation-subjects/);
    expect(existsSync(join(folder, 'lost.onnx'))).toBe(false);
  }, 60_000);
});
