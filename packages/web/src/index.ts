/**
 * Kinegraph for browsers: everything of `@kinegraph/core`, and the runtimes and the cache of this host.
 *
 * @module
 */
export * from '@kinegraph/core';
export type { CacheMode, OpenSourceOptions, Progress, SourceOptions } from '@kinegraph/core/runtime';
export type { BuildOptions, Provider } from './builds.ts';
export type { EngineOptions } from './engine.ts';
export { clearCache } from './model-cache.ts';
export { type OpenOptions, open } from './open.ts';
export { createRuntime, type RuntimeOptions } from './runtime.ts';
