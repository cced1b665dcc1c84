/** The runtime contract: aborting and disposing leave nothing half done and nothing hanging. */
import { createAbort } from '../../runtime/abort.ts';
import { KinegraphError } from '../../tensor/error.ts';
import { filled, float32 } from '../../tensor/tensor.ts';
import { loadCounter, step } from './carry-cases.ts';
import { type RuntimeCase, refuses, runtimeCase, same, sameTensor } from './case.ts';
import { affineModel } from './run-cases.ts';

export const lifeCases: readonly RuntimeCase[] = [
  runtimeCase('obeys a signal before it starts', async (runtime) => {
    const { signal, abort } = createAbort();
    abort('no longer wanted');
    await refuses('a load', () => runtime.load(affineModel(), { signal }), 'aborted');
    const session = await loadCounter(runtime);
    await refuses('a run', () => session.run(step(1), { signal }), 'aborted');
    sameTensor('total', (await session.read()).total, float32([10, 20]));
  }),
  runtimeCase('forgets a load that is aborted', async (runtime) => {
    const { signal, abort } = createAbort();
    const loading = runtime.load(affineModel(), { signal });
    abort();
    await refuses('the load', () => loading, 'aborted');
    await runtime.load(affineModel());
  }),
  runtimeCase('undoes an aborted run, or lets it finish', async (runtime) => {
    const session = await loadCounter(runtime);
    let expected = 10;
    for (let turns = 0; turns < 6; turns++) {
      const { signal, abort } = createAbort();
      const run = session.run(step(1), { signal });
      const outcome = run.then(
        () => 1,
        (error: unknown) => {
          if (KinegraphError.is(error, 'aborted')) return 0;
          throw error;
        },
      );
      for (let waits = 0; waits < turns; waits++) await Promise.resolve();
      const next = session.run(step(100));
      abort();
      expected += (await outcome) + 100;
      sameTensor('shown', (await next).shown, float32([expected, expected + 10]));
    }
    sameTensor('total', (await session.read()).total, float32([expected, expected + 10]));
  }),
  runtimeCase('drops a waiting run that is aborted', async (runtime) => {
    const session = await loadCounter(runtime);
    const { signal, abort } = createAbort();
    const runs = [session.run(step(1)), session.run(step(100), { signal }), session.run(step(1))];
    abort();
    await refuses('the waiting run', () => runs[1]!, 'aborted');
    sameTensor('shown', (await runs[2]!).shown, float32([12, 22]));
    await runs[0];
  }),
  runtimeCase('disposes once, after the runs before it', async (runtime) => {
    const session = await runtime.load(affineModel());
    const run = session.run({ x: filled([1, 3], 1) });
    const disposals = [session.dispose(), session.dispose(), session[Symbol.asyncDispose]()];
    sameTensor('y', (await run).y, filled([1, 3], 3));
    await Promise.all(disposals);
    await refuses('a run after dispose', () => session.run({ x: filled([1, 3], 1) }), 'runtime');
    await refuses('a read after dispose', () => session.read(), 'runtime');
    await session.dispose();
    const other = await runtime.load(affineModel());
    sameTensor('y', (await other.run({ x: filled([1, 3], 1) })).y, filled([1, 3], 3));
  }),
  runtimeCase('ends its sessions with itself', async (runtime) => {
    const session = await runtime.load(affineModel());
    const settled = session.run({ x: filled([1, 3], 1) }).then(
      () => 'settled',
      (error: unknown) => (KinegraphError.is(error, 'runtime') ? 'settled' : error),
    );
    await Promise.all([runtime.dispose(), runtime[Symbol.asyncDispose]()]);
    same('the pending run', await settled, 'settled');
    await refuses('a run', () => session.run({ x: filled([1, 3], 1) }), 'runtime');
    await refuses('a load', () => runtime.load(affineModel()), 'runtime');
    await session.dispose();
    await runtime.dispose();
  }),
];
