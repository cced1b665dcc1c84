/** The worker thread of a worker-backed runtime. */
import { parentPort, workerData } from 'node:worker_threads';
import { adaptEngine, workerService } from '@kinegraph/core/runtime';
import { expose, transfer } from 'comlink';
import { type EngineOptions, ortNodeEngine } from './engine.ts';

expose(
  workerService((options: EngineOptions) => adaptEngine(ortNodeEngine(options)), transfer),
  workerData,
);
parentPort?.once('message', () => process.exit());
