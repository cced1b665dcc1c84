/** Makes a {@link Runtime} of an {@link Engine}: checks, queue, carried state and disposal, once for all hosts. */
import { KinegraphError, throwIfAborted } from '../tensor/error.ts';
import type { LoadOptions, Runtime, Session } from './contract.ts';
import type { Engine, EngineSession } from './engine.ts';
import { createLifetime } from './lifetime.ts';
import { createQueue, type Queue } from './queue.ts';
import { reasonOf } from './reason.ts';
import { createSession, type ReversibleSession } from './session.ts';

/** A {@link Runtime} with sessions that can take back their last run. */
export interface ReversibleRuntime extends Runtime {
  load(bytes: Uint8Array, options?: LoadOptions): Promise<ReversibleSession>;
}

/** Options of {@link adaptEngine}. */
export interface AdaptOptions {
  /** The queue that every call into the engine goes through; engines that share one instance share its queue. */
  readonly queue?: Queue;
}

/**
 * Makes a runtime of an engine.
 *
 * All calls into the engine go one at a time, over all sessions: JavaScript engines block their thread anyway, and some
 * break when calls overlap.
 */
export function adaptEngine<Native>(
  engine: Engine<Native>,
  { queue = createQueue() }: AdaptOptions = {},
): ReversibleRuntime {
  const sessions = new Set<Session>();
  const lifetime = createLifetime('runtime');

  const open = async (bytes: Uint8Array, { carry, state, signal }: LoadOptions): Promise<ReversibleSession> => {
    lifetime.ensureOpen('load');
    const opened = await engine.open(bytes, Object.keys(carry ?? {})).catch((cause: unknown) => {
      throw loadError(engine.id, bytes, cause);
    });
    try {
      throwIfAborted(signal, 'load');
      lifetime.ensureOpen('load');
      const session = createSession(opened, { queue, carry, state, onDispose: () => sessions.delete(session) });
      sessions.add(session);
      return session;
    } catch (error) {
      await closeQuietly(opened);
      throw error;
    }
  };

  const runtime: ReversibleRuntime = {
    id: engine.id,
    async load(bytes, options = {}) {
      lifetime.ensureOpen('load');
      checkModelBytes(bytes);
      return queue({ where: 'load', signal: options.signal }, () => open(bytes, options));
    },
    dispose: () =>
      lifetime.end(async () => {
        // Loads that have started still find the runtime disposed when they end, and close what they opened.
        await queue({ where: 'dispose' }, () => undefined);
        await Promise.all([...sessions].map((session) => session.dispose()));
      }),
    [Symbol.asyncDispose]: () => runtime.dispose(),
  };
  return runtime;
}

/**
 * Checks that there are bytes to load at all.
 *
 * @throws `invalid-argument`
 */
export function checkModelBytes(bytes: Uint8Array): void {
  const actual = !ArrayBuffer.isView(bytes) ? `${bytes}` : bytes.byteLength === 0 ? 'no bytes' : undefined;
  if (actual === undefined) return;
  const expected = 'the bytes of an ONNX model, a Uint8Array';
  throw new KinegraphError({ code: 'invalid-argument', where: 'load', expected, actual });
}

function loadError(id: string, bytes: Uint8Array, cause: unknown): KinegraphError {
  if (KinegraphError.is(cause)) return cause;
  return new KinegraphError({
    code: 'runtime',
    where: 'load',
    expected: `${id} to open a model of ${bytes.byteLength} bytes`,
    actual: reasonOf(cause),
    hint: 'Check that the file is a whole ONNX model whose operators this runtime has.',
    cause,
  });
}

/** Closes a session that nobody will use; the error that brought us here matters more than one of closing. */
async function closeQuietly(session: EngineSession<unknown>): Promise<void> {
  await session.close().catch(() => undefined);
}
