import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputName, int64, ntu25, openModel, readBundle, type Tensor, writeSafetensors } from '@kinegraph/core';
import { classification, createTrainer } from '@kinegraph/core/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenInput, goldenWeights } from '../../../encoders/goldens/weights.ts';
import { torchFile } from '../checkpoints/fixtures/torch-file.ts';
import { createRuntime } from '../runtime.ts';
import { encoders } from './encoders.ts';
import { run } from './program.ts';

type Weights = Record<string, Tensor<'float32'>>;

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-convert-'));
  await writeFile(at('labels.txt'), 'wave\nsquat\r\n\nkick\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function convert(file: string, ...args: string[]) {
  await rm(at('out.onnx'), { force: true });
  const out: string[] = [];
  const notes: string[] = [];
  const code = await run(['convert', at(file), '--out', at('out.onnx'), ...args], {
    print: (line) => out.push(line),
    note: (line) => notes.push(line),
    screen: undefined,
    signal: new AbortController().signal,
  });
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

/** What the converted bundle says to positions. */
async function logitsOf(positions: Tensor): Promise<Float32Array> {
  await using runtime = createRuntime({ threads: 1 });
  await using model = await openModel(await readFile(at('out.onnx')), { runtime });
  const { logits } = await model.session.run({ [inputName]: positions });
  return logits?.data as Float32Array;
}

function largestError(actual: Float32Array, expected: ArrayLike<number>): number {
  const values = Array.from(expected);
  const scale = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - (actual[i] as number)))) / scale;
}

const rename = (weights: Weights, change: (name: string) => string): Weights =>
  Object.fromEntries(Object.entries(weights).map(([name, weight]) => [change(name), weight]));

/** PYSKL's names of a network of this library. */
const pyskl: Readonly<Record<string, (name: string) => string>> = {
  stgcnpp: (name) => name.replace(/^fc\./, 'cls_head.fc_cls.'),
  stgcn: (name) =>
    name
      .replace(/^fc\./, 'cls_head.fc_cls.')
      .replace(/^data_bn/, 'backbone.data_bn')
      .replace(/^A$/, 'backbone.gcn.0.gcn.A')
      .replace(/^edge_importance\.(\d+)$/, 'backbone.gcn.$1.gcn.PA')
      .replace(/^st_gcn_networks\./, 'backbone.gcn.')
      .replace('.tcn.0.', '.gcn.bn.')
      .replace('.tcn.2.', '.tcn.conv.')
      .replace('.tcn.3.', '.tcn.bn.')
      .replace('.residual.0.', '.residual.conv.')
      .replace('.residual.1.', '.residual.bn.'),
  aagcn: (name) =>
    name
      .replace(/^fc\./, 'cls_head.fc.')
      .replace(/^data_bn/, 'backbone.data_bn')
      .replace(/^l(\d+)\./, (_, number) => `backbone.gcn.${Number(number) - 1}.`)
      .replace('.gcn1.PA', '.gcn.A')
      .replace(/\.(gcn|tcn)1\./, '.$1.'),
  ctrgcn: (name) =>
    name
      .replace(/^fc\./, 'cls_head.fc_cls.')
      .replace(/^data_bn/, 'backbone.data_bn')
      .replace(/^l(\d+)\./, (_, number) => `backbone.net.${Number(number) - 1}.`)
      .replace('.gcn1.PA', '.gcn1.A'),
};

/** Options that PYSKL's networks need. */
const pysklOptions: Readonly<Record<string, object>> = { ctrgcn: { variant: 'pyskl' } };

interface Golden {
  readonly input: { readonly shape: readonly [number, number, number, number, number] };
  readonly tensors: readonly (readonly [string, readonly number[]])[];
  readonly eval: { readonly logits: { readonly values: readonly number[] } };
}

describe('kinegraph convert, on the golden weights of the authors', () => {
  it.each([
    ['ctr-gcn-ntu60', (name: string) => `module.${name}`, ['--recipe', 'ctrgcn-ntu60']],
    ['st-gcn-plusplus-ntu60', pyskl.stgcnpp as (name: string) => string, ['--recipe', 'stgcnpp-pyskl']],
    ['infogcn-ntu60-k1', (name: string) => name, ['--recipe', 'infogcn-ntu60']],
  ])('%s: the bundle computes the authors’ logits', async (name, change, args) => {
    const url = new URL(`../../../encoders/goldens/${name}.json`, import.meta.url);
    const golden = JSON.parse(readFileSync(url, 'utf8')) as Golden;
    const [, , frames, , persons] = golden.input.shape;
    const file = torchFile(rename(goldenWeights(golden.tensors), change), 'state_dict');
    await writeFile(at('golden.pt'), file);
    const { code, notes } = await convert(
      'golden.pt',
      ...args,
      '--labels',
      'ntu60',
      '--frames',
      `${frames}`,
      '--persons',
      `${persons}`,
    );
    expect(notes).toBe('');
    expect(code).toBe(0);
    expect(largestError(await logitsOf(goldenInput(golden.input.shape)), golden.eval.logits.values)).toBeLessThan(1e-4);
  });
});

describe('kinegraph convert, on small networks', () => {
  const small = ['--width', '8', '--stages', '1,1', '--frames', '16', '--persons', '1'];
  const labels = ['wave', 'squat', 'kick'];
  const positions = goldenInput([2, 3, 16, 25, 1]);

  /** The weights of a small network, away from their first values, and what it computes. */
  async function network(id: string, options: object = {}) {
    const runtime = createRuntime({ threads: 1 });
    const encoder = (encoders[id] as (options: object) => ReturnType<(typeof encoders)[string]>)({
      width: 8,
      stages: [1, 1],
      ...options,
    });
    const parts = { runtime, encoder, task: classification(labels), input: { layout: ntu25, frames: 16 } };
    const first = await createTrainer(parts).weights();
    const drawn = goldenWeights(Object.entries(first).map(([name, { shape }]) => [name, shape] as const));
    const weights: Weights = { ...drawn, ...(first.A && { A: first.A }) };
    await writeFile(at('out.onnx'), await createTrainer({ ...parts, weights }).export());
    await runtime[Symbol.asyncDispose]();
    return { weights, expected: await logitsOf(positions) };
  }

  it.each(Object.keys(pyskl))('reads the names of PYSKL for %s', async (id) => {
    const options = pysklOptions[id] ?? {};
    const { weights, expected } = await network(id, options);
    const set = Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    await writeFile(at('pyskl.pt'), torchFile(rename(weights, pyskl[id] as (name: string) => string), 'state_dict'));
    const typed = ['--encoder', id, ...set, '--labels', at('labels.txt'), ...small, '--json'];
    const { code, out } = await convert('pyskl.pt', ...typed);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      out: at('out.onnx'),
      encoder: id,
      source: 'pyskl',
      tensors: Object.keys(weights).length,
      unused: 0,
      labels,
    });
    expect(largestError(await logitsOf(positions), expected)).toBe(0);
  });

  it.each(['stgcn', 'agcn', 'ctrgcn', 'shiftgcn'].filter((id) => Object.hasOwn(encoders, id)))(
    'reads safetensors of %s',
    async (id) => {
      const { weights, expected } = await network(id);
      const count = int64([3], []);
      await writeFile(at('file.safetensors'), writeSafetensors({ ...weights, 'data_bn.num_batches_tracked': count }));
      const { code, out } = await convert('file.safetensors', '--encoder', id, '--labels', at('labels.txt'), ...small);
      expect(code).toBe(0);
      expect(out).toMatch(
        /out\.onnx: [\d.]+ MB, \w+ with 3 classes\n\d+ tensors of .*, 1 others that it does not need/,
      );
      expect(largestError(await logitsOf(positions), expected)).toBe(0);
    },
  );

  it('writes what it was told into the manifest', async () => {
    const { weights } = await network('ctrgcn');
    await writeFile(at('mine.pt'), torchFile(rename(weights, (name) => `encoder.${name}`)));
    await writeFile(at('names.json'), '[{ "from": "^encoder\\\\.", "to": "" }]');
    const input = [
      '--sampling',
      'uniform',
      '--normalize',
      'center,align-spine',
      '--streams',
      'bone',
      '--root',
      'spine_mid',
    ];
    const about = ['--map', at('names.json'), '--license', 'CC BY-NC 4.0', '--precision', 'float16'];
    const typed = ['--encoder', 'ctrgcn', '--labels', at('labels.txt'), ...small, ...input, ...about];
    expect((await convert('mine.pt', ...typed)).notes).toBe('');
    const { manifest } = readBundle(await readFile(at('out.onnx')));
    expect(manifest).toMatchObject({
      task: 'classification',
      encoder: { id: 'ctrgcn', options: { width: 8, stages: [1, 1] } },
      labels,
      license: 'CC BY-NC 4.0',
      streams: ['bone'],
      input: {
        layout: { id: 'ntu25@spine_mid' },
        frames: 16,
        persons: 1,
        sampling: 'uniform',
        normalize: ['center', 'align-spine'],
        unit: 'meter',
      },
    });
    expect(manifest.command).toContain('kinegraph convert');
  });

  it('lists what does not fit', async () => {
    const { weights } = await network('ctrgcn');
    const { 'fc.bias': bias, ...rest } = weights;
    await writeFile(at('odd.pt'), torchFile({ ...rest, 'head.fc.bias': bias as Tensor<'float32'> }));
    const { code, out, notes } = await convert(
      'odd.pt',
      '--encoder',
      'ctrgcn',
      '--labels',
      'ntu60',
      ...small,
      '--json',
    );
    expect(code).toBe(1);
    const { error } = JSON.parse(out);
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(/1 missing, 1 unexpected, 1 of another shape/);
    expect(notes).toContain('\n  fc.bias [60]\n');
    expect(notes).toContain('\n  fc.weight [60, 16], in the checkpoint [3, 16]\n');
    expect(notes).toContain('--labels must have as many classes');
  });

  it.each([
    [['--labels', 'ntu60'], /--encoder or --recipe, got neither/],
    [['--labels', 'ntu60', '--encoder', 'ctrgcn', '--layout', 'ntu'], /--layout: expected one of ntu25, .*, got "ntu"/],
    [['--labels', 'ntu60', '--encoder', 'ctrgcn', '--set', 'width'], /--set: expected name=value, got "width"/],
    [
      ['--labels', 'ntu60', '--encoder', 'ctrgcn', '--set', 'depth=3'],
      /options among width, stages, variant.*got depth/,
    ],
    [['--labels', 'ntu60', '--encoder', 'ctrgcn', '--normalize', 'all'], /normalize as a list among .*got "all"/],
    [['--labels', 'ntu60', '--encoder', 'ctrgcn', '--sampling', 'all'], /sampling among .*got "all"/],
    [['--labels', 'none.txt', '--encoder', 'ctrgcn'], /none\.txt: expected a file, got nothing of that name/],
    [['--labels', 'ntu60', '--encoder', 'ctrgcn'], /none\.pt: expected a file, got nothing of that name/],
    [['--labels', 'ntu60', '--encoder', 'ctr'], /Choose among .*ctrgcn/],
    [['--encoder', 'ctrgcn'], /required option '--labels <what>' not specified/],
  ])('refuses %j', async (args, message) => {
    const { code, notes } = await convert('none.pt', ...args);
    expect(code).toBeGreaterThan(0);
    expect(notes).toMatch(message);
  });

  it('runs nothing that a file names', async () => {
    await writeFile(at('evil.pt'), readFileSync(new URL('../checkpoints/fixtures/module-zip.pt', import.meta.url)));
    const { code, notes } = await convert('evil.pt', '--encoder', 'ctrgcn', '--labels', 'ntu60');
    expect(code).toBe(1);
    expect(notes).toMatch(/got "torch\.nn\.parallel\.data_parallel\.DataParallel".*torch\.save\(model\.state_dict\(\)/);
  });
});
