/** From a clip to the network's input: the host-side part of a model's preprocessing, as its bundle describes it. */
import { KinegraphError } from '../tensor/error.ts';
import { checkOptions } from '../tensor/options.ts';
import type { Random } from '../tensor/random.ts';
import { elementCount, formatShape, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Augmentation } from './augment.ts';
import { type Clip, dimensionCount, frameCount, personCount, type Unit, units } from './clip.ts';
import { mixConfidence, mixFrames } from './frame-map.ts';
import { type Layout, type LayoutRecord, layoutFrom, sameJoints } from './layout.ts';
import { presentFrames } from './missing.ts';
import { type Normalization, normalizations, normalizeClip } from './normalizations.ts';
import { rankPersons } from './persons.ts';
import { applyPlan, type RemapPlan, remapPlan } from './remap.ts';
import { resample } from './resample.ts';
import { frameMaps, type Sampling, samplings, type View } from './sampling.ts';
import { selectPersons, sliceFrames } from './select.ts';
import { convertUnit } from './units.ts';

/** What a model wants to see; stored in its bundle. */
export interface InputSpec {
  /** The joints; any {@link Layout} will do. Clips in other layouts are remapped. */
  readonly layout: LayoutRecord;
  /** T: frames after sampling. */
  readonly frames: number;
  /** M: persons; fewer are padded with zeros, of more the most prominent are taken. */
  readonly persons: number;
  readonly dimensions: 2 | 3;
  /** Whether confidence is one more channel after the coordinates. */
  readonly confidence: boolean;
  /** How clips of any length become `frames` frames. */
  readonly sampling: Sampling;
  /** What is done to the whole clip before frames are sampled; see {@link Normalization}. */
  readonly normalize?: readonly Normalization[];
  /** The frame rate to bring clips to before sampling; without it, frames are taken as they come. */
  readonly fps?: number;
  /** The unit that the model knows; clips in meters and millimeters are converted into each other. */
  readonly unit?: Unit;
}

/** What {@link prepare} takes beside the spec. */
export interface PrepareOptions {
  /** For training: makes the sampling random, and feeds the augmentations. */
  readonly random?: Random | undefined;
  /** For training: applied in order, before frames are chosen. */
  readonly augment?: readonly Augmentation[] | undefined;
  /** For testing: which of several samples, whose scores are to be averaged; needs the sampling `uniform` (pyskl). */
  readonly view?: View | undefined;
}

/**
 * Turns a clip into one sample of the network's input, `[M, C, T, V]` with C = dimensions, or one more with confidence.
 *
 * In order: remap, unit, frame rate, trim of empty frames at both ends, choice of persons, normalize, augment, sampling. Missing joints and
 * absent persons are 0. Every length works: a one-frame clip is repeated, a short one stretched, looped or padded, as the sampling says.
 *
 * @throws `invalid-clip` if all joints are missing, the clip has no clock where the spec has fps, or fewer coordinates than the spec;
 * `unsupported` if the clip's layout cannot be remapped; `invalid-argument` for a bad spec, or augmentations without a random source.
 */
export function prepare(clip: Clip, spec: InputSpec, options: PrepareOptions = {}): Tensor<'float32'> {
  checkOptions('prepare', options, ['random', 'augment', 'view']);
  const { random, augment = [], view } = options;
  const { normalize = [] } = spec;
  const layout = checkSpec(spec);
  if (augment.length > 0 && !random) {
    refuse('invalid-argument', 'a random source for the augmentations', 'none', 'Pass { random: createRandom(seed) }.');
  }
  let seen = toLayout(clip, layout);
  checkDimensions(seen, spec.dimensions);
  if (spec.unit) seen = convertUnit(seen, spec.unit);
  if (spec.fps !== undefined) seen = resample(seen, { fps: spec.fps });
  seen = trim(seen);
  if (personCount(seen) > spec.persons) seen = selectPersons(seen, rankPersons(seen).slice(0, spec.persons));
  for (const step of normalize) if (step !== 'box') seen = keepSeen(seen, normalizeClip(seen, step));
  if (random) for (const change of augment) seen = change(seen, random);
  if (normalize.includes('box')) seen = keepSeen(seen, normalizeClip(seen, 'box'));
  return write(seen, spec, { random, view });
}

/**
 * Stacks samples of {@link prepare} into one batch, `[B, M, C, T, V]`.
 *
 * @throws `invalid-shape` if there are none, or their shapes differ.
 */
export function batch(samples: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [first] = samples;
  const shape = first?.shape ?? [];
  const odd = samples.find(
    (sample) => sample.shape.length !== shape.length || sample.shape.some((n, i) => n !== shape[i]),
  );
  if (!first || odd) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where: 'batch',
      expected: first ? `samples of one shape ${formatShape(shape)}` : 'at least one sample',
      actual: odd ? formatShape(odd.shape) : 'none',
      hint: 'Prepare all samples of a batch with the same input spec.',
    });
  }
  const size = first.data.length;
  const data = new Float32Array(samples.length * size);
  for (const [index, sample] of samples.entries()) data.set(sample.data, index * size);
  return tensor('float32', [samples.length, ...shape], data);
}

/** The shape of one sample, `[M, C, T, V]`. */
export function inputShape(spec: InputSpec): [persons: number, channels: number, frames: number, joints: number] {
  return [spec.persons, spec.dimensions + (spec.confidence ? 1 : 0), spec.frames, spec.layout.joints.length];
}

/** The most numbers of one sample: 256 MB, far beyond any model, so that a false manifest cannot exhaust memory. */
const maxSampleSize = 2 ** 26;

const checked = new WeakMap<InputSpec, Layout>();

/**
 * Checks an input spec and returns its layout; remembers specs that it has seen.
 *
 * @throws `invalid-argument` or `invalid-layout`.
 */
export function checkSpec(spec: InputSpec): Layout {
  const known = checked.get(spec);
  if (known) return known;
  const layout = layoutFrom(spec.layout);
  for (const key of ['frames', 'persons'] as const) {
    if (!(Number.isInteger(spec[key]) && spec[key] > 0))
      refuse('invalid-argument', `${key} of at least 1`, `${spec[key]}`);
  }
  if (spec.dimensions !== 2 && spec.dimensions !== 3)
    refuse('invalid-argument', 'dimensions 2 or 3', `${spec.dimensions}`);
  if (!samplings.includes(spec.sampling)) {
    refuse('invalid-argument', `sampling among ${samplings.join(', ')}`, JSON.stringify(spec.sampling) ?? 'none');
  }
  const { normalize = [] } = spec;
  const odd = Array.isArray(normalize) ? normalize.find((step) => !normalizations.includes(step)) : normalize;
  if (odd !== undefined) {
    refuse('invalid-argument', `normalize as a list among ${normalizations.join(', ')}`, JSON.stringify(odd));
  }
  if (typeof spec.confidence !== 'boolean') {
    refuse('invalid-argument', 'confidence true or false', JSON.stringify(spec.confidence) ?? 'none');
  }
  if (spec.fps !== undefined && !(spec.fps > 0 && Number.isFinite(spec.fps))) {
    refuse('invalid-argument', 'fps above 0', `${spec.fps}`);
  }
  if (spec.unit !== undefined && !units.includes(spec.unit)) {
    refuse('invalid-argument', `a unit of ${units.join(', ')}`, JSON.stringify(spec.unit));
  }
  if (elementCount(inputShape(spec)) > maxSampleSize) {
    refuse('invalid-argument', `at most ${maxSampleSize} numbers a sample`, formatShape(inputShape(spec)));
  }
  checked.set(spec, layout);
  return layout;
}

const plans = new WeakMap<readonly string[], WeakMap<readonly string[], RemapPlan>>();

function toLayout(clip: Clip, layout: Layout): Clip {
  if (sameJoints(clip.layout, layout)) return clip;
  const known = plans.get(clip.layout.joints) ?? new WeakMap<readonly string[], RemapPlan>();
  plans.set(clip.layout.joints, known);
  const plan = known.get(layout.joints) ?? remapPlan(clip.layout, layout);
  known.set(layout.joints, plan);
  return applyPlan(clip, plan);
}

function checkDimensions(clip: Clip, dimensions: number): void {
  const found = dimensionCount(clip);
  if (found === dimensions) return;
  const hint =
    found === 3
      ? 'dropDepth(clip) gives the view along z.'
      : 'The model needs 3-D joints: use a pose source that has depth.';
  refuse('invalid-clip', `positions with ${dimensions} coordinates`, `${found}`, hint);
}

function trim(clip: Clip): Clip {
  const [start, end] = presentFrames(clip);
  if (end === 0) refuse('invalid-clip', 'at least one joint in one frame', 'a clip with every joint missing');
  return start === 0 && end === frameCount(clip) ? clip : sliceFrames(clip, start, end);
}

/** A number next to 0, whose square is 0. */
const speck = 1e-30;

/** Keeps joints that a step has put exactly at the origin apart from missing ones, which a network knows by their zeros. */
function keepSeen({ positions: before }: Clip, clip: Clip): Clip {
  const { data, shape } = clip.positions;
  if (data.length !== before.data.length) return clip;
  const dimensions = shape[3] as number;
  const isZero = (of: Float32Array, start: number) => of.subarray(start, start + dimensions).every((x) => x === 0);
  let marked: Float32Array | undefined;
  for (let start = 0; start < data.length; start += dimensions) {
    if (data[start] !== 0 || !isZero(data, start) || isZero(before.data, start)) continue;
    marked ??= data.slice();
    marked[start] = speck;
  }
  return marked ? { ...clip, positions: tensor('float32', shape, marked) } : clip;
}

function write(clip: Clip, spec: InputSpec, options: Pick<PrepareOptions, 'random' | 'view'>): Tensor<'float32'> {
  const shape = inputShape(spec);
  const [persons, channels, frames, joints] = shape;
  const mapOf = frameMaps(clip, { ...options, sampling: spec.sampling, frames });
  const data = new Float32Array(persons * channels * frames * joints);
  const place = { coordinate: frames * joints, frame: joints, joint: 1 };
  for (let person = 0; person < personCount(clip); person++) {
    const start = person * channels * frames * joints;
    const map = mapOf(person);
    mixFrames(clip, person, map, data, start, place);
    if (spec.confidence) mixConfidence(clip, person, map, data, start + spec.dimensions * frames * joints);
  }
  return tensor('float32', shape, data);
}

function refuse(code: 'invalid-argument' | 'invalid-clip', expected: string, actual: string, hint?: string): never {
  throw new KinegraphError({ code, where: 'prepare', expected, actual, ...(hint ? { hint } : {}) });
}
