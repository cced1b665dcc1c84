/** Starts the worker of a worker-backed runtime. */
import type { WorkerLink, WorkerService } from '@kinegraph/core/runtime';
import { transfer, wrap } from 'comlink';
import type { EngineOptions } from './engine.ts';

const startOwn = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'kinegraph' });

const notLoaded =
  'a script that did not load; a page without a bundler needs a worker of its own, and Vite before 8 optimizeDeps.exclude: ["@kinegraph/web", "onnxruntime-web"]';

/** A new module worker, started by `start` where the caller knows better. */
export function startWorker(start: () => Worker = startOwn): WorkerLink<EngineOptions> {
  const worker = start();
  return {
    id: 'onnxruntime-web',
    service: wrap<WorkerService<EngineOptions>>(worker),
    transfer,
    onEnd(listener) {
      worker.addEventListener('error', (event) => {
        // It becomes the error of every call, so it need not be reported as nobody's.
        event.preventDefault();
        listener(new Error(event.message || notLoaded));
      });
      worker.addEventListener('messageerror', listener);
    },
    terminate: async () => worker.terminate(),
  };
}
