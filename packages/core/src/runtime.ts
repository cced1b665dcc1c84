/**
 * What the author of a runtime builds with: the adapter over an engine, workers, providers, and the way to model bytes.
 *
 * @module
 */
export { checkOptions } from './model/options.ts';
export { adaptEngine, type ReversibleRuntime } from './runtime/adapter.ts';
export type * from './runtime/contract.ts';
export type * from './runtime/engine.ts';
export { type OrtSession, type OrtTensor, ortSession } from './runtime/onnxruntime.ts';
export { firstUsable } from './runtime/providers.ts';
export { createQueue, type Queue } from './runtime/queue.ts';
export { type WorkerLink, workerRuntime } from './runtime/worker-runtime.ts';
export { type WorkerService, workerService } from './runtime/worker-service.ts';
