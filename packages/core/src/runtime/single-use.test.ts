import { expect, it, vi } from 'vitest';
import { adaptEngine } from './adapter.ts';
import { countingEngine } from './fixtures/counting-engine.ts';
import { withRuntime } from './single-use.ts';

const bytes = Uint8Array.of(1);

it('ends the runtime that it made with the session, or with the failure', async () => {
  const runtime = adaptEngine(countingEngine());
  const session = await withRuntime(
    undefined,
    { threads: 1 },
    () => runtime,
    (own) => own.load(bytes),
  );
  await session[Symbol.asyncDispose]();
  await expect(runtime.load(bytes)).rejects.toMatchObject({ code: 'runtime' });

  const other = adaptEngine(countingEngine());
  const failure = new Error('no bundle');
  await expect(
    withRuntime(
      undefined,
      {},
      () => other,
      () => Promise.reject(failure),
    ),
  ).rejects.toBe(failure);
  await expect(other.load(bytes)).rejects.toMatchObject({ code: 'runtime' });
});

it('leaves the runtime that it was given alone', async () => {
  const runtime = adaptEngine(countingEngine());
  const create = vi.fn();
  const session = await withRuntime(runtime, {}, create, (given) => given.load(bytes));
  await session.dispose();
  await (await runtime.load(bytes)).dispose();
  expect(create).not.toHaveBeenCalled();
  await expect(withRuntime(runtime, { threads: 2 }, create, async () => 0)).rejects.toThrow(
    'open: expected a runtime or the options of one, got a runtime and threads.',
  );
});
