/**
 * Bad input as users meet it: through the front door, on a real network and the real engine.
 *
 * Proven beside the code, and not again here: every cut and flipped bit of a small bundle (core/model/bundle.test.ts), other forms of hostile
 * tensors (core/onnx/tensors.test.ts, read.test.ts) and manifests (core/model/manifest.test.ts), other broken clips (core/skeleton/clip.test.ts,
 * options.test.ts), data sets and clip files (datasets/dataset.test.ts, cli/cli.test.ts), a checkpoint that is damaged or of another network and
 * an exact resume after any step (core/train/trainer.test.ts), Ctrl-C (cli/main.test.ts), atomic writes (write-file-atomic.test.ts).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomClip, syntheticDataset, tinyModel } from '@kinegraph/core/testing';
import {
  adamw,
  classification,
  constant,
  cosine,
  createTrainer,
  type FitOptions,
  type Sample,
  sgd,
  step,
  type TrainerOptions,
} from '@kinegraph/core/train';
import { ctrgcn } from '@kinegraph/encoders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgedBundle, setDeclaredSize } from '../../core/src/model/fixtures/forged-bundle.ts';
import {
  type Classification,
  classify,
  clip,
  coco17,
  createGallery,
  createRuntime,
  embed,
  filled,
  hand21,
  KinegraphError,
  type Model,
  ntu25,
  open,
  writeDataset,
} from './index.ts';

const labels = ['wave', 'squat'] as const;
const samples = syntheticDataset({ actions: labels, subjects: 3, frames: 20 });
const [sample] = samples as [Sample];
const input = { layout: ntu25, frames: 8 };
const runtime = createRuntime({ threads: 1 });
const trainerOf = (options: Partial<TrainerOptions<Sample, unknown>> = {}) =>
  createTrainer<Sample, unknown>({
    runtime,
    encoder: ctrgcn({ width: 8, stages: [1] }),
    task: classification(labels),
    input,
    ...options,
  });
const fitting: FitOptions<Sample, unknown> = { epochs: 2, batch: 5, rate: 0.05 };

let folder: string;
let bundle: Uint8Array;
let model: Model;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-bad-input-'));
  bundle = await trainerOf().export();
  model = await open(bundle, { runtime });
});
afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** The error of an attempt: one of ours, at once, with a message in which no value is missing. */
async function errorOf(attempt: () => unknown): Promise<KinegraphError> {
  const start = performance.now();
  const error = await Promise.resolve()
    .then(attempt)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(performance.now() - start).toBeLessThan(5000);
  if (!KinegraphError.is(error))
    throw new Error(`not a KinegraphError: ${error instanceof Error ? error.stack : error}`);
  expect(error.message).toMatch(/^\S.*: expected \S.*, got \S.*\.$/s);
  expect(error.message).not.toMatch(/\[object|NaN of|: expected undefined|\.\.$/);
  return error;
}

type Case = readonly [name: string, attempt: () => unknown, code: KinegraphError['code'], message: RegExp];

describe('a clip', () => {
  const flat = (frames: number) => Float32Array.from({ length: frames * 75 }, (_, i) => Math.sin(i));
  const spoiled = (value: number) => flat(2).fill(value, 80, 81);
  it.each<Case>([
    ['of a hand', () => classify(model, randomClip(hand21)), 'unsupported', /shares joints with hand21, got ntu25/],
    [
      'in two dimensions',
      () => classify(model, randomClip(coco17, { dimensions: 2 })),
      'invalid-clip',
      /3 coordinates, got 2\. The model needs 3-D joints/,
    ],
    ['of 17 joints for 25', () => clip(ntu25, filled([1, 2, 17, 3], 1)), 'invalid-clip', /got \[1, 2, 17, 3\]/],
    [
      'with NaN',
      () => clip(ntu25, spoiled(Number.NaN)),
      'invalid-clip',
      /got NaN at .*frame 1, joint spine_mid\. Mark/,
    ],
    ['with infinity', () => clip(ntu25, spoiled(1e39)), 'invalid-clip', /got Infinity at .*frame 1, joint spine_mid/],
    ['that is empty', () => clip(ntu25, []), 'invalid-clip', /clip: expected/],
    ['without frames', () => clip(ntu25, flat(0)), 'invalid-clip', /at least one frame, got an empty clip/],
    [
      'with every joint missing',
      () => classify(model, clip(ntu25, new Float32Array(150), { missing: 'zero' })),
      'invalid-clip',
      /got a clip with every joint missing/,
    ],
    [
      'of coordinates that overflow',
      () =>
        classify(
          model,
          clip(
            ntu25,
            flat(2).map((x) => x * 3e38),
          ),
        ),
      'invalid-data',
      /finite numbers in "logits".*in the unit that the model knows/,
    ],
    ['that is nothing', () => classify(model, undefined as never), 'invalid-argument', /a clip, .*got undefined/],
  ])('%s', async (_, attempt, code, message) => {
    const error = await errorOf(attempt);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('of one frame, or of one person who never moves, is recognized all the same', async () => {
    for (const positions of [flat(1), new Float32Array(750).fill(1)]) {
      const scores = await classify(model, clip(ntu25, positions));
      expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
      const trainer = trainerOf();
      const progress = await trainer.fit([{ clip: clip(ntu25, positions), label: 0 }], fitting).next();
      expect(progress.value?.loss).toBeGreaterThan(0);
    }
  });
});

describe('a bundle', () => {
  const use = async (bytes: Uint8Array): Promise<Classification[]> => {
    await using opened = await open(bytes, { runtime });
    return classify(opened, sample.clip);
  };
  const lie = (from: RegExp, to: string) => forgedBundle(bundle, { manifest: (json) => json.replace(from, to) });
  const notOurs = () =>
    tinyModel({
      inputs: [{ name: 'x', dtype: 'float32', shape: [1] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [1] }],
      nodes: [['Identity', ['x'], ['y']]],
    });

  const passwords = { $typeName: 'onnx.StringStringEntryProto', key: 'location', value: '/etc/passwd' };

  it('that was forged without a lie still works, so that the cases below fail for their reason', async () => {
    expect(await use(forgedBundle(bundle, {}))).toEqual(await classify(model, sample.clip));
  });

  it.each<[name: string, bytes: () => Uint8Array, code: KinegraphError['code'], message: RegExp]>([
    ['that is empty', () => new Uint8Array(), 'invalid-bundle', /got 0 bytes/],
    [
      'that is a web page',
      () => new TextEncoder().encode('<!doctype html><title>404</title>'),
      'invalid-bundle',
      /got text: "<!doctype/,
    ],
    ['that is not ours', notOurs, 'invalid-bundle', /metadata entry "kinegraph".* was not made by Kinegraph/],
    ['that was cut in half', () => bundle.subarray(0, bundle.length / 2), 'invalid-bundle', /truncated/],
    ['with something after it', () => Uint8Array.of(...bundle, 0), 'invalid-bundle', /damaged/],
    ['that lies about frames', () => lie(/"frames":8/, '"frames":9'), 'invalid-bundle', /3, 9, 25\], got .*3, 8, 25\]/],
    ['that lies about persons', () => lie(/"persons":1/, '"persons":2'), 'invalid-bundle', /\[batch, 2, 3, 8, 25\]/],
    ['that lies about classes', () => lie(/"squat"/, '"squat","jump"'), 'invalid-bundle', /\[batch, 3\], got .*, 2\]/],
    ['that lies about outputs', () => lie(/"embedding"}/, '"logits2"}'), 'invalid-bundle', /the output "logits2"/],
    [
      'that lies about its weights',
      () => lie(/[0-9a-f]{64}/, 'f'.repeat(64)),
      'invalid-bundle',
      /weights with sha-256 f/,
    ],
    ['with __proto__', () => lie(/"width"/, '"__proto__"'), 'invalid-bundle', /safe to copy, got "__proto__"/],
    [
      'whose graph promises more classes than it computes',
      () =>
        forgedBundle(bundle, {
          graph: ({ output }) =>
            setDeclaredSize(
              output.find(({ name }) => name === 'logits'),
              1,
              3,
            ),
          manifest: (json) => json.replace('"squat"', '"squat","jump"'),
        }),
      'invalid-bundle',
      /"logits" as float32 \[1, 3\], got float32 \[1, 2\]/,
    ],
    [
      'whose graph promises to take other frames than it computes with',
      () =>
        forgedBundle(bundle, {
          graph: ({ input: [positions] }) => setDeclaredSize(positions, 3, 16),
          manifest: (json) => json.replace('"frames":8', '"frames":16'),
        }),
      'invalid-bundle',
      /"logits" as float32 \[1, 2\], got float32 \[2, 2\]/,
    ],
    [
      'with a tensor of 10 GB',
      () =>
        forgedBundle(bundle, {
          graph: ({ initializer }) => Object.assign(initializer[0]!, { dims: [2_684_354_560n] }),
        }),
      'invalid-bundle',
      /at most 2147483647 elements, got \[2684354560\]/,
    ],
    [
      'with data in another file',
      () =>
        forgedBundle(bundle, {
          graph: ({ initializer }) => Object.assign(initializer[0]!, { externalData: [passwords] }),
        }),
      'invalid-bundle',
      /data inside the file, got external data/,
    ],
    [
      'with an operator that there is not',
      () => forgedBundle(bundle, { graph: ({ node }) => Object.assign(node[0]!, { opType: 'Frobnicate' }) }),
      'runtime',
      /Frobnicate.*Check that the file/,
    ],
  ])('%s', async (_, bytes, code, message) => {
    const error = await errorOf(() => use(bytes()));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('with any bit flipped or any piece cut off is refused, from a file as well', async () => {
    const path = join(folder, 'damaged.onnx');
    for (let i = 1; i < 60; i++) {
      const at = Math.floor((i * bundle.length) / 60);
      const flipped = bundle.with(at, bundle[at]! ^ (1 << (i % 8)));
      await writeFile(path, i % 2 === 0 ? flipped : bundle.subarray(0, at));
      expect(await errorOf(() => open(path, { runtime }))).toMatchObject({ code: 'invalid-bundle' });
    }
  });
});

describe('a label outside the set', () => {
  const odd: Sample = { ...sample, label: 'jump', id: 'odd' };
  it.each<Case>([
    [
      'in training',
      () => trainerOf().fit([odd], fitting).next(),
      'invalid-data',
      /sample odd: .*wave, squat, got "jump"/,
    ],
    [
      'in validation',
      () =>
        trainerOf()
          .fit(samples, { ...fitting, validation: { samples: [odd] } })
          .next(),
      'invalid-data',
      /sample odd: .*got "jump"/,
    ],
    ['in a test', () => trainerOf().evaluate([odd]), 'invalid-data', /sample odd: .*got "jump"/],
    [
      'that is no label',
      () => trainerOf().evaluate([{ ...odd, label: undefined as never }]),
      'invalid-data',
      /got undef/,
    ],
    ['as a number', () => trainerOf().evaluate([{ ...odd, label: 2 }]), 'invalid-data', /a number below 2, got 2/],
  ])('%s', async (_, attempt, code, message) => {
    const error = await errorOf(attempt);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('an unknown option', () => {
  const wrong = { optoin: 1 } as never;
  const fit = { ...fitting, ...(wrong as object) };
  it.each<[name: string, attempt: () => unknown]>([
    ['open', () => open(bundle, wrong)],
    ['createRuntime', () => createRuntime(wrong)],
    ['clip', () => clip(ntu25, new Float32Array(75), wrong)],
    ['classify', () => classify(model, sample.clip, wrong)],
    ['embed', () => embed(model, sample.clip, wrong)],
    ['createGallery', () => createGallery(model, wrong)],
    ['enrol', () => createGallery(model).enrol('wave', sample.clip, wrong)],
    ['match', () => createGallery(model).match(sample.clip, wrong)],
    ['createTrainer', () => trainerOf(wrong)],
    ['input', () => trainerOf({ input: { ...input, ...(wrong as object) } })],
    ['ctrgcn', () => ctrgcn(wrong)],
    ['classification', () => classification(labels, wrong)],
    ['sgd', () => sgd(wrong)],
    ['adamw', () => adamw(wrong)],
    ['constant', () => constant(1, wrong)],
    ['step', () => step(1, wrong)],
    ['cosine', () => cosine(1, wrong)],
    ['fit', () => trainerOf().fit(samples, fit).next()],
    ['evaluate', () => trainerOf().evaluate(samples, wrong)],
    ['export', () => trainerOf().export(wrong)],
  ])('of %s', async (name, attempt) => {
    const { code, message } = await errorOf(attempt);
    expect(code).toBe('invalid-argument');
    expect(message).toMatch(new RegExp(`^${name}: expected options among .*, got "?optoin"?\\.`));
  });
});

describe('a training run', () => {
  async function lossesOf(trainer: ReturnType<typeof trainerOf>): Promise<number[]> {
    const losses: number[] = [];
    for await (const { kind, loss } of trainer.fit(samples, fitting)) if (kind === 'step') losses.push(loss);
    return losses;
  }

  it('that is interrupted within a step, in a worker, goes on exactly from its checkpoint', async () => {
    await using worker = createRuntime({ worker: true, threads: 1 });
    const whole = await lossesOf(trainerOf());
    const controller = new AbortController();
    const trainer = trainerOf({ runtime: worker });
    const steps = trainer.fit(samples, { ...fitting, signal: controller.signal });
    for (let done = 0; done < 2; done++) await steps.next();
    const third = steps.next();
    // By then the step has been sent to the worker, and the reply cannot have been read yet.
    setImmediate(() => controller.abort());
    await expect(third).rejects.toMatchObject({ code: 'aborted' });
    const resumed = trainerOf();
    await resumed.resume(await trainer.checkpoint());
    expect(await lossesOf(resumed)).toEqual(whole.slice(2));
  });
});

describe.skipIf(process.platform === 'win32')('the command', () => {
  const main = fileURLToPath(new URL('./cli/main.ts', import.meta.url));

  /** Trains in a process of its own, started by a shell that may set limits first. */
  async function train(out: string, shell: string, args: readonly string[], killAt?: RegExp) {
    const size = ['--width', '8', '--stages', '1', '--frames', '8', '--batch', '4', '--threads', '1'];
    const typed = ['train', '--data', join(folder, 'data'), '--out', join(folder, out), ...size, ...args];
    const command = ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...process.execArgv, main, ...typed];
    const child = spawn('sh', command, { stdio: ['ignore', 'ignore', 'pipe'] });
    let notes = '';
    child.stderr.on('data', (text) => {
      notes += text;
      if (killAt?.test(notes)) child.kill('SIGKILL');
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, notes };
  }

  beforeAll(async () => {
    const about = { name: 'Synthetic', license: 'CC0-1.0', source: 'a program', fps: 30 };
    await writeDataset(join(folder, 'data'), { ...about, samples });
  });

  // A limit on the size of files fails in the middle of writing, as a full disk does, and needs no disk.
  it('says that the disk is full, and leaves what was there', async () => {
    await writeFile(join(folder, 'full.onnx'), 'old');
    const { code, notes } = await train('full.onnx', `trap '' XFSZ; ulimit -f 8;`, ['--epochs', '1']);
    expect(notes).toMatch(
      /^kinegraph: .*full\.onnx: expected a place that can be written, got a limit on the size of files\./m,
    );
    expect(code).toBe(1);
    expect(await readFile(join(folder, 'full.onnx'), 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('goes on from its last checkpoint after it was killed', async () => {
    const checkpoint = ['--epochs', '300', '--checkpoint', join(folder, 'killed.checkpoint')];
    const killed = await train('killed.onnx', '', checkpoint, /epoch +3\/300/);
    expect(killed.code).toBe(null);
    const epochs = Number(/epoch +(\d+)\/300 .*\n$/.exec(killed.notes)?.[1]);
    const resume = ['--resume', join(folder, 'killed.checkpoint')];
    const resumed = await train('killed.onnx', '', [...checkpoint, ...resume], /epoch +\d+\/300/);
    const first = Number(/epoch +(\d+)\/300/.exec(resumed.notes)?.[1]);
    expect([epochs, epochs + 1, epochs + 2]).toContain(first);
  });
});
