import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from './fixtures/run-program.ts';

const startRun = `
  const runtime = createRuntime({ worker: true, threads: 1 });
  const session = await runtime.load(slowModel(400, 40));
  const feeds = { x: { dtype: 'float32', shape: [400, 400], data: new Float32Array(160000) }, count: { dtype: 'float32', shape: [1], data: new Float32Array(1) } };
`;

describe('a process with a worker', () => {
  it('stays while the worker computes, and ends when it is idle', async () => {
    const program = `${startRun} console.log((await session.run(feeds)).next.data[0]);`;
    expect(await runProgram(program)).toEqual({ code: 0, signal: null, output: '1\n' });
  });

  it('can exit in the middle of a run', async () => {
    const program = `${startRun} session.run(feeds); setTimeout(() => process.exit(7), 20);`;
    expect(await runProgram(program)).toEqual({ code: 7, signal: null, output: '' });
  });

  it('waits for a runtime that it disposes in the middle of a run', async () => {
    const program = `${startRun}
      session.run(feeds).catch(({ code }) => console.log(code));
      await new Promise((resolve) => setTimeout(resolve, 5));
      await runtime.dispose();
      console.log('disposed');`;
    expect(await runProgram(program)).toEqual({ code: 0, signal: null, output: 'runtime\ndisposed\n' });
  });
});

const driver = [process.env.VK_ICD_FILENAMES, '/usr/lib/chromium/vk_swiftshader_icd.json'].find(
  (path) => path !== undefined && existsSync(path),
);

it('keeps the runtime contract on WebGPU', { timeout: 120_000 }, async ({ skip }) => {
  if (driver === undefined) return skip('no Vulkan driver: neither VK_ICD_FILENAMES nor that of Chromium');
  const program = `
    await testRuntime(() => createRuntime({ providers: ['webgpu'] }));
    const session = await createRuntime({ providers: ['webgpu', 'cpu'] }).load(slowModel(2, 1));
    console.log(session.report.provider);
    process.exit();`;
  const { output, code } = await runProgram(program, { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: dirname(driver) });
  expect({ output, code }).toEqual({ output: 'webgpu\n', code: 0 });
});
