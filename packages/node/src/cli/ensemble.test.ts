import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ntu25, readBundle } from '@kinegraph/core';
import { syntheticDataset } from '@kinegraph/core/testing';
import { classification, createTrainer } from '@kinegraph/core/train';
import { stgcnpp } from '@kinegraph/encoders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../datasets/write-dataset.ts';
import { createRuntime } from '../runtime.ts';
import { run } from './program.ts';

const labels = ['wave', 'squat', 'kick'] as const;
let folder = '';
const file = (name: string) => join(folder, name);

/** Runs the command. */
async function kinegraph(...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await run(args, {
    print: (line) => out.push(line),
    note: (line) => notes.push(line),
    screen: undefined,
    signal: new AbortController().signal,
  });
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-ensemble-'));
  const samples = syntheticDataset({ actions: labels, subjects: 4, clipsPerSubject: 3, frames: 20 });
  await writeDataset(file('data'), { name: 'Synthetic', license: 'CC0-1.0', source: 'a program', fps: 30, samples });
  await using runtime = createRuntime({ threads: 1 });
  for (const [seed, stream] of (['joint', 'bone', 'bone-motion'] as const).entries()) {
    const trainer = createTrainer({
      runtime,
      encoder: stgcnpp({ width: 8, stages: [1] }),
      task: classification(labels),
      input: { layout: ntu25, frames: stream === 'bone-motion' ? 8 : 16, streams: [stream] },
      seed,
    });
    for await (const _ of trainer.fit(samples.slice(0, 18), { epochs: 4, batch: 6, rate: 0.05 }));
    await writeFile(file(`${stream}.onnx`), await trainer.export({ data: 'Synthetic', metrics: { top1: 0.5 } }));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('kinegraph ensemble', () => {
  it('teaches', async () => {
    const { code, out } = await kinegraph('ensemble', '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/ctrgcn +logits, positions 0.6, motions 0.4\n/);
    expect(out).toMatch(/Examples:\n {2}\$ kinegraph /);
  });

  it('writes a bundle that says what it is', async () => {
    const models = [file('joint.onnx'), file('bone.onnx')];
    const out = file('weighted.onnx');
    const given = ['ensemble', ...models, '--weights', '0.6,0.4', '--fuse', 'probabilities', '--out', out];
    const { code, out: printed, notes } = await kinegraph(...given, '--json');
    expect({ code, notes }).toEqual({ code: 0, notes: '' });
    const bytes = await readFile(out);
    const { manifest } = readBundle(bytes);
    expect(JSON.parse(printed)).toEqual({ out, bytes: bytes.length, fuse: 'probabilities', members: manifest.members });
    expect(manifest).toMatchObject({
      data: 'Synthetic',
      members: [
        { name: 'joint', weight: 0.6, streams: ['joint'], encoder: { id: 'stgcnpp' } },
        { name: 'bone', weight: 0.4, streams: ['bone'], metrics: { top1: 0.5 } },
      ],
      command: `kinegraph ${given.join(' ')} --json`,
    });
    const inspected = await kinegraph('inspect', out);
    expect(inspected.out).toMatch(/^encoder +ensemble fuse="probabilities"$/m);
    expect(inspected.out).toMatch(/^member +bone +0.4 +stgcnpp +bone +top1 0.5$/m);
  });

  it('writes a bundle that is evaluated and recognizes', async () => {
    const out = file('both.onnx');
    const joined = await kinegraph(
      'ensemble',
      file('joint.onnx'),
      file('bone.onnx'),
      '--weights',
      'pyskl',
      '--out',
      out,
    );
    expect(joined.out).toMatch(/both.onnx: 0.\d+ MB, weighted probabilities of\njoint +2 +stgcnpp +joint +top1 0.5\n/);
    const { code, out: report } = await kinegraph('evaluate', out, '--data', file('data'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(report)).toMatchObject({ count: 18, labels });
    const { out: found } = await kinegraph('recognize', out, file('data'), '--only', 'synthetic/2/squat/0', '--json');
    expect(JSON.parse(found).top).toHaveLength(3);
  });

  it('names files of one name apart', async () => {
    await mkdir(file('other'));
    await writeFile(file('other/joint.onnx'), await readFile(file('bone.onnx')));
    const { code } = await kinegraph(
      'ensemble',
      file('joint.onnx'),
      file('other/joint.onnx'),
      '--out',
      file('two.onnx'),
    );
    expect(code).toBe(0);
    const { members } = readBundle(await readFile(file('two.onnx'))).manifest;
    expect(members?.map(({ name }) => name)).toEqual(['joint', 'joint-2']);
  });

  it.each([
    [['joint', 'bone-motion'], [], 1, /ensemble: bone-motion: expected frames as in joint, 16, got 8/],
    [['joint'], [], 1, /2 to 100 bundles, got 1/],
    [['joint', 'none'], [], 1, /none.onnx: expected a file/],
    [['joint', 'bone'], ['--weights', '1'], 1, /one weight for each of 2 bundles, got 1/],
    [['joint', 'bone'], ['--weights', '1,x'], 2, /numbers above 0 with commas, without spaces, or one of 2s-agcn/],
    [['joint', 'bone'], ['--fuse', 'scores'], 2, /Choose among logits, probabilities/],
    [['joint', 'bone', 'page'], [], 1, /ensemble: page: expected an ONNX file, got text/],
  ])('explains what it cannot do: %j %j', async (names, options, expected, message) => {
    await writeFile(file('page.onnx'), '<!DOCTYPE html><html lang="en">');
    const models = names.map((name) => file(`${name}.onnx`));
    const { code, notes } = await kinegraph('ensemble', ...models, ...options, '--out', file('never.onnx'));
    expect(notes).toMatch(message);
    expect(code).toBe(expected);
  });
});
