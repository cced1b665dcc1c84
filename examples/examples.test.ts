import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
/** The programs of the README and what they print. */
const programs: Readonly<Record<string, RegExp>> = {
  'recognize.ts': /^ *\d+\.\d % {2}standing active straight leg raise\n( *\d+\.\d % {2}.+\n){2}$/,
  'teach.ts':
    /^wave: wave, similarity [01]\.\d\d\nkick: kick, similarity [01]\.\d\d\nwalk: walk, similarity [01]\.\d\d\n$/,
  'train.ts': /^(epoch \d+: loss \d\.\d{3}\n){10}3[0-6] of 36 right, with people it was not trained on\n$/,
  'encoder.ts': /^acme\/tiny keeps every rule of the encoder contract\n$/,
  'landmarks.ts': /^1 x 24 x 4 x 3; derived: thorax\n$/,
};

/** A working folder in which programs may leave files. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinegraph-examples-'));
  for (const name of ['models', 'examples']) symlinkSync(join(root, name), join(folder, name), 'junction');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(programs))('%s', (name, printed) => {
  const file = join(import.meta.dirname, name);

  it('runs', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(printed);
  });

  it('is what the README shows', () => {
    const [, body] = readFileSync(file, 'utf8').split(' */\n');
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`\`\`\`ts\n${body}\`\`\`\n`);
  });
});
