import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syntheticDataset } from '@kinegraph/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../datasets/write-dataset.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-main-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the command as a process; `onError` sees what it writes to stderr. */
function start(
  args: readonly string[],
  onError: (text: string, stop: (signal: NodeJS.Signals) => void) => void = () => undefined,
) {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const flags = ['--conditions=kinegraph-source', '--experimental-transform-types', '--no-warnings'];
  const child = spawn(process.execPath, [...flags, main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
    onError(err, (signal) => child.kill(signal));
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, ended };
}

describe('the process', () => {
  it('ends with the exit code, results on stdout', async () => {
    expect(await start(['--help']).ended).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Usage: /) });
    const missing = await start(['inspect', join(folder, 'none.onnx')]).ended;
    expect(missing).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^kinegraph: .*none.onnx/) });
  });

  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)(
    'saves a checkpoint on %s',
    async (signal) => {
      const data = join(folder, signal, 'data');
      const samples = syntheticDataset({ actions: ['wave', 'squat'], subjects: 2, frames: 20 });
      await writeDataset(data, { name: 'Synthetic', license: 'CC0-1.0', source: 'a program', fps: 30, samples });
      const out = join(folder, signal, 'model.onnx');
      const options = ['--width', '8', '--stages', '1', '--frames', '16', '--threads', '1', '--epochs', '100000'];
      let stopped = false;
      const { ended } = start(['train', '--data', data, '--out', out, ...options], (text, stop) => {
        if (stopped || !text.includes('epoch ')) return;
        stopped = true;
        stop(signal);
      });
      const { code, err, out: printed } = await ended;
      expect(err).toMatch(/Interrupted. To go on from here:\n {2}kinegraph train .*--resume .*model.checkpoint\n/);
      expect({ code, printed }).toEqual({ code: 130, printed: '' });
      expect(existsSync(join(folder, signal, 'model.checkpoint'))).toBe(true);
      expect(existsSync(out)).toBe(false);
    },
  );
});
