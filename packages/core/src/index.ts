/**
 * Skeleton clips, models and the verbs over them; the host packages re-export all of it.
 *
 * @module
 */

export {
  type Bundle,
  inputName,
  manifestKey,
  readBundle,
  sealBundle,
} from './model/bundle.ts';
export { type Classification, type ClassifyOptions, classify } from './model/classify.ts';
export { type EmbedOptions, embed } from './model/embed.ts';
export type { EnrolOptions } from './model/enrol.ts';
export { type EnsembleOptions, type EnsembleSource, ensemble } from './model/ensemble.ts';
export {
  type Fuse,
  type FusionName,
  type FusionOptions,
  fusionWeights,
  type PublishedFusion,
} from './model/fusion-weights.ts';
export {
  createGallery,
  type Gallery,
  type GalleryOptions,
  loadGallery,
  type Match,
  type MatchOptions,
} from './model/gallery.ts';
export type { GalleryRecord, Metric } from './model/gallery-record.ts';
export { type EncoderRecord, type Manifest, type MemberRecord, manifestFormat } from './model/manifest.ts';
export { type Model, type ModelOptions, openModel } from './model/model.ts';
export type { VerbOptions } from './model/options.ts';
export { readSafetensors, type Safetensors, writeSafetensors } from './model/safetensors.ts';
export { calibrateThreshold, type ThresholdOptions } from './model/threshold.ts';
export type * from './runtime/contract.ts';
export { adjacency, type Partition } from './skeleton/adjacency.ts';
export { alignInfogcn, alignSpine, faceForward, turnUp, type UpAxis } from './skeleton/align.ts';
export * from './skeleton/augment.ts';
export { changeSpeed } from './skeleton/change-speed.ts';
export {
  type Clip,
  type ClipOptions,
  clip,
  dimensionCount,
  frameCount,
  frameTimes,
  personCount,
  type Unit,
} from './skeleton/clip.ts';
export { batch, checkSpec, type InputSpec, inputShape, type PrepareOptions, prepare } from './skeleton/input.ts';
export type { JointMix } from './skeleton/joint-rules.ts';
export {
  defineLayout,
  jointIndex,
  type Layout,
  type LayoutOptions,
  type LayoutRecord,
  layoutFrom,
  maxJoints,
  sameJoints,
} from './skeleton/layout.ts';
export * from './skeleton/layouts.ts';
export { dropUncertain, fillMissing, presentFrames } from './skeleton/missing.ts';
export type { Nested } from './skeleton/nested.ts';
export { type Normalization, normalizations, normalizeClip } from './skeleton/normalizations.ts';
export {
  type BodySizeOptions,
  boundingBox,
  type CenterOptions,
  center,
  normalizeImage,
  scaleBody,
} from './skeleton/normalize.ts';
export { rankPersons } from './skeleton/persons.ts';
export { type RemapOptions, type RemapPart, type RemapPlan, remap, remapPlan } from './skeleton/remap.ts';
export { reroot } from './skeleton/reroot.ts';
export { resample } from './skeleton/resample.ts';
export {
  type CropOptions,
  cropResize,
  type Sampling,
  samplings,
  type UniformOptions,
  uniformSample,
  uniformSamples,
  type View,
} from './skeleton/sampling.ts';
export { dropDepth, selectPersons, sliceFrames, withoutClock } from './skeleton/select.ts';
export { bones, isStream, motion, type Stream, streamNames, toStream } from './skeleton/streams.ts';
export { stretchLimbs } from './skeleton/stretch-limbs.ts';
export { convertUnit } from './skeleton/units.ts';
export * from './tensor/error.ts';
export * from './tensor/random.ts';
export * from './tensor/tensor.ts';
