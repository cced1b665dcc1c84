/** The caller's side of a worker-backed runtime: the same contract, with the engine in a worker. */
import { KinegraphError } from '../tensor/error.ts';
import { checkModelBytes } from './adapter.ts';
import type { LoadOptions, RunOptions, Runtime, Session } from './contract.ts';
import { checkFeeds } from './feeds.ts';
import { createLifetime, disposedError } from './lifetime.ts';
import { createQueue } from './queue.ts';
import { reasonOf } from './reason.ts';
import { buffersOf, copyTensors, type Transfer } from './transfer.ts';
import { createCalls, type WorkerCalls } from './worker-calls.ts';
import type { SessionFacts, WorkerService } from './worker-service.ts';

/** A worker that runs a {@link WorkerService}, as the host sees it. */
export interface WorkerLink<Options> {
  /** The {@link Runtime.id} of the runtime in the worker. */
  readonly id: string;
  /** The worker's service; comlink's `wrap` makes one. */
  readonly service: WorkerService<Options>;
  readonly transfer: Transfer;
  /** Calls `listener` when the worker breaks or ends by itself. */
  onEnd(listener: (reason: unknown) => void): void;
  terminate(): Promise<void>;
  /** Told whether calls are pending, so that an idle worker need not keep a process alive. */
  hold?(busy: boolean): void;
}

/**
 * Makes a runtime whose models run in a worker, so that the caller's thread stays free.
 *
 * Tensors are copied on their way in and moved on their way out. A signal that fires during a run rejects at once; the
 * worker finishes that run, and takes its effect on the carried state back before it does anything else. If the worker
 * breaks, every pending call rejects with code `runtime`, and so does every later one. `dispose` rejects what is
 * pending at once, and ends the worker as soon as its host can.
 */
export function workerRuntime<Options>(link: WorkerLink<Options>, options: Options): Runtime {
  const { service, transfer } = link;
  const calls = createCalls(link.hold);
  const lifetime = createLifetime('runtime');
  let numbers = 0;

  link.onEnd((reason) => calls.end((where) => brokenWorker(where, reason)));
  const started = calls.call({ where: 'createRuntime' }, () => service.start(options));
  // Whoever loads waits for the start and is told; a runtime that nobody loads with may fail in silence.
  started.catch(() => undefined);

  const runtime: Runtime = {
    id: link.id,
    async load(bytes, { carry, state, signal }: LoadOptions = {}) {
      lifetime.ensureOpen('load');
      checkModelBytes(bytes);
      const number = numbers++;
      await started;
      const facts = await calls.call({ where: 'load', signal, abandon: () => void service.dispose(number) }, () => {
        const copy = bytes.slice();
        const options = { ...(carry && { carry }), ...(state && { state: copyTensors(state) }) };
        return service.load(number, transfer(copy, [copy.buffer]), options);
      });
      return remoteSession(link, calls, number, facts, Object.values(carry ?? {}));
    },
    dispose: () =>
      lifetime.end(() => {
        calls.end((where) => disposedError(where, 'runtime'));
        return link.terminate();
      }),
    [Symbol.asyncDispose]: () => runtime.dispose(),
  };
  return runtime;
}

/** A session that lives in the worker under `number`. */
function remoteSession(
  { service, transfer }: Pick<WorkerLink<never>, 'service' | 'transfer'>,
  calls: WorkerCalls,
  number: number,
  facts: SessionFacts,
  carried: readonly string[],
): Session {
  // A call is sent when the one before has settled: an abandoned run is taken back before anything builds on it.
  const queue = createQueue();
  const lifetime = createLifetime('session');
  const fed = facts.inputs.filter(({ name }) => !carried.includes(name));
  const abandon = () => void service.abandon(number);

  const session: Session = {
    ...facts,
    async run(feeds, { fetch, signal }: RunOptions = {}) {
      lifetime.ensureOpen('run');
      const turn = { where: 'run', signal };
      return queue(turn, () => {
        checkFeeds('run', fed, feeds);
        const copies = copyTensors(feeds);
        const send = () => service.run(number, transfer(copies, buffersOf(copies)), fetch ? { fetch } : {});
        return calls.call({ ...turn, abandon }, send);
      });
    },
    async read(names) {
      lifetime.ensureOpen('read');
      const turn = { where: 'read' };
      return queue(turn, () => calls.call(turn, () => service.read(number, names)));
    },
    dispose: () =>
      lifetime.end(() => {
        const turn = { where: 'dispose' };
        return queue(turn, async () => {
          // A worker that has ended has freed its sessions.
          if (!calls.ended) await calls.call(turn, () => service.dispose(number));
        });
      }),
    [Symbol.asyncDispose]: () => session.dispose(),
  };
  return session;
}

function brokenWorker(where: string, reason: unknown): KinegraphError {
  return new KinegraphError({
    code: 'runtime',
    where,
    expected: 'a working worker',
    actual: `one that ended with ${reasonOf(reason)}`,
    hint: 'Its sessions are lost; create a new runtime.',
    cause: reason,
  });
}
