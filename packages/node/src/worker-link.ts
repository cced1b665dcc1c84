/** Starts the worker thread of a worker-backed runtime. */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { WorkerLink, WorkerService } from '@kinegraph/core/runtime';
import { transfer, wrap } from 'comlink';
import type { EngineOptions } from './engine.ts';

/** A new worker thread. While it waits for work it does not keep the process alive. */
export function startWorker(): WorkerLink<EngineOptions> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: port2, transferList: [port2] });
  return {
    id: 'onnxruntime-node',
    service: wrap<WorkerService<EngineOptions>>(port1),
    transfer,
    onEnd(listener) {
      worker.once('error', listener);
      worker.once('exit', (code) => listener(new Error(`exit code ${code}`)));
      port1.once('messageerror', listener);
    },
    async terminate() {
      await worker.terminate();
    },
    hold(busy) {
      for (const each of [worker, port1]) busy ? each.ref() : each.unref();
    },
  };
}
