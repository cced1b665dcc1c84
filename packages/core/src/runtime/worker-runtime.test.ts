import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../tensor/tensor.ts';
import { createAbort } from './abort.ts';
import { adaptEngine } from './adapter.ts';
import { type CountingEngine, countingEngine } from './fixtures/counting-engine.ts';
import { createGate } from './fixtures/gate.ts';
import { type WorkerLink, workerRuntime } from './worker-runtime.ts';
import { type WorkerService, workerService } from './worker-service.ts';

const bytes = Uint8Array.of(1);
const carry = { carry: { next: 'total' }, state: { total: float32([0, 0]) } };
const x = float32([1, 2]);

/** A worker on this thread: messages are cloned, and delivered in order, one task each. */
function localWorker(engine: CountingEngine = countingEngine()) {
  const service = workerService<object>(
    () => adaptEngine(engine),
    (message) => message,
  );
  const ends: ((reason: unknown) => void)[] = [];
  const holds: boolean[] = [];
  const worker = { alive: true, onReply: (_method: string): unknown => undefined };
  const remote = Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      (...parameters: unknown[]) => {
        const message = structuredClone(parameters);
        return new Promise((resolve) => {
          setImmediate(async () => {
            if (!worker.alive) return;
            const reply = structuredClone(await (method as (...values: unknown[]) => unknown)(...message));
            worker.onReply(name);
            setImmediate(() => worker.alive && resolve(reply));
          });
        });
      },
    ]),
  ) as unknown as WorkerService<object>;
  const link: WorkerLink<object> = {
    id: 'local',
    service: remote,
    transfer: (message) => message,
    onEnd: (listener) => void ends.push(listener),
    async terminate() {
      worker.alive = false;
    },
    hold: (busy) => void holds.push(busy),
  };
  const crash = (reason: unknown) => {
    worker.alive = false;
    for (const listener of ends) listener(reason);
  };
  return { runtime: workerRuntime(link, {}), engine, crash, holds, worker };
}

describe('workerRuntime', () => {
  it('rejects every pending and later call when the worker ends', async () => {
    const { runtime, engine, crash } = localWorker();
    const session = await runtime.load(bytes, carry);
    engine.gate = new Promise(() => undefined);
    const pending = [session.run({ x }), session.run({ x }), session.read(), runtime.load(bytes)];
    await expect.poll(() => engine.log).toContain('run next,double');
    crash(new Error('out of memory'));
    for (const result of await Promise.allSettled(pending)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'runtime' } });
    }
    await expect(session.run({ x })).rejects.toThrow(
      'run: expected a working worker, got one that ended with out of memory. Its sessions are lost; create a new runtime.',
    );
    await expect(runtime.load(bytes)).rejects.toMatchObject({ code: 'runtime' });
    await session.dispose();
    await runtime.dispose();
  });

  it('rejects what is pending when it is disposed', async () => {
    const { runtime, engine } = localWorker();
    const session = await runtime.load(bytes, carry);
    engine.gate = new Promise(() => undefined);
    const run = session.run({ x });
    await runtime.dispose();
    await expect(run).rejects.toThrow('run: expected an open runtime, got a disposed one.');
  });

  it('abandons a run under way, and takes it back', async () => {
    const { runtime, engine } = localWorker();
    const session = await runtime.load(bytes, carry);
    const gate = createGate();
    engine.gate = gate.closed;
    const { signal, abort } = createAbort();
    const run = session.run({ x }, { signal });
    await expect.poll(() => engine.log).toContain('run next,double');
    abort();
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    const next = session.run({ x });
    gate.open();
    expect((await next).double).toEqual(float32([2, 4]));
  });

  it('takes a run back that was done before the abort arrived', async () => {
    const { runtime, worker } = localWorker();
    const session = await runtime.load(bytes, carry);
    await session.run({ x });
    const { signal, abort } = createAbort();
    worker.onReply = (method) => method === 'run' && abort();
    await expect(session.run({ x }, { signal })).rejects.toMatchObject({ code: 'aborted' });
    expect((await session.read()).total).toEqual(float32([1, 2]));
  });

  it('frees the session of a load that is abandoned', async () => {
    const { runtime, engine, worker } = localWorker();
    const { signal, abort } = createAbort();
    worker.onReply = (method) => method === 'load' && abort();
    await expect(runtime.load(bytes, { signal })).rejects.toMatchObject({ code: 'aborted' });
    await expect.poll(() => engine.log).toContain('close');
  });

  it('carries errors over with code, parts and the stack of the other side', async () => {
    const { runtime, engine } = localWorker();
    const session = await runtime.load(bytes, carry);
    engine.failures.run = new Error('no memory');
    await expect(session.run({ x })).rejects.toMatchObject({
      name: 'KinegraphError',
      code: 'runtime',
      where: 'run',
      actual: 'no memory',
      cause: expect.stringContaining('counting 1.0 (cpu) to run'),
    });
    await expect(session.read(['x'])).rejects.toThrow('read: expected names among "total", got "x".');
  });

  it('names what cannot be sent', async () => {
    const { runtime } = localWorker();
    const state = { total: { ...float32([0, 0]), note: () => 'a function' } as Tensor };
    await expect(runtime.load(bytes, { ...carry, state })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('holds the process while calls are pending, and only then', async () => {
    const { runtime, holds } = localWorker();
    const session = await runtime.load(bytes, carry);
    expect(holds.at(-1)).toBe(false);
    const run = session.run({ x });
    await expect.poll(() => holds.at(-1)).toBe(true);
    await run;
    expect(holds.at(-1)).toBe(false);
    await runtime.dispose();
  });
});
