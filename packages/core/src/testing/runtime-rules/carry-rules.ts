/** The runtime contract: carried state stays inside, advances run by run, and never by a run that failed. */
import type { LoadOptions, Runtime, Session } from '../../runtime/contract.ts';
import type { ErrorCode } from '../../tensor/error.ts';
import { float32, int64 } from '../../tensor/tensor.ts';
import { tinyModel } from '../tiny-model.ts';
import { outcomesOf, type RuntimeRule, refuses, runtimeRule, same, sameTensor } from './runtime-rule.ts';

/** next = total + x, shown = the reshape of next to `size` elements, which fails for any size but 2. */
const counterModel = (): Uint8Array =>
  tinyModel({
    inputs: [
      { name: 'total', dtype: 'float32', shape: [2] },
      { name: 'x', dtype: 'float32', shape: [2] },
      { name: 'size', dtype: 'int64', shape: [1] },
    ],
    outputs: [
      { name: 'next', dtype: 'float32', shape: [2] },
      { name: 'shown', dtype: 'float32', shape: ['n'] },
      { name: 'count', dtype: 'int64', shape: [1] },
    ],
    nodes: [
      ['Add', ['total', 'x'], ['next']],
      ['Reshape', ['next', 'size'], ['shown']],
      ['Shape', ['next'], ['count']],
    ],
  });

/** total' = total + x, carried, from [10, 20]. */
export const loadCounter = (runtime: Runtime): Promise<Session> =>
  runtime.load(counterModel(), { carry: { next: 'total' }, state: { total: float32([10, 20]) } });

/** Feeds of one step of {@link loadCounter}; a size other than 2 makes the engine fail. */
export const step = (x: number, size = 2) => ({ x: float32([x, x]), size: int64([size]) });

/** The model of a memory that grows: past [rows] and x [new] give all [rows + new]. */
const memoryModel = (): Uint8Array =>
  tinyModel({
    inputs: [
      { name: 'past', dtype: 'float32', shape: ['rows', 2] },
      { name: 'x', dtype: 'float32', shape: ['added', 2] },
    ],
    outputs: [{ name: 'all', dtype: 'float32', shape: ['grown', 2] }],
    nodes: [['Concat', ['past', 'x'], ['all'], { axis: 0 }]],
  });

const total = float32([0, 0]);
const wrongCarry: readonly (readonly [what: string, options: LoadOptions, code: ErrorCode])[] = [
  ['an unknown output', { carry: { nxt: 'total' }, state: { total } }, 'invalid-argument'],
  ['an unknown input', { carry: { next: 'totl' }, state: { totl: total } }, 'invalid-argument'],
  ['no state', { carry: { next: 'total' } }, 'invalid-argument'],
  ['state that is not carried', { carry: { next: 'total' }, state: { total, x: total } }, 'invalid-argument'],
  ['two outputs for one input', { carry: { next: 'total', shown: 'total' }, state: { total } }, 'invalid-argument'],
  ['another element type', { carry: { count: 'total' }, state: { total } }, 'invalid-argument'],
  ['state of another type', { carry: { next: 'total' }, state: { total: int64([0, 0]) } }, 'invalid-argument'],
  ['state of another shape', { carry: { next: 'total' }, state: { total: float32([0]) } }, 'invalid-shape'],
];

/** State that stays inside the session: first values, what a failed run leaves behind, what cannot be carried. */
export const carryRules: readonly RuntimeRule[] = [
  runtimeRule('carries state from run to run', async (runtime) => {
    const session = await loadCounter(runtime);
    sameTensor('the first state', (await session.read()).total, float32([10, 20]));
    for (const expected of [11, 12, 13]) {
      const results = await session.run(step(1));
      same('outputs', Object.keys(results).sort(), 'count,shown');
      sameTensor('shown', results.shown, float32([expected, expected + 10]));
    }
    const fetched = await session.run(step(1), { fetch: ['next'] });
    same('fetched', Object.keys(fetched), 'next');
    sameTensor('next', fetched.next, float32([14, 24]));
    await session.run(step(1), { fetch: [] });
    sameTensor('total', (await session.read(['total'])).total, float32([15, 25]));
  }),
  runtimeRule('keeps its state from everybody else', async (runtime) => {
    const first = float32([10, 20]);
    const session = await runtime.load(counterModel(), { carry: { next: 'total' }, state: { total: first } });
    first.data.fill(-1);
    const fetched = await session.run(step(1), { fetch: ['next'] });
    fetched.next!.data.fill(-1 as never);
    (await session.read()).total!.data.fill(-1 as never);
    sameTensor('total', (await session.read()).total, float32([11, 21]));
    await refuses('feeding a carried input', () => session.run({ ...step(1), total: first }), 'invalid-argument');
    await refuses('reading what is not carried', () => session.read(['x']), 'invalid-argument');
  }),
  runtimeRule('keeps the state of before a run that fails', async (runtime) => {
    const session = await loadCounter(runtime);
    const runs = await outcomesOf([2, 5, 2].map((size) => session.run(step(1, size))));
    await refuses('a run that fails', runs[1]!, 'runtime');
    await refuses('wrong feeds', () => session.run({ x: total }), 'invalid-argument');
    sameTensor('shown', (await runs[2]!()).shown, float32([12, 22]));
    sameTensor('total', (await session.read()).total, float32([12, 22]));
  }),
  runtimeRule('refuses a carry that does not suit the model', async (runtime) => {
    for (const [what, options, code] of wrongCarry) {
      await refuses(what, () => runtime.load(counterModel(), options), code);
    }
  }),
  runtimeRule('carries state that grows', async (runtime) => {
    const session = await runtime.load(memoryModel(), {
      carry: { all: 'past' },
      state: { past: float32([1, 2], [1, 2]) },
    });
    await session.run({ x: float32([3, 4, 5, 6], [2, 2]) });
    await session.run({ x: float32([7, 8], [1, 2]) });
    sameTensor('past', (await session.read()).past, float32([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
  }),
];
