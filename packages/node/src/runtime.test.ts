import { filled, float32, type Runtime } from '@kinegraph/core';
import { add, input, slice, toOnnx } from '@kinegraph/core/graph';
import { workerRuntime } from '@kinegraph/core/runtime';
import { runtimeRules, testRuntime } from '@kinegraph/core/testing';
import { describe, expect, it } from 'vitest';
import type { EngineOptions } from './engine.ts';
import { counting, slowModel, square } from './fixtures/slow-model.ts';
import { createRuntime } from './runtime.ts';
import { startWorker } from './worker-link.ts';

describe.each([
  { where: 'on this thread', options: {} },
  { where: 'in a worker', options: { worker: true } },
])('the runtime contract $where', ({ options }) => {
  for (const { name, check } of runtimeRules) it(name, () => check(() => createRuntime(options)));
});

const x = square(400);

describe('createRuntime', () => {
  it('falls back from provider to provider and says why', async () => {
    await using runtime = createRuntime({ providers: ['warp', 'cuda', 'cpu'], threads: 1 });
    const { report } = await runtime.load(slowModel(2, 1));
    expect(report).toMatchObject({
      engine: expect.stringMatching(/^onnxruntime-node \d/),
      provider: 'cpu',
      threads: 1,
    });
    expect(report.rejected).toMatchObject([
      { provider: 'warp', reason: expect.stringContaining('backend not found') },
      { provider: 'cuda', reason: expect.stringMatching(/./) },
    ]);
    await using strict = createRuntime({ providers: ['warp'] });
    await expect(strict.load(slowModel(2, 1))).rejects.toThrow(/load: expected a model that warp can open, got warp: /);
  });

  it('refuses options that it does not know', () => {
    expect(() => createRuntime({ provider: 'cpu' } as object)).toThrow('got "provider"');
    for (const threads of [0, -1, 1.5, Number.NaN]) {
      expect(() => createRuntime({ threads })).toThrow('expected threads as a whole number of at least 1');
    }
  });

  it('passes options on to onnxruntime', async () => {
    await using runtime = createRuntime({ session: { graphOptimizationLevel: 'none' as 'disabled' } });
    await expect(runtime.load(slowModel(2, 1))).rejects.toThrow(/graphOptimizationLevel/);
  });
});

it('holds two generations of what is carried, however often it runs', async () => {
  const size = 1 << 20;
  const [total, x] = [input('total', [size]), input('x', [1])];
  const next = add(total, x);
  const bytes = toOnnx({ outputs: { next, last: slice(next, 0, size - 1) } });
  await using runtime = createRuntime({ threads: 1 });
  const state = { total: filled([size], 0) };
  await using session = await runtime.load(bytes, { carry: { next: 'total' }, state });
  const run = () => session.run({ x: float32([1]) });
  for (let i = 0; i < 3; i++) await run();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 20; i++) await run();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * size);
  expect((await run()).last?.data[0]).toBe(24);
  expect((await session.read()).total?.data.slice(0, 2)).toEqual(new Float32Array([24, 24]));
});

describe('a worker', () => {
  it('leaves this thread free while it computes', async () => {
    await using runtime = createRuntime({ worker: true, threads: 1 });
    const session = await runtime.load(slowModel(400, 60), counting);
    await session.run({ x });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await session.run({ x });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });

  it('takes back a run that is aborted under way', async () => {
    await using runtime = createRuntime({ worker: true, threads: 1 });
    const session = await runtime.load(slowModel(400, 60), counting);
    await session.run({ x });
    const started = performance.now();
    await session.run({ x });
    const duration = performance.now() - started;
    const aborted = performance.now();
    await expect(session.run({ x }, { signal: AbortSignal.timeout(Math.ceil(duration / 4)) })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(performance.now() - aborted).toBeLessThan(duration);
    expect((await session.read()).count).toEqual(float32([2]));
    await session.run({ x });
    expect((await session.read()).count).toEqual(float32([3]));
  });

  it('is ended by dispose in the middle of a run', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const runtime = createRuntime({ worker: true, threads: 1 });
      const session = await runtime.load(slowModel(400, 30), counting);
      const runs = Promise.allSettled([session.run({ x }), session.run({ x })]);
      await new Promise((resolve) => setTimeout(resolve, 3 * turn));
      await runtime.dispose();
      for (const run of await runs) expect(run).toMatchObject({ status: 'rejected', reason: { code: 'runtime' } });
    }
  });

  it('takes the pending calls with it when it ends', async () => {
    const link = startWorker();
    const runtime = workerRuntime<EngineOptions>(link, { threads: 1 });
    const session = await runtime.load(slowModel(400, 60), counting);
    const pending = Promise.allSettled([session.run({ x }), session.run({ x }), session.read()]);
    await link.terminate();
    for (const result of (await pending).slice(1)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'runtime' } });
    }
    await expect(runtime.load(slowModel(2, 1))).rejects.toThrow(/expected a working worker, got one that ended with/);
    await session.dispose();
    await runtime.dispose();
  });

  it('computes beside another', async () => {
    const runtimes = [0, 1].map(() => createRuntime({ worker: true, threads: 1 }));
    const sessions = await Promise.all(runtimes.map((runtime) => runtime.load(slowModel(400, 4), counting)));
    await Promise.all(sessions.flatMap((session) => [session.run({ x }), session.run({ x })]));
    for (const session of sessions) expect((await session.read()).count).toEqual(float32([2]));
    await Promise.all(runtimes.map((runtime) => runtime.dispose()));
  });
});

describe('testRuntime', () => {
  /** The real runtime with one fault. */
  const faulty = (fault: (runtime: Runtime) => Partial<Runtime>) => () => {
    const runtime = createRuntime();
    return { ...runtime, ...fault(runtime) };
  };

  it('passes a runtime that keeps the contract', async () => {
    await testRuntime(() => createRuntime());
  });

  it.each<[string, (runtime: Runtime) => Partial<Runtime>, string]>([
    [
      'forgets the carried state',
      ({ load }) => ({
        load: async (bytes, { carry, state = {}, signal } = {}) => {
          const session = await load(bytes, signal && { signal });
          return carry ? { ...session, read: async () => ({ ...state }) } : session;
        },
      }),
      'carries state from run to run',
    ],
    [
      'ignores signals',
      ({ load }) => ({ load: (bytes, { signal: _signal, ...options } = {}) => load(bytes, options) }),
      'obeys a signal before it starts',
    ],
    [
      'outlives its disposal',
      () => ({ dispose: async () => {}, [Symbol.asyncDispose]: async () => {} }),
      'ends its sessions with itself',
    ],
    [
      'changes what it returns',
      ({ load }) => ({
        load: async (bytes, options) => {
          const session = await load(bytes, options);
          const run: typeof session.run = async (feeds, choice) => {
            const results = await session.run(feeds, choice);
            for (const { dtype, data } of Object.values(results)) if (dtype === 'float32') data[0] = 0;
            return results;
          };
          return { ...session, run };
        },
      }),
      'runs with any size of a symbolic axis',
    ],
  ])('catches a runtime that %s', async (_, fault, rule) => {
    await expect(testRuntime(faulty(fault))).rejects.toThrow(rule);
  });
});
