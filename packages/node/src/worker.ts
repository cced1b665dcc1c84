/** The worker thread of a worker-backed runtime. */
import { parentPort, workerData } from 'node:worker_threads';
import { adaptEngine, workerService } from '@kinegraph/core/runtime';
import { expose, transfer } from 'comlink';
import { type EngineOptions, ortNodeEngine } from './engine.ts';
import { guardedEngine } from './native-guard.ts';
import type { WorkerStart } from './worker-link.ts';

const { port, guard } = workerData as WorkerStart;

expose(
  workerService((options: EngineOptions) => adaptEngine(guardedEngine(ortNodeEngine(options), guard)), transfer),
  port,
);
parentPort?.once('message', () => process.exit());
