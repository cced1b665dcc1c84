/** Starts the worker thread of a worker-backed runtime. */
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { WorkerLink, WorkerService } from '@kinegraph/core/runtime';
import { type Endpoint, transfer, wrap } from 'comlink';
import type { EngineOptions } from './engine.ts';
import { createGuard, type NativeGuard, stopNative } from './native-guard.ts';

/** What the worker is started with. */
export interface WorkerStart {
  /** Where it serves. */
  readonly port: MessagePort;
  readonly guard: NativeGuard;
}

/** The guards of the workers that are running. */
const guards = new Set<NativeGuard>();

/** A new worker thread. While it waits for work it does not keep the process alive. */
export function startWorker(): WorkerLink<EngineOptions> {
  const { port1, port2 } = new MessageChannel();
  const guard = createGuard();
  const workerData: WorkerStart = { port: port2, guard };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, transferList: [port2] });
  if (guards.size === 0) process.on('exit', stopAll);
  guards.add(guard);
  const exit = once(worker, 'exit').then(([code]) => new Error(`exit code ${code}`));
  worker.once('exit', () => {
    guards.delete(guard);
    if (guards.size === 0) process.off('exit', stopAll);
  });
  return {
    id: 'onnxruntime-node',
    // Comlink types its ports by the DOM's, from which those of Node differ in what may be transferred.
    service: wrap<WorkerService<EngineOptions>>(port1 as Endpoint),
    transfer,
    onEnd(listener) {
      worker.once('error', listener);
      port1.once('messageerror', listener);
      exit.then(listener, listener);
    },
    // The worker ends itself when it comes out of native code; Worker.terminate would end it inside.
    async terminate() {
      worker.ref();
      worker.postMessage('end');
      await exit.catch(() => undefined);
    },
    hold(busy) {
      for (const each of [worker, port1]) busy ? each.ref() : each.unref();
    },
  };
}

function stopAll(): void {
  for (const guard of guards) stopNative(guard);
}
