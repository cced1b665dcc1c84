import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clip, createRandom, ntu25, readBundle } from '@kinegraph/core';
import { syntheticDataset, syntheticMotion } from '@kinegraph/core/testing';
import { classification, createTrainer } from '@kinegraph/core/train';
import { stgcnpp } from '@kinegraph/encoders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../datasets/write-dataset.ts';
import { runCommand } from '../fixtures/run-command.ts';
import { createRuntime } from '../runtime.ts';

const actions = ['wave', 'squat', 'kick'] as const;
let folder = '';
const at = (name: string) => join(folder, name);
const model = () => at('model.onnx');
const gallery = () => at('my.gallery.json');

const enroll = (...args: string[]) => runCommand(['enroll', model(), '--gallery', gallery(), ...args]);
const match = (...args: string[]) => runCommand(['match', model(), '--gallery', gallery(), ...args]);

/** A recording as the JSON that the command reads. */
async function record(name: string, { layout, positions, fps }: Clip): Promise<string> {
  const [, frames = 0, joints = 0, dimensions = 0] = positions.shape;
  const nested = Array.from({ length: frames }, (_, t) =>
    Array.from({ length: joints }, (_, v) =>
      Array.from(positions.data.subarray((t * joints + v) * dimensions, (t * joints + v + 1) * dimensions)),
    ),
  );
  await writeFile(at(name), JSON.stringify({ layout: layout.id, fps, unit: 'meter', positions: nested }));
  return at(name);
}

async function makeModel(seed: number): Promise<Uint8Array> {
  await using runtime = createRuntime({ threads: 1 });
  const trainer = createTrainer({
    runtime,
    encoder: stgcnpp({ width: 8, stages: [1] }),
    task: classification(actions),
    input: { layout: ntu25, frames: 16, center: 'clip', streams: ['joint-motion'] },
    seed,
  });
  const samples = syntheticDataset({ actions, subjects: 3, clipsPerSubject: 2, frames: 20 });
  for await (const _ of trainer.fit(samples, { epochs: 6, batch: 6, rate: 0.05 }));
  return await trainer.export({ threshold: 0.9 });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-gallery-'));
  await writeFile(model(), await makeModel(1));
  await writeFile(at('other.onnx'), await makeModel(2));
  for (const [seed, action] of actions.entries()) {
    await record(`${action}.json`, syntheticMotion({ action, random: createRandom(seed) }));
  }
  const samples = syntheticDataset({ actions: ['wave', 'kick'], subjects: 2, clipsPerSubject: 1, frames: 20 });
  await writeDataset(at('data'), { name: 'Synthetic', license: 'CC0-1.0', source: 'a program', fps: 30, samples });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('kinegraph enroll and match', () => {
  it('teach', async () => {
    for (const command of ['enroll', 'match', 'calibrate']) {
      const { code, out } = await runCommand([command, '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(/Examples:\n {2}\$ kinegraph /);
    }
  });

  it('find again what was enrolled, say unknown otherwise, and forget', async () => {
    const enrolled = await enroll(at('wave.json'), '--name', 'my wave', '--json');
    expect(enrolled).toMatchObject({ code: 0, notes: '' });
    expect(JSON.parse(enrolled.out)).toEqual({
      gallery: gallery(),
      enrolled: [{ file: at('wave.json'), label: 'my wave' }],
      threshold: 0.9,
      labels: [{ label: 'my wave', examples: 1 }],
    });
    expect((await enroll(at('squat.json'), '--name', 'squat')).lines).toEqual([
      'my wave  1 example',
      'squat    1 example',
    ]);

    const found = await match(at('wave.json'), at('kick.json'), '--threshold', '0.99999');
    expect(found).toMatchObject({ code: 0, notes: '' });
    expect(found.lines[0]).toMatch(/wave\.json +my wave 1\.000$/);
    expect(found.lines[1]).toMatch(/kick\.json +unknown \(nearest: .+ [01]\.\d{3}\)$/);
    const [first, second] = (
      await match(at('wave.json'), at('kick.json'), '--threshold', '0.99999', '--json')
    ).lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ threshold: 0.99999, top: [{ label: 'my wave', score: expect.closeTo(1, 5) }] });
    expect(second).toMatchObject({ file: at('kick.json'), top: [], nearest: { score: expect.any(Number) } });
    const every = await match(at('wave.json'), '--threshold', '-1', '--json');
    expect(JSON.parse(every.out).top).toHaveLength(2);
    const one = await match(at('wave.json'), '--threshold', '-1', '--top', '1', '--json');
    expect(JSON.parse(one.out).top).toHaveLength(1);

    const removed = await enroll('--remove', 'squat', '--json');
    expect(JSON.parse(removed.out)).toMatchObject({ removed: { label: 'squat' }, labels: [{ label: 'my wave' }] });
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('enroll data sets by their labels, and one example leaves alone', async () => {
    await rm(gallery(), { force: true });
    expect((await enroll(at('data'))).lines).toEqual(['wave  2 examples', 'kick  2 examples']);
    const { lines } = await match(at('data'), '--top', '1');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/ ✓ +(wave|kick) 1\.000$/);
    expect((await enroll('--remove', 'kick', '--example', '2')).lines).toEqual(['wave  2 examples', 'kick  1 example']);
    await enroll('--remove', 'kick');
    // An action that is not enrolled is rightly unknown.
    for (const line of (await match(at('data'), '--threshold', '0.99999')).lines) {
      expect(line).toMatch(/ ✓ +(wave 1\.000$|unknown \(nearest: wave )/);
    }
  });

  it('enroll changed copies, the same each time', async () => {
    const texts = new Set<string>();
    for (let time = 0; time < 2; time++) {
      await rm(gallery(), { force: true });
      const args = ['--name', 'kick', '--augment', 'mirror,speed,rotate:0.2', '--copies', '3'];
      expect((await enroll(at('kick.json'), ...args)).lines).toEqual(['kick  1 example']);
      texts.add(await readFile(gallery(), 'utf8'));
    }
    expect(texts.size).toBe(1);
    const [example] = JSON.parse([...texts][0] as string).examples;
    await rm(gallery());
    await enroll(at('kick.json'), '--name', 'kick');
    const [bare] = JSON.parse(await readFile(gallery(), 'utf8')).examples;
    expect(Buffer.from(example.embedding, 'base64').length).toBe(4 * Buffer.from(bare.embedding, 'base64').length);
    expect((await match(at('kick.json'))).out).toMatch(/kick 1\.000$/);
  });
});

describe('kinegraph calibrate', () => {
  it('writes a threshold that new galleries use, and old ones outlive', async () => {
    await rm(gallery(), { force: true });
    await enroll(at('kick.json'), '--name', 'kick');
    const calibrate = (...args: string[]) =>
      runCommand(['calibrate', model(), '--data', at('data'), '--protocol', 'all', ...args, '--json']);
    const { code, out, notes } = await calibrate('--out', at('calibrated.onnx'));
    expect({ code, notes }).toEqual({ code: 0, notes: '' });
    const found = JSON.parse(out);
    expect(found).toMatchObject({ out: at('calibrated.onnx'), count: 4, labels: 2, threshold: expect.any(Number) });
    const { manifest } = readBundle(await readFile(at('calibrated.onnx')));
    const old = readBundle(await readFile(model())).manifest;
    expect(manifest).toEqual({ ...old, threshold: found.threshold });
    expect(found.threshold).not.toBe(old.threshold);

    const matched = await runCommand(['match', at('calibrated.onnx'), at('kick.json'), '--gallery', gallery()]);
    expect(matched.out).toMatch(/kick 1\.000$/);
    const args = [
      'enroll',
      at('calibrated.onnx'),
      at('kick.json'),
      '--gallery',
      at('new.json'),
      '--name',
      'a',
      '--json',
    ];
    expect(JSON.parse((await runCommand(args)).out).threshold).toBe(found.threshold);

    const strict = JSON.parse((await calibrate('--out', at('strict.onnx'), '--enrolled', '50')).out);
    expect(strict.threshold).toBeGreaterThanOrEqual(found.threshold);
  });

  it('needs two labels', async () => {
    const [sample] = syntheticDataset({ actions: ['wave'], subjects: 1, clipsPerSubject: 1, frames: 20 });
    const about = { name: 'Synthetic', license: 'CC0-1.0', source: 'a program', fps: 30 };
    await writeDataset(at('poor'), { ...about, samples: sample ? [sample] : [] });
    const before = await readFile(model());
    const { code, notes } = await runCommand(['calibrate', model(), '--data', at('poor'), '--protocol', 'all']);
    expect({ code, notes }).toEqual({
      code: 1,
      notes: expect.stringContaining('two clips of one label, and two labels'),
    });
    expect(await readFile(model())).toEqual(before);
  });
});

describe('what cannot be enrolled or matched is explained', () => {
  const failing = async (command: 'enroll' | 'match', ...args: string[]) => {
    const { code, out, notes } = await runCommand([command, model(), ...args]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(notes).not.toContain('    at ');
    return notes;
  };

  it.each<[args: () => string[], message: RegExp]>([
    [() => [], /enroll: expected recordings to enroll or --remove <name>, got neither/],
    [() => [at('wave.json'), '--remove', 'a'], /got both/],
    [() => [at('wave.json')], /--name: expected what the recording shows, got none for .*wave\.json/],
    [() => [at('wave.json'), '--name', ''], /a label of 1 to 200 characters, got ""/],
    [() => [at('wave.json'), '--name', '__proto__'], /a label that is safe as a key, not __proto__/],
    [() => [at('none.json'), '--name', 'a'], /none\.json: expected a file, got nothing of that name/],
    [() => [at('wave.json'), '--name', 'a', '--example', '1'], /--example: expected --remove <name> with it/],
    [() => [at('wave.json'), '--name', 'a', '--augment', 'spin'], /augmentations among rotate, .*got "spin"/],
    [
      () => [at('wave.json'), '--name', 'a', '--augment', 'mirror', '--copies', '5000'],
      /copies from 1 to 1000, got 5000/,
    ],
    [() => ['--remove', 'a'], /fresh\.json: expected a file, got nothing of that name.*kinegraph enroll/],
  ])('enroll %#', async (args, message) => {
    expect(await failing('enroll', '--gallery', at('fresh.json'), ...args())).toMatch(message);
    expect(await readdir(folder)).not.toContain('fresh.json');
  });

  it('removing what is not there', async () => {
    await rm(gallery(), { force: true });
    await enroll(at('wave.json'), '--name', 'wave');
    expect(await failing('enroll', '--gallery', gallery(), '--remove', 'kick')).toMatch(
      /--remove: expected a name among wave, got "kick"/,
    );
    expect(await failing('enroll', '--gallery', gallery(), '--remove', 'wave', '--example', '2')).toMatch(
      /--example: expected an example of wave from 1 to 1, got 2/,
    );
    expect((await enroll('--remove', 'wave')).notes).toMatch(/has no examples now/);
    expect(await failing('match', '--gallery', gallery(), at('wave.json'))).toMatch(
      /my\.gallery\.json: expected a gallery with examples, got none\. kinegraph enroll MODEL FILE /,
    );
  });

  it.each([
    ['no JSON', 'wave', /bad\.json: expected JSON, got /],
    ['a list', '[]', /bad\.json: expected a JSON object, got a list of 0/],
    ['another object', '{}', /bad\.json: expected a field "format", got none/],
    ['a dangerous key', '{ "__proto__": {} }', /bad\.json: expected keys that are safe to copy, got "__proto__"/],
  ])('a gallery that is %s', async (_, text, message) => {
    await writeFile(at('bad.json'), text);
    expect(await failing('match', '--gallery', at('bad.json'), at('wave.json'))).toMatch(message);
    expect(await failing('enroll', '--gallery', at('bad.json'), at('wave.json'), '--name', 'a')).toMatch(message);
    expect(await readFile(at('bad.json'), 'utf8')).toBe(text);
  });

  it('a gallery of another model, a missing one, and a folder', async () => {
    await rm(gallery(), { force: true });
    await enroll(at('wave.json'), '--name', 'wave');
    const other = await runCommand(['match', at('other.onnx'), at('wave.json'), '--gallery', gallery()]);
    expect(other.notes).toMatch(/my\.gallery\.json: expected a gallery of this model, .*cannot be compared/);
    expect(await failing('match', '--gallery', at('none.json'), at('wave.json'))).toMatch(
      /none\.json: expected a file, got nothing of that name\. kinegraph enroll MODEL FILE --gallery .*none\.json/,
    );
    await mkdir(at('folder'), { recursive: true });
    expect(await failing('enroll', '--gallery', at('folder'), at('wave.json'), '--name', 'a')).toMatch(
      /--gallery: expected a place that can be written, got the folder/,
    );
  });
});
