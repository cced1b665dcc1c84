import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, KinegraphError, ntu25 } from '@kinegraph/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NtuBodies, selectBodies } from './ntu-bodies.ts';
import { ntu120Labels } from './ntu-labels.ts';
import { ntuMissing } from './ntu-missing.ts';
import { type NtuBody, parseNtuSkeleton } from './ntu-skeleton-file.ts';
import { readDataset } from './read-dataset.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinegraph-ntu-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A body whose joints stand in a column at `x`, swinging by `swing` with the frame. */
function body(id: string, x: number, frame: number, swing = 0.1): NtuBody {
  const joints = Float32Array.from({ length: 75 }, (_, i) => {
    const joint = Math.floor(i / 3);
    return [x + swing * Math.sin(frame + joint), joint / 12, 3][i % 3] as number;
  });
  return { id, joints };
}

/** The file that Kinect's recorder would write. */
function skeletonText(frames: readonly (readonly NtuBody[])[]): string {
  const lines = [`${frames.length}`];
  for (const bodies of frames) {
    lines.push(`${bodies.length}`);
    for (const { id, joints } of bodies) {
      lines.push(`${id} 0 1 1 1 1 0 0.02 -0.03 2`, '25');
      for (let joint = 0; joint < 25; joint++) {
        lines.push(
          `${joints.subarray(joint * 3, joint * 3 + 3).join(' ')} 277.4 191.8 1036.2 519.1 -0.2 0.05 0.96 -0.12 2`,
        );
      }
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

const frames = (count: number, bodies: (frame: number) => readonly NtuBody[]) =>
  Array.from({ length: count }, (_, frame) => bodies(frame));
const xs = (positions: Float32Array, persons: number) =>
  Array.from({ length: persons }, (_, person) => {
    const length = positions.length / persons;
    return Array.from({ length: length / 75 }, (_, frame) =>
      Math.round(positions[person * length + frame * 75] as number),
    );
  });
const select = (recording: readonly (readonly NtuBody[])[], bodies: NtuBodies = 'denoised') => {
  const { persons, positions } = selectBodies(recording, bodies) as NonNullable<ReturnType<typeof selectBodies>>;
  return xs(positions, persons);
};

describe('parseNtuSkeleton', () => {
  it('reads bodies frame by frame', () => {
    const recording = frames(3, (frame) =>
      frame === 1 ? [] : [body('72057594037931101', 1, frame), body('7', 2, frame)],
    );
    const read = parseNtuSkeleton(skeletonText(recording), 'x');
    expect(read).toEqual(recording);
  });

  const good = skeletonText(frames(2, (frame) => [body('1', 0, frame)]));
  const edit = (line: number, text: string) =>
    good
      .split('\r\n')
      .with(line - 1, text)
      .join('\n');
  it.each([
    ['an empty file', '', /x, line 1: expected a number of frames, got the end of the file/],
    ['no text', '\u0000\u0001PK', /line 1: expected a number of frames, a whole number up to 100000, got "/],
    ['a negative count', edit(1, '-2'), /line 1: expected a number of frames.*got "-2"/],
    ['an absurd count', edit(1, '99999999999'), /line 1: .*up to 100000/],
    ['more frames than there are', edit(1, '3'), /line 58: expected a number of bodies, got the end of the file/],
    ['fewer frames than there are', edit(1, '1'), /line 30: expected the end after 1 frames, got "1"/],
    ['negative bodies', edit(2, '-1'), /line 2: expected a number of bodies/],
    ['absurd bodies', edit(2, '1000000'), /line 2: .*up to 32/],
    ['a body without fields', edit(3, '1 2 3'), /line 3: expected the 10 fields of a body, got 3/],
    ['20 joints', edit(4, '20'), /line 4: expected 25 joints, got 20/],
    ['a joint with 11 numbers', edit(5, '0 0 0 1 2 3 4 5 6 7 8'), /line 5: expected the 12 numbers of a joint, got 11/],
    ['NaN', edit(6, '0 NaN 0 1 2 3 4 5 6 7 8 2'), /line 6: expected finite coordinates, got NaN/],
    ['a word', edit(6, '0 0 zero 1 2 3 4 5 6 7 8 2'), /line 6: expected finite coordinates, got zero/],
    ['an empty line', edit(7, ''), /line 7: expected the 12 numbers of a joint, got an empty line/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseNtuSkeleton(text, 'x')).toThrow(message);
  });

  it('names the line wherever the file is cut', () => {
    const whole = good.trimEnd();
    fc.assert(
      fc.property(fc.nat(whole.length - 2), (length) => {
        let error: unknown;
        try {
          parseNtuSkeleton(whole.slice(0, length), 'x');
        } catch (caught) {
          error = caught;
        }
        expect(KinegraphError.is(error, 'invalid-data')).toBe(true);
        expect(String(error)).toMatch(/x, line \d+: expected/);
      }),
      { numRuns: 200 },
    );
  });

  it('reads fields across several spaces and tabs', () => {
    expect(parseNtuSkeleton(good.replaceAll(' ', ' \t '), 'x')).toEqual(parseNtuSkeleton(good, 'x'));
  });
});

describe('selectBodies', () => {
  it('finds nobody', () => {
    expect(selectBodies([[], []], 'denoised')).toBeUndefined();
    expect(selectBodies([], 'first-two')).toBeUndefined();
    expect(selectBodies([[{ id: '1', joints: new Float32Array(75) }]], 'energy')).toBeUndefined();
  });

  it('first-two: by place in the file, keeping empty frames', () => {
    const recording = [[body('a', 1, 0), body('b', 2, 0), body('c', 3, 0)], [], [body('b', 2, 2)]];
    expect(select(recording, 'first-two')).toEqual([
      [1, 0, 2],
      [2, 0, 0],
    ]);
    expect(select([[body('a', 1, 0)]], 'first-two')).toEqual([[1]]);
  });

  it('energy: the two of four that vary most, most first', () => {
    const swings = [0.01, 0.4, 0.02, 0.2, 0.9];
    const recording = frames(6, (frame) => swings.map((swing, i) => body(`${i}`, 10 * (i + 1), frame, swing)));
    expect(select(recording, 'energy').map(([x]) => Math.round((x as number) / 10))).toEqual([2, 4]);
  });

  it('energy: frames without a body do not count', () => {
    const recording = frames(8, (frame) => [
      body('a', 50, frame, 0.3),
      ...(frame < 4 ? [body('b', 90, frame, 0.1)] : []),
    ]);
    expect(select(recording, 'energy').map(([x]) => x)).toEqual([50, 90]);
  });

  it('denoised: one body is one person, without the frames that have none', () => {
    const recording = frames(5, (frame) => (frame === 2 ? [] : [body('a', 7, frame)]));
    expect(select(recording)).toEqual([[7, 7, 7, 7]]);
  });

  it('denoised: tracks of 11 frames are noise, of 12 are not', () => {
    const recording = (length: number) =>
      frames(20, (frame) => [body('a', 5, frame), ...(frame < length ? [body('b', 9, frame, 0.5)] : [])]);
    expect(select(recording(11))).toEqual([Array.from({ length: 20 }, () => 5)]);
    expect(select(recording(12)).map(([x]) => x)).toEqual([9, 5]);
  });

  it('denoised: bodies that are mostly wider than high are noise', () => {
    const wide = (id: string, x: number, frame: number): NtuBody => {
      const { joints } = body(id, x, frame, 0);
      return { id, joints: joints.map((value, i) => (i % 3 === 0 ? value + (i / 75) * 4 : value)) };
    };
    const recording = (share: number) =>
      frames(20, (frame) => [
        body('a', 5, frame),
        frame < share * 20 ? wide('b', 9, frame) : body('b', 9, frame, 0.01),
      ]);
    expect(select(recording(0.7)).length).toBe(1);
    // At 0.65 it stays, but its motion is that of the upright frames alone, so that it comes second.
    expect(select(recording(0.65)).map(([x]) => x)).toEqual([5, 9]);
    // The last one stays whatever it looks like.
    expect(select(frames(20, (frame) => [wide('a', 3, frame), wide('b', 6, frame)])).length).toBe(1);
  });

  it('denoised: a body that was lost goes on for the first actor, one beside it is the second, a third is dropped', () => {
    const recording = frames(40, (frame) => [
      ...(frame < 15 ? [body('a', 1, frame, 0.5)] : []),
      ...(frame >= 20 ? [body('b', 2, frame, 0.3)] : []),
      ...(frame >= 10 && frame < 30 ? [body('c', 3, frame, 0.2)] : []),
      ...(frame >= 12 && frame < 28 ? [body('d', 4, frame, 0.1)] : []),
    ]);
    const [first, second] = select(recording) as [number[], number[]];
    expect(first).toEqual(Array.from({ length: 40 }, (_, frame) => (frame < 15 ? 1 : frame < 20 ? 0 : 2)));
    expect(second).toEqual(Array.from({ length: 40 }, (_, frame) => (frame >= 10 && frame < 30 ? 3 : 0)));
  });

  it('denoised: frames with neither actor are dropped', () => {
    const recording = frames(40, (frame) => [
      ...(frame < 14 ? [body('a', 1, frame, 0.5)] : []),
      ...(frame >= 26 ? [body('b', 2, frame, 0.3)] : []),
      ...(frame >= 14 && frame < 20 ? [body('short', 9, frame, 0.9)] : []),
      ...(frame >= 20 && frame < 26 ? [body('brief', 9, frame, 0.9)] : []),
    ]);
    expect(select(recording)[0]).toEqual(Array.from({ length: 28 }, (_, frame) => (frame < 14 ? 1 : 2)));
  });

  it('takes any mixture of bodies', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom<NtuBodies>('first-two', 'energy', 'denoised'), (seed, scheme) => {
        const random = createRandom(seed);
        const recording = frames(1 + random.integer(40), (frame) =>
          Array.from({ length: random.integer(4) }, () =>
            body(`${random.integer(5)}`, random.integer(3), frame, random.next()),
          ),
        );
        const selected = selectBodies(recording, scheme);
        if (!selected) return;
        expect([1, 2]).toContain(selected.persons);
        expect(selected.positions.length % (selected.persons * 75)).toBe(0);
        expect(selected.positions.some((value) => value !== 0)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

let made = 0;
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(root, `set-${++made}`);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

const alone = skeletonText(frames(14, (frame) => [body('1', 0.5, frame)]));
const pair = skeletonText(
  frames(14, (frame) => [body('1', 0.5, frame), ...(frame > 0 ? [body('2', 1.5, frame, 0.3)] : [])]),
);

describe('readDataset of NTU RGB+D', () => {
  it('recognizes the folder, and reads names, classes and persons', async () => {
    const path = await folderOf({
      'S001C002P003R002A050.skeleton': pair,
      'S017C001P008R001A001.skeleton': alone,
      'README.txt': 'not a recording',
    });
    const { samples, ...about } = await readDataset(path);
    expect(about).toMatchObject({ name: 'NTU RGB+D 60', fps: 30, up: 'y', unit: 'meter', layout: ntu25, skipped: [] });
    expect(about.labels).toEqual(ntu120Labels.slice(0, 60));
    const [two, one] = samples;
    expect(two).toMatchObject({
      id: 'S001C002P003R002A050',
      label: 'punching/slapping other person',
      subject: 3,
      extra: { setup: 1, camera: 2, replication: 2 },
    });
    expect(two?.clip.positions.shape).toEqual([2, 14, 25, 3]);
    expect(two?.clip).toMatchObject({ fps: 30, unit: 'meter' });
    // The one that moves more comes first; it is missing in frame 0.
    expect(two?.clip.confidence?.data.slice(0, 26)).toEqual(
      Float32Array.from({ length: 26 }, (_, i) => (i < 25 ? 0 : 1)),
    );
    expect(one?.clip.positions.shape).toEqual([1, 14, 25, 3]);
    expect(one?.clip.confidence).toBeUndefined();
    expect(one?.clip.positions.data.slice(0, 75)).toEqual(body('1', 0.5, 0).joints);
  });

  it('reads both editions from two folders, or only what belongs to the first', async () => {
    const path = await folderOf({
      'nturgb+d_skeletons/S001C001P001R001A060.skeleton': alone,
      'nturgb+d_skeletons120/S018C001P008R001A061.skeleton': alone,
    });
    const all = await readDataset(path);
    expect([all.name, all.labels.length, all.samples.length]).toEqual(['NTU RGB+D 120', 120, 2]);
    const old = await readDataset(path, { ntu: { edition: 'ntu60' } });
    expect([old.name, old.labels.length, old.samples.map(({ id }) => id)]).toEqual([
      'NTU RGB+D 60',
      60,
      ['S001C001P001R001A060'],
    ]);
  });

  it('copies a single actor for NTU RGB+D 120 only, unless told otherwise', async () => {
    const path = await folderOf({ 'S018C001P008R001A061.skeleton': alone, 'S018C001P008R001A106.skeleton': pair });
    const shapes = async (ntu: NonNullable<Parameters<typeof readDataset>[1]>['ntu']) =>
      (await readDataset(path, { ntu })).samples.map(({ clip }) => clip.positions.shape[0]);
    expect(await shapes({})).toEqual([2, 2]);
    expect(await shapes({ singleActor: 'zero' })).toEqual([1, 2]);
    expect(await shapes({ bodies: 'first-two' })).toEqual([1, 2]);
    expect(await shapes({ bodies: 'energy', singleActor: 'copy' })).toEqual([2, 2]);
    const { clip } = (await readDataset(path)).samples[0] as { clip: { positions: { data: Float32Array } } };
    const { data } = clip.positions;
    expect(data.slice(data.length / 2)).toEqual(data.slice(0, data.length / 2));
  });

  it('leaves out what its authors list, and recordings without anybody', async () => {
    const path = await folderOf({
      'S001C001P001R001A001.skeleton': alone,
      'S001C002P005R002A008.skeleton': 'garbage',
      'S001C001P001R001A002.skeleton': '2\n0\n0\n',
      'S001C001P001R001A003.skeleton': '0\n',
    });
    const { samples, skipped } = await readDataset(path);
    expect(samples.length).toBe(1);
    expect(skipped).toEqual([
      { id: 'S001C002P005R002A008', reason: 'its authors list it as missing or incomplete' },
      { id: 'S001C001P001R001A002', reason: 'nobody in any frame' },
      { id: 'S001C001P001R001A003', reason: 'nobody in any frame' },
    ]);
  });

  it('knows 535 incomplete recordings, 302 of them in NTU RGB+D 60', () => {
    expect(ntuMissing.size).toBe(535);
    expect([...ntuMissing].filter((name) => name < 'S018').length).toBe(302);
    expect([...ntuMissing].every((name) => /^S\d{3}C\d{3}P\d{3}R\d{3}A\d{3}$/.test(name))).toBe(true);
    expect(new Set(ntu120Labels).size).toBe(120);
  });

  it('names damaged files, or leaves them out if told to', async () => {
    const path = await folderOf({
      'S001C001P001R001A001.skeleton': alone,
      'S001C001P001R001A002.skeleton': alone.slice(0, 1000),
      'S001C001P001R001A004.skeleton': 'PK\u0003\u0004',
    });
    await expect(readDataset(path)).rejects.toThrow(
      /whole files, got 2 damaged of 3:\n.*A002.skeleton, line \d+: .*\n.*A004.skeleton, line 1: .*\n.*skipDamaged/,
    );
    const { samples, skipped } = await readDataset(path, { skipDamaged: true });
    expect(samples.map(({ id }) => id)).toEqual(['S001C001P001R001A001']);
    expect(skipped.map(({ id }) => id)).toEqual(['S001C001P001R001A002', 'S001C001P001R001A004']);
    expect(skipped[1]?.reason).toMatch(/line 1: expected a number of frames/);
  });

  it.each([
    ['another name', { 'walk.skeleton': alone }, /a name such as S001C002P003R002A013.*got walk/],
    ['an action beyond', { 'S001C001P001R001A121.skeleton': alone }, /actions from 1 to 120, got S001C001P001R001A121/],
    [
      'a recording twice',
      { 'a/S001C001P001R001A001.skeleton': alone, 'b/S001C001P001R001A001.skeleton': alone },
      /every recording once, got S001C001P001R001A001 in two folders/,
    ],
    ['nothing but skipped ones', { 'S001C001P001R001A001.skeleton': '0\n' }, /recordings, got none in 1 files/],
  ])('refuses %s', async (_, files: Record<string, string>, message) => {
    await expect(readDataset(await folderOf(files))).rejects.toThrow(message);
  });

  it('refuses unknown options', async () => {
    const path = await folderOf({ 'S001C001P001R001A001.skeleton': alone });
    await expect(readDataset(path, { ntu: { bodies: 'all' as 'energy' } })).rejects.toThrow(/bodies among first-two, /);
    await expect(readDataset(path, { ntu: { body: 1 } as object })).rejects.toThrow(/options among bodies, .*"body"/);
  });

  it('reports progress in files, and stops at a signal', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `S001C001P001R001A${String(i + 1).padStart(3, '0')}.skeleton`);
    const path = await folderOf(Object.fromEntries(names.map((name) => [name, alone])));
    const seen: object[] = [];
    const controller = new AbortController();
    const reading = readDataset(path, {
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort();
      },
    });
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    expect(seen).toEqual([{ loaded: 16, total: 40 }]);
  });
});
