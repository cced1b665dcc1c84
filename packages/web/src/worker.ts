/** The worker of a worker-backed runtime. */
import { adaptEngine, workerService } from '@kinegraph/core/runtime';
import { expose, transfer } from 'comlink';
import { type EngineOptions, engineQueue, ortWebEngine } from './engine.ts';

expose(workerService((options: EngineOptions) => adaptEngine(ortWebEngine(options), { queue: engineQueue }), transfer));
