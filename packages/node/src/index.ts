/**
 * Kinegraph for Node.js: everything of `@kinegraph/core`, and the runtimes, files and cache of this host.
 *
 * @module
 */
export * from '@kinegraph/core';
export type { CacheMode, OpenSourceOptions, Progress, SourceOptions } from '@kinegraph/core/runtime';
export type { Classes } from './datasets/classes.ts';
export { readClipFile } from './datasets/clip-file.ts';
export type * from './datasets/dataset.ts';
export type { DatasetFormat } from './datasets/dataset-format.ts';
export type { NtuBodies } from './datasets/ntu-bodies.ts';
export { ntu120Labels } from './datasets/ntu-labels.ts';
export { type ReadDatasetOptions, readDataset } from './datasets/read-dataset.ts';
export type { NtuOptions, PysklOptions, ReaderOptions } from './datasets/reader.ts';
export { type DatasetInput, type SampleInput, writeDataset } from './datasets/write-dataset.ts';
export type { EngineOptions, Provider } from './engine.ts';
export { cacheDirectory, clearCache } from './model-cache.ts';
export { type OpenOptions, open } from './open.ts';
export type { Confusion } from './report/confusion-table.ts';
export * from './report/report.ts';
export { createRuntime, type RuntimeOptions } from './runtime.ts';
export { writeFileAtomic } from './write-file-atomic.ts';
