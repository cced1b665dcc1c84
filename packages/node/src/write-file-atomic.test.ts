import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFileAtomic } from './write-file-atomic.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-write-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('writes and replaces, makes folders, and leaves nothing else', async () => {
  const path = join(folder, 'deep', 'file');
  await writeFileAtomic(path, 'one');
  await writeFileAtomic(pathToFileURL(path), Uint8Array.of(50));
  expect(await readFile(path, 'utf8')).toBe('2');
  expect(await readdir(join(folder, 'deep'))).toEqual(['file']);
});

it('lets many writers of one file win, one after the other', async () => {
  const path = join(folder, 'file');
  await Promise.all(Array.from({ length: 20 }, (_, index) => writeFileAtomic(path, `${index}`.repeat(1000))));
  expect(await readFile(path, 'utf8')).toMatch(/^(\d{1,2})\1{999}$/);
  expect(await readdir(folder)).toEqual(['file']);
});

it('writes through a link', async () => {
  await writeFile(join(folder, 'real'), 'old');
  await symlink('real', join(folder, 'link'));
  await writeFileAtomic(join(folder, 'link'), 'new');
  expect(await readlink(join(folder, 'link'))).toBe('real');
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
});

it('says why a place cannot be written, and leaves no trace', async () => {
  await mkdir(join(folder, 'taken', 'full'), { recursive: true });
  await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toMatchObject({ code: 'io' });
  await writeFile(join(folder, 'plain'), 'old');
  await expect(writeFileAtomic(join(folder, 'plain', 'file'), 'x')).rejects.toThrow(
    /got a file where a folder should be/,
  );
  expect((await readdir(folder)).sort()).toEqual(['plain', 'taken']);
});

// A limit on the size of files fails in the middle of writing, as a full disk does, and needs no disk.
it.skipIf(process.platform === 'win32')('keeps the old file when the disk is full', async () => {
  const path = join(folder, 'checkpoint');
  await writeFile(path, 'old');
  const script = `
    import { writeFileAtomic } from ${JSON.stringify(new URL('./write-file-atomic.ts', import.meta.url).href)};
    await writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(1_000_000)).catch((error) => console.log(error.code, error.actual));
  `;
  const command = `trap '' XFSZ; ulimit -f 100; exec "$0" "$@"`;
  const child = spawn('sh', [
    '-c',
    command,
    process.execPath,
    ...process.execArgv,
    '--input-type=module',
    '-e',
    script,
  ]);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  await new Promise((resolve) => child.on('close', resolve));
  expect(output).toBe('io a limit on the size of files\n');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['checkpoint']);
});
