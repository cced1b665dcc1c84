import { describe, expect, it } from 'vitest';
import { float32 } from '../tensor/tensor.ts';
import { createAbort } from './abort.ts';
import { adaptEngine } from './adapter.ts';
import { countingEngine } from './fixtures/counting-engine.ts';
import { createGate } from './fixtures/gate.ts';

const bytes = Uint8Array.of(1);
const carry = { carry: { next: 'total' }, state: { total: float32([0, 0]) } };
const x = float32([1, 2]);

describe('adaptEngine', () => {
  it('tells the engine which outputs stay inside, and fetches them with the rest', async () => {
    const engine = countingEngine();
    const session = await adaptEngine(engine).load(bytes, carry);
    await session.run({ x });
    await session.run({ x }, { fetch: [] });
    expect(engine.log).toEqual(['open next', 'run next,double', 'run next']);
  });

  it('keeps two generations of state at most, and frees everything in the end', async () => {
    const engine = countingEngine();
    const session = await adaptEngine(engine).load(bytes, carry);
    expect(engine.living.size).toBe(1);
    for (let run = 0; run < 5; run++) await session.run({ x }, { fetch: ['next', 'double'] });
    const feeds = 5;
    expect(engine.living.size).toBe(2 + feeds);
    await session.dispose();
    expect(engine.living.size).toBe(feeds);
  });

  it('lets an engine that can write the next generation over the one before the last', async () => {
    const engine = countingEngine({ reuses: true });
    const session = await adaptEngine(engine).load(bytes, carry);
    for (let run = 0; run < 3; run++) await session.run({ x }, { fetch: ['next'] });
    const [first, second] = [...engine.living].filter(({ tensor }) => tensor.data !== x.data);
    expect([first, second].map((native) => native?.tensor)).toEqual([float32([2, 4]), float32([3, 6])]);
    session.undo();
    expect((await session.read()).total).toEqual(float32([2, 4]));
    await session.run({ x });
    engine.failures.run = new Error('out of memory');
    await expect(session.run({ x })).rejects.toThrow('out of memory');
    expect((await session.read()).total).toEqual(float32([3, 6]));
    await session.dispose();
    expect([...engine.living].filter(({ tensor }) => tensor.data !== x.data && tensor.data[0] !== 6)).toEqual([]);
  });

  it.each([
    ['the engine fails', { run: new Error('out of memory') }],
    ['a result cannot be read', { download: new Error('device lost') }],
  ])('frees the results and keeps the state when %s', async (_, failure) => {
    const engine = countingEngine();
    const session = await adaptEngine(engine).load(bytes, carry);
    await session.run({ x });
    const before = engine.living.size;
    Object.assign(engine.failures, failure);
    await expect(session.run({ x })).rejects.toThrow(/out of memory|device lost/);
    // The previous generation has gone, the feed has come.
    expect(engine.living.size).toBe(before - 1 + 1);
    expect((await session.read()).total).toEqual(float32([1, 2]));
  });

  it('takes back the last run, once', async () => {
    const session = await adaptEngine(countingEngine()).load(bytes, carry);
    for (let run = 0; run < 3; run++) await session.run({ x });
    session.undo();
    session.undo();
    expect((await session.read()).total).toEqual(float32([2, 4]));
    await session.run({ x });
    expect((await session.read()).total).toEqual(float32([3, 6]));
  });

  it('does not commit a run whose signal fires while the engine works', async () => {
    const engine = countingEngine();
    const gate = createGate();
    engine.gate = gate.closed;
    const session = await adaptEngine(engine).load(bytes, carry);
    const { signal, abort } = createAbort();
    const run = session.run({ x }, { signal });
    await expect.poll(() => engine.log).toContain('run next,double');
    abort('changed my mind');
    gate.open();
    await expect(run).rejects.toMatchObject({ code: 'aborted', cause: 'changed my mind' });
    expect((await session.read()).total).toEqual(float32([0, 0]));
  });

  it('says what an engine without words was asked to do', async () => {
    const engine = countingEngine();
    const session = await adaptEngine(engine).load(bytes, carry);
    engine.failures.run = new Error('');
    await expect(session.run({ x })).rejects.toThrow(
      'run: expected counting 1.0 (cpu) to run with x: float32 [2], got an error without a message.',
    );
    engine.failures.open = 17;
    await expect(adaptEngine(engine).load(bytes)).rejects.toThrow(
      'load: expected counting to open a model of 1 bytes, got 17.',
    );
  });

  it('closes what it opened for a load that comes to nothing', async () => {
    const engine = countingEngine();
    const runtime = adaptEngine(engine);
    await expect(runtime.load(bytes, { carry: { next: 'totl' } })).rejects.toThrow('"totl"');
    const { signal, abort } = createAbort();
    const [aborted] = await Promise.allSettled([
      runtime.load(bytes, { signal }),
      Promise.resolve().then(() => abort()),
    ]);
    expect(aborted).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    const [late] = await Promise.allSettled([runtime.load(bytes), Promise.resolve().then(() => runtime.dispose())]);
    expect(late).toMatchObject({ status: 'rejected', reason: { code: 'runtime' } });
    expect(engine.log.filter((entry) => entry.startsWith('open'))).toHaveLength(
      engine.log.filter((entry) => entry === 'close').length,
    );
  });

  it('reports an engine that cannot close, and disposes all the same', async () => {
    const engine = countingEngine();
    const session = await adaptEngine(engine).load(bytes, carry);
    engine.failures.close = new Error('busy');
    await expect(session.dispose()).rejects.toThrow('busy');
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'runtime' });
  });
});
