/**
 * Training on ordinary runtime sessions: tasks, optimizers, schedules, the trainer, metrics and protocols.
 *
 * @module
 */

export type { BottleneckOptions } from './train/bottleneck.ts';
export {
  type ClassificationOptions,
  classification,
  type PoolingOptions,
  poolFeatures,
} from './train/classification.ts';
export type { ExportOptions } from './train/export.ts';
export type { FitOptions, Freeze, Progress, Validation } from './train/fit.ts';
export { buildInference, type InferenceOptions } from './train/inference.ts';
export * from './train/losses.ts';
export * from './train/metrics.ts';
export { initialWeights, inputSpec, type NetworkInput, type NetworkOptions } from './train/network.ts';
export * from './train/optimizers.ts';
export * from './train/protocols.ts';
export * from './train/schedules.ts';
export { buildStep, type TrainingStep, type TrainingStepOptions } from './train/step.ts';
export * from './train/task.ts';
export * from './train/trainer.ts';
