import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { clip, defineLayout, KinegraphError, kinect20, ntu25 } from '@kinegraph/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetSample } from './dataset.ts';
import { readDataset } from './read-dataset.ts';
import { writeDataset } from './write-dataset.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-dataset-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let made = 0;
const newFolder = () => join(folder, `set-${++made}`);

const arm = { joints: ['shoulder', 'elbow', 'wrist'], parents: [-1, 0, 1] };
const points = [
  [1000, 0, 0, 1000, -300, 0, 1000, -600, 0],
  [1000, 0, 0, 1000, -300, 50, 1000, -580, 100],
  [-1000, 0, 0, -1000, 300, 0, 0, 0, 0],
];

function catalog(changes: object = {}) {
  return {
    name: 'Two arms, tiny',
    license: 'CC0-1.0',
    source: 'made by this test',
    fps: 30,
    unit: 'millimetre',
    up: 'y',
    ...arm,
    labels: ['reach', 'rest'],
    totalFrames: 3,
    clips: [
      { id: 'a', label: 0, subject: 1, start: 0, frames: 2, correct: true, condition: 'mild' },
      { id: 'b', label: 1, subject: 'eve', start: 2, frames: 1, correct: false },
    ],
    ...changes,
  };
}

async function write(json: unknown, files: { readonly positions?: Uint8Array; readonly labels?: Uint8Array } = {}) {
  const { positions = gzipSync(Int16Array.from(points.flat())), labels } = files;
  const path = newFolder();
  await mkdir(path);
  await writeFile(join(path, 'clips.json'), typeof json === 'string' ? json : JSON.stringify(json));
  await writeFile(join(path, 'clips.i16.gz'), positions);
  if (labels) await writeFile(join(path, 'labels.u8.gz'), labels);
  return path;
}

const refusal = (path: string, options?: Parameters<typeof readDataset>[1]) =>
  readDataset(path, options as object).then(
    () => 'read',
    (error: unknown) => (KinegraphError.is(error) ? `${error.code} ${error.message}` : `bare ${error}`),
  );

describe('readDataset', () => {
  it('reads what the format says', async () => {
    const dataset = await readDataset(await write(catalog()));
    expect(dataset).toMatchObject({ name: 'Two arms, tiny', license: 'CC0-1.0', fps: 30, up: 'y', unit: 'millimetre' });
    expect(dataset.labels).toEqual(['reach', 'rest']);
    expect(dataset.layout).toMatchObject({ id: 'two-arms-tiny', ...arm });
    const [a, b] = dataset.samples;
    expect(a).toMatchObject({ id: 'a', label: 'reach', subject: 1, extra: { correct: true, condition: 'mild' } });
    expect(b).toMatchObject({ id: 'b', label: 'rest', subject: 'eve', extra: { correct: false } });
    expect(a?.clip).toMatchObject({ fps: 30, unit: 'meter' });
    expect(a?.clip.positions.shape).toEqual([1, 2, 3, 3]);
    expect(Array.from(a?.clip.positions.data ?? [])).toEqual(
      [...points[0]!, ...points[1]!].map((v) => Math.fround(v * 1e-3)),
    );
    expect(a?.clip.confidence).toBeUndefined();
  });

  it('takes a shipped layout where the joints are the same', async () => {
    for (const layout of [ntu25, kinect20]) {
      const clips = [{ id: 'a', label: 0, subject: 1, start: 0, frames: 1 }];
      const { parents: _, ...rest } = catalog({ joints: layout.joints, totalFrames: 1, clips });
      const positions = gzipSync(new Int16Array(layout.joints.length * 3));
      expect((await readDataset(await write(rest, { positions }))).layout).toBe(layout);
    }
  });

  it('gives the joints of known data sets their anatomical names', async () => {
    const joints = ['pelvis', 'head', 'Lsho', 'Lelb', 'Lwri', 'Rsho', 'Relb', 'Rwri', 'Lkne', 'Lank', 'Rkne', 'Rank'];
    const clips = [{ id: 'a', label: 0, subject: 1, start: 0, frames: 1 }];
    const { parents: _, ...rest } = catalog({ joints, totalFrames: 1, clips });
    const { layout } = await readDataset(await write(rest, { positions: gzipSync(new Int16Array(36)) }));
    expect(layout.joints[joints.indexOf('Lkne')]).toBe('left_knee');
    expect(layout.mirror[joints.indexOf('Lkne')]).toBe(joints.indexOf('Rkne'));
  });

  it('infers the skeleton where nothing else says it', async () => {
    const { parents: _, ...rest } = catalog();
    expect((await readDataset(await write(rest))).layout.parents).toEqual([1, -1, 1]);
  });

  it('treats a point at zero as missing only if the data set says so', async () => {
    const [, b] = (await readDataset(await write(catalog({ missing: 'zero' })))).samples;
    expect(Array.from(b?.clip.confidence?.data ?? [])).toEqual([1, 1, 0]);
    const plain = await readDataset(await write(catalog()));
    expect(plain.samples[1]?.clip.confidence).toBeUndefined();
  });

  it('reads other units', async () => {
    const x = async (unit: string) => {
      const { clip } = (await readDataset(await write(catalog({ unit })))).samples[0] as DatasetSample;
      return [clip.positions.data[0], clip.unit];
    };
    expect(await x('centimeter')).toEqual([10, 'meter']);
    expect(await x('metre')).toEqual([1000, 'meter']);
    expect(await x('thousandth of the sensor unit')).toEqual([1, 'normalized']);
  });

  it('makes classes of labels and correctness', async () => {
    const { labels, samples } = await readDataset(await write(catalog()), { classes: 'label-correct' });
    expect(labels).toEqual(['reach, correct', 'reach, incorrect', 'rest, correct', 'rest, incorrect']);
    expect(samples.map(({ label }) => label)).toEqual(['reach, correct', 'rest, incorrect']);
    const clips = [{ id: 'a', label: 0, subject: 1, start: 0, frames: 3 }];
    expect(await refusal(await write(catalog({ clips })), { classes: 'label-correct' })).toMatch(/"correct".* clip a/);
  });

  it('reads labels of frames', async () => {
    const clips = [{ id: 'a', subject: 1, start: 1, frames: 2 }];
    const path = await write(catalog({ clips }), { labels: gzipSync(Uint8Array.of(0, 1, 0)) });
    const { samples } = await readDataset(path, { classes: 'frame' });
    expect(Array.from(samples[0]?.frameLabels ?? [])).toEqual([1, 0]);
    expect(await refusal(path)).toMatch(/a label for clip a, got none.*classes 'frame'/);
    expect(await refusal(await write(catalog()), { classes: 'frame' })).toMatch(/no labels.u8.gz/);
    const beyond = await write(catalog({ clips }), { labels: gzipSync(Uint8Array.of(0, 2, 0)) });
    expect(await refusal(beyond, { classes: 'frame' })).toMatch(/classes from 0 to 1, got 2 at 1/);
  });

  it('makes clips when they are asked for, whatever counts as a class', async () => {
    const path = await write(catalog(), { labels: gzipSync(Uint8Array.of(0, 1, 0)) });
    for (const classes of ['label', 'label-correct', 'frame', 'none'] as const) {
      const [sample] = (await readDataset(path, { classes })).samples;
      expect(Object.getOwnPropertyDescriptor(sample, 'clip')?.get).toBeDefined();
      expect(sample?.clip).toEqual({ ...sample }.clip);
    }
  });

  it('reports progress and stops at a signal', async () => {
    const path = await write(catalog());
    const seen: number[] = [];
    await readDataset(path, { onProgress: ({ loaded, total }) => seen.push(loaded / total) });
    expect(seen.at(-1)).toBe(1);
    expect(await refusal(path, { signal: AbortSignal.abort() })).toMatch(/^aborted/);
  });
});

describe('bad data sets', () => {
  const entry = (changes: object) =>
    catalog({ clips: [{ id: 'a', label: 0, subject: 1, start: 0, frames: 3, ...changes }] });
  it.each([
    ['no JSON', '{"name": ', /invalid-data .*clips.json: expected JSON/],
    ['a list', [], /a JSON object, got a list/],
    ['a dangerous key', '{"name": "x", "__proto__": {"fps": 1}}', /safe to copy, got "__proto__"/],
    ['no name', catalog({ name: undefined }), /name: text of 1 to 10000 characters, got none/],
    ['no frame rate', catalog({ fps: 0 }), /fps: frames a second, above 0.*got 0/],
    ['an odd axis', catalog({ up: 'north' }), /up: y, z, -y, -z, got "north"/],
    ['an odd mark', catalog({ missing: 'nan' }), /missing: "zero"/],
    ['joints twice', catalog({ joints: ['a', 'a', 'b'] }), /joints: every name once, got "a" twice/],
    ['a cycle', catalog({ parents: [1, 0, -1] }), /invalid-layout .*a tree/],
    ['a parent beyond', catalog({ parents: [-1, 0, 3] }), /parents: 3 positions/],
    ['labels twice', catalog({ labels: ['x', 'x'] }), /labels: every name once/],
    ['a label beyond', entry({ label: 2 }), /clips\[0\].*label: a whole number from 0 to 1, got 2/],
    ['a broken label', entry({ label: 0.5 }), /label: a whole number from 0 to 1, got 0.5/],
    ['a negative start', entry({ start: -1 }), /start: a whole number from 0 to 2, got -1/],
    ['frames of two persons beyond', entry({ frames: 2, persons: 2 }), /frames: a whole number from 1 to 1, got 2/],
    ['nobody', entry({ persons: 0 }), /persons: a whole number from 1 to 64, got 0/],
    ['frames beyond', entry({ frames: 4 }), /frames: a whole number from 1 to 3, got 4/],
    ['frames that overflow', entry({ frames: 2 ** 53 }), /frames: a whole number/],
    ['no frame', entry({ frames: 0 }), /frames: a whole number/],
    ['no subject', entry({ subject: null }), /subject: a whole number or a name/],
    ['a huge array', catalog({ totalFrames: 2 ** 40 }), /totalFrames: a whole number from 1 to/],
    ['no clips', catalog({ clips: [] }), /clips: a list of 1 to/],
    [
      'an id twice',
      catalog({ clips: [0, 1].map((start) => ({ id: 'a', label: 0, subject: 1, start, frames: 1 })) }),
      /clips\[1\].*no other/,
    ],
  ])('%s', async (_, json, message) => {
    expect(await refusal(await write(json))).toMatch(message);
  });

  it('a file cut short, damaged, too long or too short', async () => {
    const whole = gzipSync(Int16Array.from(points.flat()));
    const with_ = (positions: Buffer) => write(catalog(), { positions }).then((path) => refusal(path));
    expect(await with_(whole.subarray(0, whole.length - 9))).toMatch(/invalid-data .*a whole gzip file.*cut short/);
    expect(await with_(Buffer.from('no gzip'))).toMatch(/a whole gzip file/);
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 6) ^ 1, flipped.length - 6);
    expect(await with_(flipped)).toMatch(/a whole gzip file/);
    expect(await with_(gzipSync(Buffer.alloc(55)))).toMatch(/54 bytes when unpacked, got more/);
    expect(await with_(gzipSync(Buffer.alloc(53)))).toMatch(/54 bytes when unpacked, got 53/);
  });

  it('a short file that declares much does not get the memory', async () => {
    const clips = [{ id: 'a', label: 0, subject: 1, start: 0, frames: 3 }];
    const path = await write(catalog({ totalFrames: 50_000_000, clips }));
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(path)).toMatch(/900000000 bytes when unpacked, got a file of/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });

  it('a folder that is not there, and an unknown option', async () => {
    expect(await refusal(join(folder, 'none'))).toMatch(/^not-found .*clips.json/);
    const classes = 'labels' as 'label';
    expect(await refusal(await write(catalog()), { classes })).toMatch(/classes among label, label-correct/);
  });

  it.each([
    ['no path', undefined, {}, /^invalid-argument readDataset: expected the path of a data set, got undefined/],
    ['an empty path', '', {}, /the path of a data set, got ""/],
    ['no options', '.', null, /an object with options among classes/],
    ['an unknown option', '.', { class: 'label' }, /options among classes, .*got "class"/],
    ['an unknown format', '.', { format: 'csv' }, /format among kinegraph, ntu, nw-ucla, pyskl, got "csv"/],
  ])('%s', async (_, path, options, message) => {
    expect(await refusal(path as string, options as object)).toMatch(message);
  });

  it('a folder without recordings', async () => {
    const path = newFolder();
    await mkdir(path);
    expect(await refusal(path)).toMatch(/^not-found .*clips.json, NTU's .skeleton files/);
    expect(await refusal(path, { format: 'ntu' })).toMatch(/^invalid-data .* expected recordings, got none in 0 files/);
    expect(await refusal(join(path, 'none'), { format: 'nw-ucla' })).toMatch(/^not-found .*a folder/);
    expect(await refusal(join(path, 'none.pkl'), { format: 'pyskl' })).toMatch(/^not-found .*a file/);
  });

  it('survives any change of one byte of the catalog', async () => {
    const text = JSON.stringify(catalog());
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), async (at, character) => {
        const path = await write(text.slice(0, at) + character + text.slice(at + 1));
        expect(await refusal(path)).not.toMatch(/^bare/);
        await rm(path, { recursive: true });
      }),
      { numRuns: 150 },
    );
  });
});

describe('writeDataset', () => {
  const about = { name: 'Mine', license: 'CC0-1.0', source: 'this test', fps: 25 };
  const layout = defineLayout('three', { hip: null, left_knee: 'hip', right_knee: 'hip' });
  const recording = fc.record({
    subject: fc.oneof(fc.integer({ min: -5, max: 99 }), fc.constantFrom('eve', 'bob')),
    label: fc.constantFrom('walk', 'run', 'sit'),
    extra: fc.dictionary(fc.stringMatching(/^[a-z]{6}$/), fc.oneof(fc.boolean(), fc.integer(), fc.string())),
    points: fc.array(fc.array(fc.integer({ min: -32767, max: 32767 }), { minLength: 9, maxLength: 9 }), {
      minLength: 1,
      maxLength: 5,
    }),
    missing: fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }),
  });

  it('is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(recording, { minLength: 1, maxLength: 6 }), fc.boolean(), async (records, gaps) => {
        const samples = records.map(({ points, missing, ...rest }, index): DatasetSample => {
          const confidence = Float32Array.from(missing.slice(0, points.length * 3), (gone) => (gone ? 0 : 1));
          const positions = Float32Array.from(points.flat(), (value) => value * 1e-3);
          const options = { fps: 25, unit: 'meter' as const, ...(gaps ? { confidence } : {}) };
          return { ...rest, id: `r${index}`, clip: clip(layout, positions, options) };
        });
        const path = newFolder();
        await writeDataset(path, { ...about, samples });
        const read = await readDataset(path);
        expect(read.layout).toMatchObject({ joints: layout.joints, parents: layout.parents, mirror: layout.mirror });
        for (const [index, { clip: found, ...rest }] of read.samples.entries()) {
          const { clip: wanted, ...others } = samples[index] as DatasetSample;
          expect(rest).toEqual(others);
          const seen = wanted.confidence?.data ?? new Float32Array(wanted.positions.data.length / 3).fill(1);
          const foundSeen = found.confidence?.data ?? new Float32Array(seen.length).fill(1);
          expect(foundSeen).toEqual(seen);
          const worst = wanted.positions.data.reduce((most, value, i) => {
            return Math.max(most, Math.abs(value - (found.positions.data[i] as number)));
          }, 0);
          // A present joint at the origin moves by a millimeter where others are missing.
          expect(worst).toBeLessThanOrEqual(gaps ? 1.001e-3 : 1e-6);
        }
        await rm(path, { recursive: true });
      }),
      { numRuns: 40 },
    );
  });

  const one = (changes: Partial<DatasetSample> = {}): DatasetSample => ({
    id: 'a',
    subject: 1,
    label: 'walk',
    extra: {},
    clip: clip(layout, new Float32Array(9), { unit: 'meter' }),
    ...changes,
  });

  it('keeps labels of frames', async () => {
    const path = newFolder();
    const samples = [one({ frameLabels: Uint8Array.of(1) })];
    await writeDataset(path, { ...about, labels: ['walk', 'none'], samples });
    const { samples: read } = await readDataset(path, { classes: 'frame' });
    expect(read[0]?.frameLabels).toEqual(Uint8Array.of(1));
  });

  it('keeps several persons, and labels of their frames', async () => {
    const path = newFolder();
    const positions = Float32Array.from({ length: 2 * 2 * 9 }, (_, i) => i + 1);
    const pair = clip(layout, positions, { persons: 2, unit: 'millimeter', fps: 25 });
    const alone = clip(layout, positions.slice(0, 9), { unit: 'millimeter', fps: 25 });
    const frameLabels = Uint8Array.of(1, 0);
    const samples = [
      one({ clip: pair, frameLabels }),
      one({ id: 'b', clip: alone, frameLabels: Uint8Array.of(1), extra: { split: 'test' } }),
    ];
    await writeDataset(path, { ...about, labels: ['walk', 'none'], samples });
    const { samples: read } = await readDataset(path, { classes: 'frame' });
    expect(read.map(({ clip }) => clip.positions.shape)).toEqual([
      [2, 2, 3, 3],
      [1, 1, 3, 3],
    ]);
    expect(read[0]?.clip.positions.data).toEqual(positions.map((x) => Math.fround(x * 1e-3)));
    expect(read[1]?.clip.positions.data).toEqual(positions.slice(0, 9).map((x) => Math.fround(x * 1e-3)));
    expect(read.map(({ frameLabels }) => [...frameLabels])).toEqual([[1, 0], [1]]);
    expect(read.map(({ extra }) => extra)).toEqual([{}, { split: 'test' }]);
  });

  it('writes what was read', async () => {
    const [first, second] = [newFolder(), newFolder()];
    const dataset = await readDataset(await write(catalog({ missing: 'zero' })));
    await writeDataset(first, { ...dataset, fps: 30 });
    await writeDataset(second, { ...(await readDataset(first)), fps: 30 });
    for (const name of ['clips.json', 'clips.i16.gz']) {
      expect(await readFile(join(second, name))).toEqual(await readFile(join(first, name)));
    }
  });

  it.each([
    ['none', [], /at least one recording/],
    ['an id twice', [one(), one()], /an id that no other clip has/],
    [
      'two dimensions',
      [one({ clip: clip(layout, new Float32Array(6), { dimensions: 2 }) })],
      /three dimensions, got 2/,
    ],
    ['another layout', [one(), one({ id: 'b', clip: clip(ntu25, new Float32Array(75)) })], /the joints of a.*remap/],
    ['another unit', [one(), one({ id: 'b', clip: clip(layout, new Float32Array(9)) })], /the unit of a, meter/],
    ['another rate', [one({ clip: clip(layout, new Float32Array(9), { fps: 30 }) })], /25 frames a second, got 30 fps/],
    ['too far', [one({ clip: clip(layout, new Float32Array(9).fill(40)) })], /within 32.767, got 40/],
    ['an odd label', [one({ label: 'fly' })], /a label among walk, got "fly"/],
    ['an empty id', [one({ id: '' })], /clips\[0\].*id: text/],
  ])('refuses %s', async (_, samples, message) => {
    const path = newFolder();
    await expect(writeDataset(path, { ...about, labels: ['walk'], samples })).rejects.toThrow(message);
    await expect(access(path)).rejects.toThrow();
  });

  it('does not touch a folder with files, and leaves nothing behind', async () => {
    const path = newFolder();
    await writeDataset(path, { ...about, samples: [one()] });
    const before = await readFile(join(path, 'clips.json'), 'utf8');
    await expect(writeDataset(path, { ...about, name: 'Other', samples: [one()] })).rejects.toThrow(
      /has files already/,
    );
    expect(await readFile(join(path, 'clips.json'), 'utf8')).toBe(before);
    expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([]);
    expect(gunzipSync(await readFile(join(path, 'clips.i16.gz'))).length).toBe(18);
  });
});
