/**
 * Contract tests and test data for authors of runtimes, encoders and tasks.
 *
 * @module
 */
export { type CreateRuntime, type RuntimeCase, runtimeCases, testRuntime } from './testing/test-runtime.ts';
export { type TinyModel, tinyModel } from './testing/tiny-model.ts';
