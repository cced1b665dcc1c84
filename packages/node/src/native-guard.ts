/** Keeps the process from ending a worker inside native code, where onnxruntime-node 1.30 would abort all of it. */
import type { Engine } from '@kinegraph/core/runtime';

/** Shared by a worker and the thread that started it: whether the worker is in native code. */
export type NativeGuard = Int32Array<SharedArrayBuffer>;

const idle = 0;
const busy = 1;
const stopped = 2;

/** Makes the guard of one worker. */
export function createGuard(): NativeGuard {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Waits until the worker has left native code, and keeps it from entering again. Blocks, since it serves while the
 * process exits.
 */
export function stopNative(guard: NativeGuard): void {
  while (Atomics.compareExchange(guard, 0, idle, stopped) === busy) Atomics.wait(guard, 0, busy);
}

/** The engine in the worker, whose calls mark the guard. */
export function guardedEngine<Native>(engine: Engine<Native>, guard: NativeGuard): Engine<Native> {
  const marked = async <T>(work: () => Promise<T>): Promise<T> => {
    // The process is exiting: what has not started never will.
    if (Atomics.compareExchange(guard, 0, idle, busy) === stopped) return new Promise(() => undefined);
    try {
      return await work();
    } finally {
      Atomics.store(guard, 0, idle);
      Atomics.notify(guard, 0);
    }
  };
  return {
    ...engine,
    open: (bytes, resident) =>
      marked(async () => {
        const session = await engine.open(bytes, resident);
        return {
          ...session,
          run: (feeds, fetch, into) => marked(() => session.run(feeds, fetch, into)),
          close: () => marked(() => session.close()),
        };
      }),
  };
}
