/**
 * Contract tests and test data for authors of runtimes, encoders and tasks.
 *
 * @module
 */

export { checkGradients, type GradientCheck, type GradientCheckOptions } from './testing/gradient-check.ts';
export type { Rule } from './testing/rules.ts';
export { type SyntheticAction, syntheticActions } from './testing/synthetic/actions.ts';
export { type SyntheticSubject, syntheticBody, syntheticSubject } from './testing/synthetic/body.ts';
export { imageSize, type View } from './testing/synthetic/camera.ts';
export { type SyntheticDatasetOptions, type SyntheticSample, syntheticDataset } from './testing/synthetic/dataset.ts';
export { type SyntheticMotionOptions, type SyntheticOptions, syntheticMotion } from './testing/synthetic/motion.ts';
export { type RandomClipOptions, randomClip } from './testing/synthetic/random-clip.ts';
export { type EncoderTestOptions, testEncoder } from './testing/test-encoder.ts';
export { type CreateRuntime, type RuntimeRule, runtimeRules, testRuntime } from './testing/test-runtime.ts';
export { type TaskTestOptions, testTask } from './testing/test-task.ts';
export { type TinyModel, type TinyNode, tinyModel } from './testing/tiny-model.ts';
