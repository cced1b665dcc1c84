/**
 * A {@link Session} over an engine's bare one: feeds checked, runs queued, carried tensors kept in the engine's own
 * form.
 */
import { type AbortSignalLike, KinegraphError, throwIfAborted } from '../tensor/error.ts';
import { formatShape, type Tensor } from '../tensor/tensor.ts';
import { resolveCarry } from './carry.ts';
import type { LoadOptions, RunOptions, Session, TensorSpec } from './contract.ts';
import type { EngineSession } from './engine.ts';
import { checkFeeds, checkFit, quoted, type SymbolicSizes } from './feeds.ts';
import { createLifetime } from './lifetime.ts';
import type { Queue } from './queue.ts';
import { reasonOf } from './reason.ts';

/** A session that can take back its last run; a worker does so for a run that the caller has abandoned. */
export interface ReversibleSession extends Session {
  /** Puts the carried state back to that before the last run, once. */
  undo(): void;
}

/** Options of {@link createSession}. */
export interface SessionOptions {
  readonly queue: Queue;
  readonly carry?: LoadOptions['carry'] | undefined;
  readonly state?: LoadOptions['state'] | undefined;
  readonly onDispose?: () => void;
}

/**
 * Makes a session that owns `engine` from now on.
 *
 * The carried tensors never leave the engine between runs. Those of the run before are kept until the next one starts,
 * so that a run can be taken back; the engine holds two generations while it runs in any case, so this costs no memory
 * at the peak. An engine that can writes the next generation over the one before the last.
 *
 * @throws `invalid-argument` or `invalid-shape` if `carry` and `state` do not suit the model
 */
export function createSession<Native>(
  engine: EngineSession<Native>,
  { queue, carry, state: first, onDispose }: SessionOptions,
): ReversibleSession {
  const { inputs, outputs, report } = engine;
  const carried = resolveCarry(inputs, outputs, { ...(carry && { carry }), ...(first && { state: first }) });
  const carriedNames = carried.map(({ input }) => input.name);
  const fed = inputs.filter(({ name }) => !carriedNames.includes(name));
  const symbolic = carried.filter(({ input }) => input.shape.some((size) => typeof size === 'string'));
  const reused = engine.reuses ? carried.filter((pair) => !symbolic.includes(pair)) : [];
  const returned = outputs.map(({ name }) => name).filter((name) => !carried.some(({ output }) => output === name));

  let state = new Map(carried.map(({ input, first: value }) => [input.name, engine.upload(copyOf(value))]));
  let previous: typeof state | undefined;
  const lifetime = createLifetime('session');

  const free = (natives: Iterable<Native>) => {
    for (const native of natives) engine.free(native);
  };

  const runNow = async (
    feeds: Readonly<Record<string, Tensor>>,
    fetch: readonly string[],
    signal: AbortSignalLike | undefined,
  ): Promise<Record<string, Tensor>> => {
    const sizes: SymbolicSizes = new Map();
    for (const { input } of symbolic) checkFit('run', input, engine.shapeOf(state.get(input.name)!), sizes);
    checkFeeds('run', fed, feeds, sizes);
    const old = previous ?? new Map<string, Native>();
    previous = undefined;
    const into = Object.fromEntries(
      reused.flatMap(({ output, input }) => {
        const native = old.get(input.name);
        return native === undefined ? [] : [[output, native]];
      }),
    );
    const kept = new Set<Native>(Object.values(into));
    free([...old.values()].filter((native) => !kept.has(native)));

    const natives = Object.fromEntries(state);
    for (const { name } of fed) natives[name] = engine.upload(feeds[name]!);
    const wanted = [...new Set([...carried.map(({ output }) => output), ...fetch])];
    const results = await engine.run(natives, wanted, into).catch((cause: unknown) => {
      free(Object.values(into));
      throw runError(engine, feeds, cause);
    });
    const next = new Map(carried.map(({ output, input }) => [input.name, results[output]!]));
    try {
      throwIfAborted(signal, 'run');
      for (const { input } of carried) checkFit('run carry', input, engine.shapeOf(next.get(input.name)!), new Map());
      const fetched: Record<string, Tensor> = {};
      for (const name of fetch) {
        const result = await engine.download(results[name]!);
        fetched[name] = returned.includes(name) ? result : copyOf(result);
      }
      free(fetch.filter((name) => returned.includes(name)).map((name) => results[name]!));
      previous = state;
      state = next;
      return fetched;
    } catch (error) {
      free(Object.values(results));
      throw error;
    }
  };

  const session: ReversibleSession = {
    inputs,
    outputs,
    report,
    async run(feeds, { fetch = returned, signal }: RunOptions = {}) {
      lifetime.ensureOpen('run');
      checkNames('run fetch', fetch, outputs);
      return queue({ where: 'run', signal }, () => runNow(feeds, fetch, signal));
    },
    async read(names = carriedNames) {
      lifetime.ensureOpen('read');
      checkNames(
        'read',
        names,
        carried.map(({ input }) => input),
      );
      return queue({ where: 'read' }, async () => {
        const values: Record<string, Tensor> = {};
        for (const name of names) values[name] = copyOf(await engine.download(state.get(name)!));
        return values;
      });
    },
    undo() {
      if (previous === undefined) return;
      free(state.values());
      state = previous;
      previous = undefined;
    },
    dispose: () =>
      lifetime.end(() =>
        queue({ where: 'dispose' }, async () => {
          onDispose?.();
          free([...(previous?.values() ?? []), ...state.values()]);
          await engine.close();
        }),
      ),
    [Symbol.asyncDispose]: () => session.dispose(),
  };
  return session;
}

function copyOf(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() } as Tensor;
}

function checkNames(where: string, names: readonly string[], specs: readonly TensorSpec[]): void {
  const known = specs.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: `names among ${quoted(known)}`,
    actual: quoted(unknown),
  });
}

function runError(
  engine: EngineSession<unknown>,
  feeds: Readonly<Record<string, Tensor>>,
  cause: unknown,
): KinegraphError {
  if (KinegraphError.is(cause)) return cause;
  const fed = Object.entries(feeds).map(([name, { dtype, shape }]) => `${name}: ${dtype} ${formatShape(shape)}`);
  return new KinegraphError({
    code: 'runtime',
    where: 'run',
    expected: `${engine.report.engine} (${engine.report.provider}) to run with ${fed.slice(0, 12).join(', ') || 'no feeds'}`,
    actual: reasonOf(cause),
    cause,
  });
}
