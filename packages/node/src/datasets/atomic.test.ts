import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic, writeFolderAtomic } from './atomic.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('writes, replaces and makes folders', async () => {
    const path = join(folder, 'deep/er/file.bin');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, Uint8Array.of(1, 2));
    expect(await readFile(path)).toEqual(Buffer.from([1, 2]));
    expect(await readdir(join(folder, 'deep/er'))).toEqual(['file.bin']);
  });

  it('says what is wrong with the place, and leaves nothing behind', async () => {
    await mkdir(join(folder, 'taken'));
    await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toThrow(/a folder of that name/);
    await writeFile(join(folder, 'file'), 'old');
    await expect(writeFileAtomic(join(folder, 'file/below'), 'x')).rejects.toMatchObject({ code: 'io' });
    expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old');
  });

  it.runIf(process.platform === 'linux')('keeps the old file when the disk is full', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    // Linux has a device that is always full.
    await symlink('/dev/full', `${path}.${process.pid}.partial`);
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow(/got a full disk. Free some space/);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('writeFolderAtomic', () => {
  it('has all files or is not there', async () => {
    await writeFolderAtomic(join(folder, 'set'), { a: 'one', b: 'two' });
    expect((await readdir(join(folder, 'set'))).sort()).toEqual(['a', 'b']);
    await expect(writeFolderAtomic(join(folder, 'other'), { a: 'one', 'no/such/b': 'two' })).rejects.toThrow();
    await expect(writeFolderAtomic(join(folder, 'set'), { a: 'new' })).rejects.toThrow(/has files already/);
    expect(await readdir(folder)).toEqual(['set']);
  });
});
