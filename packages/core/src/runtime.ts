/**
 * What the author of a runtime builds with: the adapter over an engine, workers, providers, and the way to a model's
 * bytes.
 *
 * @module
 */
export { type OpenSourceOptions, openSource } from './model/open-source.ts';
export { checkOptions } from './model/options.ts';
export { type AdaptOptions, adaptEngine, type ReversibleRuntime } from './runtime/adapter.ts';
export { checkDigest, digestOf } from './runtime/checksum.ts';
export type * from './runtime/contract.ts';
export type { BodyReader, Progress, ResponseLike } from './runtime/download.ts';
export type * from './runtime/engine.ts';
export type { Failure, Reply } from './runtime/failure.ts';
export {
  type CacheMode,
  type Digested,
  fetchModel,
  type ModelCache,
  type ModelHost,
  type SourceOptions,
} from './runtime/model-source.ts';
export {
  type OrtSession,
  type OrtSessionOptions,
  type OrtTensor,
  type OrtTensorConstructor,
  type OrtValueMetadata,
  ortSession,
} from './runtime/onnxruntime.ts';
export { type Choice, firstUsable } from './runtime/providers.ts';
export { createQueue, type Queue, type Turn } from './runtime/queue.ts';
export { checkRuntimeOptions } from './runtime/runtime-options.ts';
export type { ReversibleSession } from './runtime/session.ts';
export type { Tensors, Transfer } from './runtime/transfer.ts';
export { type WorkerLink, workerRuntime } from './runtime/worker-runtime.ts';
export { type SessionFacts, type WorkerService, workerService } from './runtime/worker-service.ts';
