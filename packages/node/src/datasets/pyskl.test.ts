import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coco17, KinegraphError, ntu25 } from '@kinegraph/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDataset } from './read-dataset.ts';

/** Pickles that Python's numpy wrote; fixtures/pyskl.py has what is in them. */
const fixtures = JSON.parse(readFileSync(new URL('./fixtures/pyskl.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const pickle = (name: string) => Buffer.from(fixtures[name] as string, 'base64');

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinegraph-pyskl-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

let made = 0;
async function read(bytes: Uint8Array, options: Parameters<typeof readDataset>[1] = {}) {
  const path = join(root, `set${++made}.pkl`);
  await writeFile(path, bytes);
  return readDataset(path, options);
}

const ramp = (length: number, from = 0) => Array.from({ length }, (_, i) => (from + i + 1) / 8);

describe('readDataset of a pickle of pyskl', () => {
  it('reads 3-D recordings of NTU RGB+D', async () => {
    const { samples, ...about } = await read(pickle('depth'));
    expect(about).toMatchObject({ name: 'NTU RGB+D 60', up: 'y', unit: 'meter', layout: ntu25 });
    expect(about.fps).toBeUndefined();
    expect(about.labels.length).toBe(60);
    const [one, two] = samples;
    expect(one).toMatchObject({ id: 'S001C001P001R001A001', label: 'drink water', subject: 1 });
    expect(two).toMatchObject({ label: 'walking apart from each other', subject: 3 });
    expect(one?.clip.positions.shape).toEqual([1, 2, 25, 3]);
    expect(Array.from(one?.clip.positions.data ?? [])).toEqual(ramp(150));
    expect(one?.clip).toMatchObject({ unit: 'meter' });
    expect(one?.clip.confidence).toBeUndefined();
    expect(two?.clip.positions.shape).toEqual([2, 2, 25, 3]);
    expect(Array.from(two?.clip.confidence?.data ?? [], Number)).toEqual(
      Array.from({ length: 100 }, (_, joint) => Number(joint < 50 || joint >= 75)),
    );
    expect(about.skipped).toEqual([{ id: 'S001C003P002R002A002', reason: 'nobody in any frame' }]);
  });

  it('makes protocols of its splits', async () => {
    const sides = async (name: string) => (await read(pickle(name))).samples.map(({ extra }) => extra);
    expect(await sides('depth')).toEqual([
      { 'split:xsub': 'train', 'split:xview': 'test' },
      { 'split:xsub': 'test', 'split:xview': 'train' },
    ]);
    expect(await sides('image')).toEqual([{ split: 'train' }, { split: 'test' }]);
    expect(await sides('more')).toEqual([{ 'split:split1': 'train' }]);
  });

  it('reads 2-D recordings, normalized by the size of the image', async () => {
    const { samples, layout, labels, name } = await read(pickle('image'));
    expect([name, layout, labels]).toEqual([`set${made}`, coco17, ['class 0', 'class 1', 'class 2']]);
    const [{ clip, label, subject }, second] = samples as [(typeof samples)[0], (typeof samples)[0]];
    expect([label, subject, second.label]).toEqual(['class 0', 'abseil', 'class 2']);
    expect(clip.unit).toBe('normalized');
    const { data } = clip.positions;
    // x of 200 pixels, y of 100: (x - 100) / 100 and (y - 50) / 50.
    expect([data[0], data[1]]).toEqual([(0.125 - 100) / 100, (0.25 - 50) / 50].map(Math.fround));
    const scores = clip.confidence?.data ?? [];
    expect([scores[0], scores[17 + 3], scores[2 * 17 + 17 + 4]]).toEqual([0.75, 0, 1]);
    expect(Array.from(data.slice((17 + 3) * 2, (17 + 4) * 2))).toEqual([0, 0]);
  });

  it('takes names of classes and a layout', async () => {
    const { labels, samples } = await read(pickle('image'), { pyskl: { labels: ['abseil', 'crawl', 'zumba'] } });
    expect([labels.length, samples[1]?.label]).toEqual([3, 'zumba']);
    await expect(read(pickle('image'), { pyskl: { labels: ['abseil'] } })).rejects.toThrow(
      /a label below 1 for zumba, got 2/,
    );
    await expect(read(pickle('image'), { pyskl: { layout: ntu25 } })).rejects.toThrow(
      /25 joints of layout ntu25, got 17/,
    );
    await expect(read(pickle('image'), { pyskl: { label: [] } as object })).rejects.toThrow(
      /options among labels, layout/,
    );
  });

  it('reads NTU RGB+D 120 in single precision, and arrays whose first axis runs fastest in big-endian doubles', async () => {
    const { name, labels, samples } = await read(pickle('more'));
    expect([name, labels.length, samples[0]?.label]).toEqual(['NTU RGB+D 120', 120, 'put on headphone']);
    const [fortran] = (await read(pickle('fortran'))).samples;
    expect(fortran?.clip.positions.shape).toEqual([2, 2, 25, 3]);
    expect(Array.from(fortran?.clip.positions.data ?? [])).toEqual(ramp(300));
  });

  it('reads what numpy 1 wrote', async () => {
    const old = Buffer.from(pickle('depth').toString('latin1').replaceAll('numpy._core.', 'numpy.core.'), 'latin1');
    expect((await read(old)).samples.length).toBe(2);
  });

  it.each([
    ['list', /set\d+\.pkl: expected a dictionary, got a list of 1/],
    ['no arrays', /annotations\[0\]: expected keypoint: a numpy array with 4 axes, got a list of 1/],
    ['raw file', /expected keypoint, got "raw_file"\. Kinetics keeps/],
    ['objects', /set\d+\.pkl: numpy.dtype: expected numbers: f2, f4.*got O8/],
    ['complex', /numpy.dtype: expected numbers: .*got c8/],
    ['three axes', /keypoint: a numpy array with 4 axes, got one of shape \[1,25,3\]/],
    ['four coordinates', /\[persons, frames, joints, 2 or 3\], got \[1,1,25,4\]/],
    ['twelve joints', /expected 17, 18, 20, 25 joints, got 12\. Pass \{ pyskl: \{ layout/],
    ['nan', /annotations\[0\]: expected finite coordinates, got NaN at person 0, frame 0, joint spine_base/],
    ['frames', /total_frames: 2, as keypoint has, got 4/],
    ['score', /keypoint_score of shape \[2,2,17\], got \[2,2,16\]/],
    ['size', /img_shape: height and width in pixels, got 0, 200/],
    ['label', /label: a whole number from 0 to 9999, got -1/],
    ['twice', /every frame_dir once, got S001C001P001R001A001 twice/],
    ['mixed', /layout ntu25 throughout, got coco17 for x/],
    ['both sides', /every recording on one side, got S001C001P001R001A001 on both/],
    ['nobody', /recordings with somebody in them, got none of 1/],
    ['numbers in a split', /split, train: expected names of recordings, got number/],
  ])('refuses: %s', async (name, message) => {
    const error = await read(pickle(name)).catch((caught: unknown) => caught);
    expect(KinegraphError.is(error, 'invalid-data')).toBe(true);
    expect(String(error)).toMatch(message);
  });

  it('runs nothing that a pickle names', async () => {
    const evil = Buffer.from("cos\nsystem\n(S'echo'\ntR.", 'latin1');
    await expect(read(evil)).rejects.toThrow(/os\.system/);
    const untold = Buffer.from('cnumpy\nndarray\n(K\x01tR.', 'latin1');
    await expect(read(untold)).rejects.toThrow(/numpy.ndarray: expected an array with its numbers/);
  });

  it('ends with a KinegraphError wherever the file is cut or changed', async () => {
    const whole = pickle('depth');
    for (let at = 0; at < whole.length; at += 37) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x41, at);
      for (const bytes of [whole.subarray(0, at), changed]) {
        const error = await read(bytes).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        expect(error === undefined || KinegraphError.is(error)).toBe(true);
      }
    }
  });

  it('reports progress and stops at a signal', async () => {
    const seen: number[] = [];
    await read(pickle('depth'), { onProgress: ({ loaded, total }) => seen.push(loaded / total) });
    expect(seen.at(-1)).toBe(1);
    await expect(read(pickle('depth'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });
});
