/**
 * Graphs, gradients, layers and the encoder contract: everything that builds a model.
 *
 * @module
 */

export * from './encoder/encoder.ts';
export { type PreprocessOptions, preprocess } from './encoder/preprocess.ts';
export * from './encoder/streams.ts';
export { type CustomRule, withGradient } from './graph/custom-gradient.ts';
export {
  type Attributes,
  defineOp,
  type Fail,
  type GradientContext,
  type GradientRule,
  type OnnxAttribute,
  type OnnxEncoding,
  type Op,
  type OpRules,
  type Signature,
} from './graph/define-op.ts';
export { gradients } from './graph/gradients.ts';
export * from './graph/ops/after.ts';
export * from './graph/ops/convolution.ts';
export * from './graph/ops/elementwise.ts';
export * from './graph/ops/matmul.ts';
export * from './graph/ops/pooling.ts';
export * from './graph/ops/reduce.ts';
export * from './graph/ops/reshape.ts';
export * from './graph/ops/shape.ts';
export * from './graph/ops/spectral-convolution.ts';
export * from './graph/ops/transpose.ts';
export { type OnnxOptions, toOnnx } from './graph/to-onnx.ts';
export * from './graph/value.ts';
export * from './nn/batch-norm.ts';
export * from './nn/initializers.ts';
export * from './nn/layers.ts';
export {
  type Blend,
  type Buffer,
  createScope,
  type Parameter,
  type ParameterOptions,
  type Scope,
  type ScopeOptions,
  type ScopeRecord,
  type TapRewrite,
} from './nn/scope.ts';
