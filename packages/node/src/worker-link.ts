/** Starts the worker thread of a worker-backed runtime. */
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { WorkerLink, WorkerService } from '@kinegraph/core/runtime';
import { transfer, wrap } from 'comlink';
import type { EngineOptions } from './engine.ts';

/** A new worker thread. While it waits for work it does not keep the process alive. */
export function startWorker(): WorkerLink<EngineOptions> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: port2, transferList: [port2] });
  const exit = once(worker, 'exit').then(([code]) => new Error(`exit code ${code}`));
  return {
    id: 'onnxruntime-node',
    service: wrap<WorkerService<EngineOptions>>(port1),
    transfer,
    onEnd(listener) {
      worker.once('error', listener);
      port1.once('messageerror', listener);
      exit.then(listener, listener);
    },
    // The worker ends itself between two runs: to terminate it in the middle of one makes onnxruntime-node 1.30 abort the process.
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
