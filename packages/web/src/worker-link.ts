/** Starts the worker of a worker-backed runtime. */
import type { WorkerLink, WorkerService } from '@kinegraph/core/runtime';
import { transfer, wrap } from 'comlink';
import type { EngineOptions } from './engine.ts';

const startOwn = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'kinegraph' });

/** A new module worker, started by `start` where the caller knows better. */
export function startWorker(start: () => Worker = startOwn): WorkerLink<EngineOptions> {
  const worker = start();
  return {
    id: 'onnxruntime-web',
    service: wrap<WorkerService<EngineOptions>>(worker),
    transfer,
    onEnd(listener) {
      worker.addEventListener('error', ({ message }) =>
        listener(new Error(message || 'its script did not load or run')),
      );
      worker.addEventListener('messageerror', listener);
    },
    terminate: async () => worker.terminate(),
  };
}
