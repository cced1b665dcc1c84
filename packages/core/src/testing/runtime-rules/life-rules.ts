/** The runtime contract: aborting and disposing leave nothing half done and nothing hanging. */
import { createAbort } from '../../runtime/abort.ts';
import { KinegraphError } from '../../tensor/error.ts';
import { filled, float32 } from '../../tensor/tensor.ts';
import { loadCounter, step } from './carry-rules.ts';
import { affineModel } from './run-rules.ts';
import { outcomesOf, type RuntimeRule, refuses, runtimeRule, sameTensor } from './runtime-rule.ts';

/** Whether a call was refused because of its signal. */
async function wasAborted(outcome: () => Promise<unknown>): Promise<boolean> {
  try {
    await outcome();
    return false;
  } catch (error) {
    if (KinegraphError.is(error, 'aborted')) return true;
    throw error;
  }
}

/** Disposal, abort and loading of damaged models. */
export const lifeRules: readonly RuntimeRule[] = [
  runtimeRule('obeys a signal before it starts', async (runtime) => {
    const { signal, abort } = createAbort();
    abort('no longer wanted');
    await refuses('a load', () => runtime.load(affineModel(), { signal }), 'aborted');
    const session = await loadCounter(runtime);
    await refuses('a run', () => session.run(step(1), { signal }), 'aborted');
    sameTensor('total', (await session.read()).total, float32([10, 20]));
  }),
  runtimeRule('forgets a load that is aborted', async (runtime) => {
    const { signal, abort } = createAbort();
    const loading = outcomesOf([runtime.load(affineModel(), { signal })]);
    abort();
    await refuses('the load', (await loading)[0]!, 'aborted');
    await runtime.load(affineModel());
  }),
  runtimeRule('undoes an aborted run, or lets it finish', async (runtime) => {
    const session = await loadCounter(runtime);
    let expected = 10;
    for (let turns = 0; turns < 6; turns++) {
      const { signal, abort } = createAbort();
      const first = outcomesOf([session.run(step(1), { signal })]);
      for (let waits = 0; waits < turns; waits++) await Promise.resolve();
      const second = outcomesOf([session.run(step(100))]);
      abort();
      const [run, next] = [...(await first), ...(await second)];
      expected += (await wasAborted(run!)) ? 100 : 101;
      sameTensor('shown', (await next!()).shown, float32([expected, expected + 10]));
    }
    sameTensor('total', (await session.read()).total, float32([expected, expected + 10]));
  }),
  runtimeRule('drops a waiting run that is aborted', async (runtime) => {
    const session = await loadCounter(runtime);
    const { signal, abort } = createAbort();
    const runs = [session.run(step(1)), session.run(step(100), { signal }), session.run(step(1))];
    const outcomes = outcomesOf(runs);
    abort();
    const [first, second, third] = await outcomes;
    await refuses('the waiting run', second!, 'aborted');
    sameTensor('shown', (await first!()).shown, float32([11, 21]));
    sameTensor('shown', (await third!()).shown, float32([12, 22]));
  }),
  runtimeRule('disposes once, after the runs before it', async (runtime) => {
    const session = await runtime.load(affineModel());
    const outcomes = outcomesOf([session.run({ x: filled([1, 3], 1) })]);
    await Promise.all([session.dispose(), session.dispose(), session[Symbol.asyncDispose]()]);
    const [run] = await outcomes;
    sameTensor('y', (await run!()).y, filled([1, 3], 3));
    await refuses('a run after dispose', () => session.run({ x: filled([1, 3], 1) }), 'runtime');
    await refuses('a read after dispose', () => session.read(), 'runtime');
    await session.dispose();
    const other = await runtime.load(affineModel());
    sameTensor('y', (await other.run({ x: filled([1, 3], 1) })).y, filled([1, 3], 3));
  }),
  runtimeRule('ends its sessions with itself', async (runtime) => {
    const session = await runtime.load(affineModel());
    const outcomes = outcomesOf([session.run({ x: filled([1, 3], 1) })]);
    await Promise.all([runtime.dispose(), runtime[Symbol.asyncDispose]()]);
    const [run] = await outcomes;
    await run!().catch((error: unknown) => {
      if (!KinegraphError.is(error, 'runtime')) throw error;
    });
    await refuses('a run', () => session.run({ x: filled([1, 3], 1) }), 'runtime');
    await refuses('a load', () => runtime.load(affineModel()), 'runtime');
    await session.dispose();
    await runtime.dispose();
  }),
];
