import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecordings } from './recordings.ts';

const pickles = JSON.parse(readFileSync(new URL('../datasets/fixtures/pyskl.json', import.meta.url), 'utf8'));

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinegraph-recordings-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('readRecordings', () => {
  it('takes those of a pickle, all or by id', async () => {
    const file = join(root, 'ntu.pkl');
    await writeFile(file, Buffer.from(pickles.depth, 'base64'));
    const all = await readRecordings([file], undefined, new AbortController());
    expect(all.map(({ id, label }) => [id, label])[0]).toEqual(['S001C001P001R001A001', 'drink water']);
    expect(all[0]?.clip.positions.shape).toEqual([1, 2, 25, 3]);
    const [one, ...others] = await readRecordings([file], [all[1]?.id as string], new AbortController());
    expect([one?.id, others]).toEqual([all[1]?.id, []]);
  });

  it('refuses what is no recording', async () => {
    const file = join(root, 'clip.bvh');
    await writeFile(file, 'HIERARCHY');
    await expect(readRecordings([file], undefined, new AbortController())).rejects.toThrow(
      'clip.bvh: expected a data set folder, a pickle of pyskl as .pkl, or a clip as .json, got .bvh.',
    );
    await expect(readRecordings([join(root, 'none.pkl')], undefined, new AbortController())).rejects.toThrow(
      'none.pkl',
    );
  });
});
