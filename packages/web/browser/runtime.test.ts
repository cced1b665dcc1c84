import { filled, float32, type Session } from '@kinegraph/core';
import { runtimeRules, tinyModel } from '@kinegraph/core/testing';
import { describe, expect, it } from 'vitest';
import { createRuntime, type RuntimeOptions } from '../src/runtime.ts';

const kinds: { where: string; options: RuntimeOptions }[] = [
  { where: 'in WebAssembly', options: {} },
  { where: 'in a worker', options: { worker: true } },
  { where: 'on WebGPU', options: { providers: ['webgpu'] } },
];

describe.each(kinds)('the runtime contract $where', ({ options }) => {
  for (const { name, check } of runtimeRules) it(name, () => check(() => createRuntime(options)));
});

/** next = total + x, after enough matrix products to take a while. */
const slowCounter = (steps: number) =>
  tinyModel({
    inputs: [
      { name: 'total', dtype: 'float32', shape: [1] },
      { name: 'x', dtype: 'float32', shape: [256, 256] },
    ],
    outputs: [
      { name: 'next', dtype: 'float32', shape: [1] },
      { name: 'y', dtype: 'float32', shape: [256, 256] },
    ],
    nodes: [
      ...Array.from({ length: steps }, (_, step) => {
        const name = (index: number) => (index === 0 ? 'x' : index === steps ? 'y' : `x${index}`);
        return ['MatMul', [name(step), 'x'], [name(step + 1)]] as const;
      }),
      ['Add', ['total', 'one'], ['next']],
    ],
    weights: { one: float32([1]) },
  });
const counting = { carry: { next: 'total' }, state: { total: float32([0]) } };
const x = filled([256, 256], 0);
const total = async (session: Session) => (await session.read()).total?.data[0];

describe('createRuntime', () => {
  it('uses threads in an isolated page', async () => {
    expect(crossOriginIsolated).toBe(true);
    await using runtime = createRuntime({ worker: true, threads: 2 });
    const session = await runtime.load(slowCounter(1), counting);
    expect(session.report).toMatchObject({ provider: 'wasm', threads: 2, notes: [] });
    await session.run({ x });
    expect(await total(session)).toBe(1);
  });

  it('chooses WebGPU where it is, also in a worker', async () => {
    await using runtime = createRuntime({ providers: ['webgpu', 'wasm'], worker: true });
    const session = await runtime.load(slowCounter(1), counting);
    expect(session.report).toMatchObject({ provider: 'webgpu', rejected: [] });
    const abandoned = session.run({ x }, { signal: AbortSignal.timeout(0) });
    await expect(abandoned).rejects.toMatchObject({ code: 'aborted' });
    await session.run({ x });
    expect(await total(session)).toBe(1);
  });

  it('says where it looked for files that are not there', async () => {
    await using runtime = createRuntime({ worker: true, wasmPaths: { wasm: '/nowhere.wasm' } });
    await expect(runtime.load(slowCounter(1))).rejects.toThrow(/find its \.wasm file at .*nowhere\.wasm/);
  });
});

describe('a worker', () => {
  it('leaves the page free while it computes, and takes back what is abandoned', async () => {
    await using runtime = createRuntime({ worker: true });
    const session = await runtime.load(slowCounter(60), counting);
    await session.run({ x });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await session.run({ x });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    await expect(session.run({ x }, { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ code: 'aborted' });
    expect(await total(session)).toBe(2);
  });

  it('is ended by dispose in the middle of a run', async () => {
    const runtime = createRuntime({ worker: true });
    const session = await runtime.load(slowCounter(200), counting);
    const run = Promise.allSettled([session.run({ x })]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await runtime.dispose();
    expect(await run).toMatchObject([{ status: 'rejected', reason: { code: 'runtime' } }]);
  });

  it.each([
    ['throws', () => new Worker('data:text/javascript,throw new Error("no luck")', { type: 'module' })],
    ['is not there', () => new Worker(new URL('/nowhere/worker.js', location.href), { type: 'module' })],
  ])('that %s is an error of whoever loads with it', async (_, worker) => {
    await using runtime = createRuntime({ worker });
    await expect(runtime.load(slowCounter(1))).rejects.toMatchObject({
      code: 'runtime',
      expected: 'a working worker',
    });
  });
});
