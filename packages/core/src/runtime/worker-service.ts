/** The worker's side of a worker-backed runtime: sessions by number, plain data in and out. */
import { KinegraphError } from '../tensor/error.ts';
import { type Abort, createAbort } from './abort.ts';
import type { ReversibleRuntime } from './adapter.ts';
import type { LoadOptions, RunOptions, Session } from './contract.ts';
import { type Reply, replyOf } from './failure.ts';
import type { ReversibleSession } from './session.ts';
import { buffersOf, type Tensors, type Transfer } from './transfer.ts';

/** What a session says about itself when it has been loaded. */
export type SessionFacts = Pick<Session, 'inputs' | 'outputs' | 'report'>;

/**
 * The calls that cross from a {@link workerRuntime} to its worker, in order.
 *
 * Every argument and result survives a structured clone. The caller numbers the sessions, and has at most one run of a
 * session under way.
 */
export interface WorkerService<Options> {
  /** Makes the runtime; the first call. */
  start(options: Options): Promise<Reply<string>>;
  load(session: number, bytes: Uint8Array, options: Pick<LoadOptions, 'carry' | 'state'>): Promise<Reply<SessionFacts>>;
  run(session: number, feeds: Tensors, options: Pick<RunOptions, 'fetch'>): Promise<Reply<Tensors>>;
  /** Undoes the last run of a session, whether it is waiting, under way or done. */
  abandon(session: number): Promise<void>;
  read(session: number, names: readonly string[] | undefined): Promise<Reply<Tensors>>;
  dispose(session: number): Promise<Reply<void>>;
}

/** A session, and its last run: which is called off while `done` is false, and taken back afterwards. */
interface Entry {
  readonly session: Promise<ReversibleSession>;
  run?: Abort & { done: boolean };
}

/**
 * Serves a runtime to the other side of a worker.
 *
 * @param create - makes the runtime from the options given there
 */
export function workerService<Options>(
  create: (options: Options) => ReversibleRuntime,
  transfer: Transfer,
): WorkerService<Options> {
  const sessions = new Map<number, Entry>();
  let runtime: ReversibleRuntime | undefined;

  const entryOf = (number: number) => {
    const entry = sessions.get(number);
    if (entry) return entry;
    throw new KinegraphError({
      code: 'runtime',
      where: 'worker',
      expected: 'an open session',
      actual: 'a disposed one',
    });
  };
  const giveAway = (reply: Reply<Tensors>) => transfer(reply, reply.ok ? buffersOf(reply.value) : []);

  return {
    start: (options) =>
      replyOf('start', async () => {
        runtime = create(options);
        return runtime.id;
      }),
    load: (number, bytes, options) =>
      replyOf('load', async () => {
        if (!runtime) throw outOfOrder();
        const loading = runtime.load(bytes, options);
        sessions.set(number, { session: loading });
        loading.catch(() => sessions.delete(number));
        const { inputs, outputs, report } = await loading;
        return { inputs, outputs, report };
      }),
    run: async (number, feeds, options) =>
      giveAway(
        await replyOf('run', async () => {
          const entry = entryOf(number);
          const run = { ...createAbort(), done: false };
          entry.run = run;
          const results = await (await entry.session).run(feeds, { ...options, signal: run.signal });
          run.done = true;
          return results;
        }),
      ),
    async abandon(number) {
      const { session, run } = sessions.get(number) ?? {};
      if (run?.done) (await session)?.undo();
      else run?.abort();
    },
    read: async (number, names) =>
      giveAway(await replyOf('read', async () => (await entryOf(number).session).read(names))),
    dispose: (number) =>
      replyOf('dispose', async () => {
        const { session } = entryOf(number);
        sessions.delete(number);
        await (await session).dispose();
      }),
  };
}

function outOfOrder(): KinegraphError {
  return new KinegraphError({
    code: 'internal',
    where: 'internal: worker',
    expected: 'start before load',
    actual: 'load first',
  });
}
