/**
 * Kinegraph for Node.js: everything of `@kinegraph/core`, and the runtimes, files and cache of this host.
 *
 * @module
 */
export * from '@kinegraph/core';
export type { EngineOptions, Provider } from './engine.ts';
export { cacheDirectory, clearCache } from './model-cache.ts';
export { type OpenOptions, open } from './open.ts';
export { createRuntime, type RuntimeOptions } from './runtime.ts';
export { writeFileAtomic } from './write-file-atomic.ts';
