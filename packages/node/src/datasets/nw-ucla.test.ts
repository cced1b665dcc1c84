import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinect20 } from '@kinegraph/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDataset } from './read-dataset.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinegraph-ucla-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const skeleton = (x: number) => Array.from({ length: 20 }, (_, joint) => [x, joint / 10, 2.5]);
const recording = (name: string, label: number, skeletons: unknown = [skeleton(1), skeleton(2), skeleton(3)]) =>
  JSON.stringify({ file_name: name, skeletons, label });

let made = 0;
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(root, `set-${++made}`);
  await mkdir(path);
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, `${name}.json`), text);
  return path;
}

describe('readDataset of NW-UCLA', () => {
  it('recognizes the folder, and reads its ten classes', async () => {
    const path = await folderOf({
      a01_s01_e00_v01: recording('a01_s01_e00_v01', 1),
      a12_s10_e04_v03: recording('a12_s10_e04_v03', 10),
      a08_s02_e01_v02: recording('a08_s02_e01_v02', 8),
      info: '{}',
    });
    const { samples, ...about } = await readDataset(path);
    expect(about).toMatchObject({ name: 'NW-UCLA', layout: kinect20, skipped: [] });
    expect(about.labels.length).toBe(10);
    expect(samples.map(({ id, label, subject, extra }) => ({ id, label, subject, extra }))).toEqual([
      { id: 'a01_s01_e00_v01', label: 'pick up with one hand', subject: 1, extra: { episode: 0, view: 1 } },
      { id: 'a08_s02_e01_v02', label: 'donning', subject: 2, extra: { episode: 1, view: 2 } },
      { id: 'a12_s10_e04_v03', label: 'carry', subject: 10, extra: { episode: 4, view: 3 } },
    ]);
    expect(samples[0]?.clip.positions.shape).toEqual([1, 3, 20, 3]);
    expect(samples[0]?.clip.positions.data.slice(0, 3)).toEqual(Float32Array.of(1, 0, 2.5));
    expect(samples[0]?.clip.confidence).toBeUndefined();
  });

  it('takes zeros for joints that were not seen', async () => {
    const zeros = Array.from({ length: 20 }, () => [0, 0, 0]);
    const path = await folderOf({
      a01_s01_e00_v01: recording('a01_s01_e00_v01', 1, [zeros, skeleton(1)]),
      a02_s01_e00_v01: recording('a02_s01_e00_v01', 2, [zeros]),
    });
    const { samples, skipped } = await readDataset(path);
    expect(samples[0]?.clip.confidence?.data.slice(19, 21)).toEqual(Float32Array.of(0, 1));
    expect(skipped).toEqual([{ id: 'a02_s01_e00_v01', reason: 'nobody in any frame' }]);
  });

  const name = 'a03_s01_e00_v01';
  it.each([
    ['no JSON', '{"skeletons": [', /a03_s01_e00_v01.json: expected JSON/],
    ['no skeletons', '{"label": 3}', /skeletons: a list of 1 to 100000, got none/],
    ['no frames', recording(name, 3, []), /skeletons: a list of 1 to 100000, got a list of 0/],
    ['19 joints', recording(name, 3, [skeleton(1).slice(1)]), /skeletons: expected positions of shape .*20, 2 or 3\]/],
    [
      'ragged frames',
      recording(name, 3, [skeleton(1), skeleton(1).slice(1)]),
      /a03_s01_e00_v01.json, skeletons: expected/,
    ],
    [
      'text',
      recording(name, 3, [skeleton(1).with(2, ['a', 0, 0] as never)]),
      /a03_s01_e00_v01.json, skeletons: expected/,
    ],
    [
      'null',
      recording(name, 3, [skeleton(1).with(2, [null, 0, 0] as never)]),
      /a03_s01_e00_v01.json, skeletons: expected/,
    ],
    ['another class', recording(name, 4), /label: 3, got 4/],
  ])('refuses %s', async (_, text, message) => {
    const path = await folderOf({ [name]: text, a01_s01_e00_v01: recording('a01_s01_e00_v01', 1) });
    await expect(readDataset(path)).rejects.toThrow(message);
    expect((await readDataset(path, { skipDamaged: true })).skipped.map(({ id }) => id)).toEqual([name]);
  });

  it('refuses an action that there is not', async () => {
    const path = await folderOf({ a07_s01_e00_v01: recording('a07_s01_e00_v01', 7) });
    await expect(readDataset(path)).rejects.toThrow(/an action among 1, 2, .*, got 7 in its name/);
  });
});
