/** A clip: the joints of one or more people over time, checked once when it is made. */
import { KinegraphError } from '../tensor/error.ts';
import { checkOptions } from '../tensor/options.ts';
import { formatShape, type Tensor, tensor } from '../tensor/tensor.ts';
import { checkLayout, type Layout } from './layout.ts';
import { flatten, type Nested } from './nested.ts';

/** What one step of a coordinate means: `pixel` has y down, `normalized` is any scale without a unit. */
export type Unit = (typeof units)[number];

/** All units. */
export const units = ['meter', 'millimeter', 'pixel', 'normalized'] as const;

/**
 * Recorded motion: M persons, T frames, V joints, 2 or 3 coordinates.
 *
 * A joint with confidence 0 is missing and lies at 0. Without confidence, every joint is present. Make clips with {@link clip}.
 */
export interface Clip {
  readonly layout: Layout;
  /** `[M, T, V, 2|3]` */
  readonly positions: Tensor<'float32'>;
  /** `[M, T, V]` in 0..1; 0 = missing. */
  readonly confidence?: Tensor<'float32'>;
  /** Frames a second. */
  readonly fps?: number;
  /** Seconds, `[T]`, increasing; where given, they decide and `fps` is nominal. */
  readonly timestamps?: Float64Array;
  readonly unit?: Unit;
}

/** What {@link clip} takes beside the positions. */
export interface ClipOptions {
  /** `[M, T, V]` (or `[T, V]` for one person) in 0..1; 0 marks a missing joint, whose position is ignored. */
  readonly confidence?: Tensor | Float32Array | Nested;
  /** How the positions themselves mark missing joints: all coordinates 0, or any coordinate NaN. Default: not at all. */
  readonly missing?: 'zero' | 'nan';
  /** Frames a second. */
  readonly fps?: number;
  /** Seconds, one a frame, strictly increasing. */
  readonly timestamps?: ArrayLike<number>;
  readonly unit?: Unit;
  /** Persons in a flat `Float32Array`. Default 1. */
  readonly persons?: number;
  /** Coordinates a joint in a flat `Float32Array`. Default 3. */
  readonly dimensions?: 2 | 3;
}

/**
 * Makes a clip and checks everything about it.
 *
 * The numbers are kept, not copied, if they come as a tensor or typed array and no missing joint has to be set to 0.
 *
 * @param positions `[M, T, V, 2|3]` as a tensor or nested arrays, `[T, V, 2|3]` for one person, or flat numbers.
 * @throws `invalid-clip` for a wrong joint count, no person, no frame, NaN or infinite coordinates, or a clock that does not run;
 * `invalid-shape` for ragged arrays.
 * @example
 * const wave = clip(ntu25, frames, { fps: 30, unit: 'meter' }); // frames: number[][][] = [T, 25, 3]
 */
export function clip(layout: Layout, positions: Tensor | Float32Array | Nested, options: ClipOptions = {}): Clip {
  checkLayout('clip', layout);
  checkOptions('clip', options, clipOptions);
  const read = readPositions(layout, positions, options);
  const [persons, frames, joints, dimensions] = read.shape as [number, number, number, number];
  const given =
    options.confidence === undefined ? undefined : readConfidence(options.confidence, [persons, frames, joints]);
  const marked = options.missing && markMissing(read.data, dimensions, options.missing, given);
  const confidence = marked ?? given;
  const data = checkCoordinates(layout, read.data, dimensions, frames, confidence);
  return {
    layout,
    positions: tensor('float32', read.shape, data),
    ...(confidence ? { confidence: tensor('float32', [persons, frames, joints], confidence) } : {}),
    ...readClock(options, frames),
    ...readUnit(options.unit),
  };
}

const clipOptions: readonly string[] = [
  'confidence',
  'missing',
  'fps',
  'timestamps',
  'unit',
  'persons',
  'dimensions',
] satisfies (keyof ClipOptions)[];

/** Number of persons, M. */
export function personCount(clip: Clip): number {
  return clip.positions.shape[0] as number;
}

/** Number of frames, T. */
export function frameCount(clip: Clip): number {
  return clip.positions.shape[1] as number;
}

/** Coordinates a joint, 2 or 3. */
export function dimensionCount(clip: Clip): 2 | 3 {
  return clip.positions.shape[3] as 2 | 3;
}

/** Seconds from the first frame to each, by timestamps, else by fps; undefined if the clip has neither. */
export function frameTimes(clip: Clip): Float64Array | undefined {
  const { timestamps, fps } = clip;
  const start = timestamps?.[0] ?? 0;
  if (timestamps) return timestamps.map((time) => time - start);
  return fps === undefined ? undefined : Float64Array.from({ length: frameCount(clip) }, (_, frame) => frame / fps);
}

function readPositions(layout: Layout, positions: Tensor | Float32Array | Nested, options: ClipOptions) {
  const joints = layout.joints.length;
  const { shape, data } = readNumbers('clip', positions) ?? readFlat(joints, positions as Float32Array, options);
  if (shape.length === 3) shape.unshift(1);
  const [persons, frames, found, dimensions] = shape;
  const expected = `positions of shape [persons, frames, ${joints}, 2 or 3] for layout ${layout.id}`;
  if (shape.length !== 4) refuse('clip', 'invalid-clip', expected, formatShape(shape));
  if (!persons) refuse('clip', 'invalid-clip', 'at least one person', 'none');
  if (!frames) refuse('clip', 'invalid-clip', 'at least one frame', 'an empty clip');
  if (found !== joints) {
    const hint = 'Pass the layout that the positions come in; remap() converts afterwards.';
    refuse('clip', 'invalid-clip', expected, formatShape(shape), hint);
  }
  if (dimensions !== 2 && dimensions !== 3) refuse('clip', 'invalid-clip', expected, formatShape(shape));
  return { shape, data };
}

/** A tensor's or nested array's numbers; undefined for flat numbers, whose shape is not known. */
function readNumbers(where: string, numbers: Tensor | Float32Array | Nested) {
  if (numbers instanceof Float32Array) return undefined;
  if (Array.isArray(numbers)) return flatten(where, numbers);
  const { dtype, shape, data } = (numbers ?? {}) as Tensor;
  if (dtype !== 'float32') {
    refuse(where, 'invalid-clip', 'a float32 tensor, a Float32Array or nested arrays', dtype ?? nameOf(numbers));
  }
  return { shape: [...shape], data: tensor('float32', shape, data).data };
}

/** What something is, in a word: `null`, `string`, `Float64Array`. */
function nameOf(value: unknown): string {
  return ArrayBuffer.isView(value) ? value.constructor.name : value === null ? 'null' : typeof value;
}

function readFlat(joints: number, data: Float32Array, { persons = 1, dimensions = 3 }: ClipOptions) {
  if (!(Number.isInteger(persons) && persons > 0)) refuse('clip', 'invalid-clip', 'at least one person', `${persons}`);
  const frames = data.length / (persons * joints * dimensions);
  if (!Number.isInteger(frames)) {
    const expected = `a whole number of frames of ${persons} x ${joints} x ${dimensions} numbers`;
    refuse('clip', 'invalid-clip', expected, `${data.length} numbers`);
  }
  return { shape: [persons, frames, joints, dimensions], data };
}

function readConfidence(confidence: Tensor | Float32Array | Nested, shape: readonly number[]): Float32Array {
  const { shape: found, data } = readNumbers('clip confidence', confidence) ?? {
    shape,
    data: confidence as Float32Array,
  };
  const expected = `one number a joint, shape ${formatShape(shape)}`;
  const same =
    formatShape(found) === formatShape(shape) || (shape[0] === 1 && formatShape(found) === formatShape(shape.slice(1)));
  if (!same) refuse('clip confidence', 'invalid-clip', expected, formatShape(found));
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count) refuse('clip confidence', 'invalid-clip', expected, `${data.length} numbers`);
  const wrong = data.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong >= 0) refuse('clip confidence', 'invalid-clip', 'numbers from 0 to 1', String(data[wrong]));
  return data;
}

/** Confidence with 0 wherever the positions mark a joint as missing, and elsewhere as given, or 1. */
function markMissing(data: Float32Array, dimensions: number, mark: 'zero' | 'nan', given: Float32Array | undefined) {
  if (mark !== 'zero' && mark !== 'nan') refuse('clip', 'invalid-argument', "missing: 'zero' or 'nan'", String(mark));
  const confidence = given?.slice() ?? new Float32Array(data.length / dimensions).fill(1);
  for (let joint = 0; joint < confidence.length; joint++) {
    const position = data.subarray(joint * dimensions, (joint + 1) * dimensions);
    if (mark === 'zero' ? position.every((x) => x === 0) : position.some(Number.isNaN)) confidence[joint] = 0;
  }
  return confidence;
}

/** Refuses coordinates that are not finite, except of missing joints; returns the data with missing joints at 0. */
function checkCoordinates(
  layout: Layout,
  data: Float32Array,
  dimensions: number,
  frames: number,
  confidence: Float32Array | undefined,
): Float32Array {
  let result = data;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    const place = (i / dimensions) | 0;
    if (confidence?.[place] === 0) {
      if (value === 0) continue;
      if (result === data) result = data.slice();
      result[i] = 0;
    } else if (!Number.isFinite(value)) {
      const joint = place % layout.joints.length;
      const frame = Math.floor(place / layout.joints.length);
      const where = `person ${Math.floor(frame / frames)}, frame ${frame % frames}, joint ${layout.joints[joint]}`;
      const hint = "Mark missing joints with confidence 0, or pass { missing: 'nan' }.";
      refuse('clip', 'invalid-clip', 'finite coordinates', `${value} at ${where}`, hint);
    }
  }
  return result;
}

function readClock({ fps, timestamps }: ClipOptions, frames: number) {
  if (fps !== undefined && !(fps > 0 && Number.isFinite(fps))) {
    refuse('clip', 'invalid-clip', 'fps above 0', String(fps));
  }
  if (timestamps && timestamps.length !== frames) {
    refuse('clip', 'invalid-clip', `${frames} timestamps, one a frame`, `${timestamps.length}`);
  }
  const times = timestamps && Float64Array.from(timestamps);
  const wrong = times?.findIndex((time, i) => !Number.isFinite(time) || (i > 0 && time <= (times[i - 1] as number)));
  if (times && wrong !== undefined && wrong >= 0) {
    refuse('clip', 'invalid-clip', 'timestamps that increase', `${times[wrong]} at frame ${wrong}`);
  }
  return { ...(fps === undefined ? {} : { fps }), ...(times ? { timestamps: times } : {}) };
}

function readUnit(unit: Unit | undefined) {
  if (unit !== undefined && !units.includes(unit)) {
    refuse('clip', 'invalid-argument', `a unit of ${units.join(', ')}`, String(unit));
  }
  return unit === undefined ? {} : { unit };
}

function refuse(
  where: string,
  code: 'invalid-clip' | 'invalid-argument',
  expected: string,
  actual: string,
  hint?: string,
): never {
  throw new KinegraphError({ code, where, expected, actual, ...(hint ? { hint } : {}) });
}
