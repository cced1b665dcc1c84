/** One recording of a pickle of pyskl: its arrays, and the clip that is made of them. */
import { type Clip, clip, coco17, kinect20, type Layout, normalizeImage, ntu25, openpose18 } from '@kinegraph/core';
import { asInvalidData, invalidData } from './json-record.ts';
import type { NumpyArray } from './numpy-globals.ts';
import type { PickleRecord } from './pickle-record.ts';

/** A recording. */
export interface Annotation {
  readonly id: string;
  /** Its class as a number. */
  readonly label: number;
  readonly layout: Layout;
  /** Makes the clip; undefined if nobody is seen. */
  readonly makeClip: (() => Clip) | undefined;
}

/** The layouts that pyskl has, by their number of joints. */
const layouts: ReadonlyMap<number, Layout> = new Map(
  [coco17, openpose18, kinect20, ntu25].map((layout) => [layout.joints.length, layout]),
);
/** Joints with at most this score were not seen (spec encoders §5.3). */
const minScore = 0.01;
/** Height and width of an image where a file does not say it. */
const defaultImage = [1080, 1920];
const maxClasses = 10_000;

/**
 * Reads an annotation and checks every number of it.
 *
 * @throws `invalid-data` naming the field that does not fit.
 */
export function readAnnotation(entry: PickleRecord, given: Layout | undefined): Annotation {
  const id = entry.text('frame_dir');
  const label = entry.whole('label', maxClasses - 1);
  if (entry.get('keypoint') === undefined && entry.get('raw_file') !== undefined) {
    const hint = 'Kinetics keeps its skeletons in further files, which are not read.';
    throw invalidData(entry.where, 'keypoint', '"raw_file"', hint);
  }
  const keypoint = entry.array('keypoint', 4);
  const [persons, frames, joints, dimensions] = keypoint.shape as [number, number, number, number];
  if (dimensions !== 2 && dimensions !== 3) {
    throw invalidData(entry.where, 'keypoint of shape [persons, frames, joints, 2 or 3]', `[${keypoint.shape}]`);
  }
  const layout = given ?? layouts.get(joints);
  if (layout?.joints.length !== joints) {
    const expected = given
      ? `${given.joints.length} joints of layout ${given.id}`
      : `${[...layouts.keys()].join(', ')} joints`;
    throw invalidData(entry.where, expected, `${joints}`, 'Pass { pyskl: { layout } } for others.');
  }
  const total = entry.get('total_frames') ?? frames;
  if (total !== frames) throw invalidData(entry.where, `total_frames: ${frames}, as keypoint has`, `${total}`);
  const score = entry.get('keypoint_score') === undefined ? undefined : readScore(entry, keypoint);
  const image = dimensions === 2 ? imageSize(entry) : undefined;
  const make = (missing: boolean): Clip => {
    const made = clip(layout, keypoint.floats(), {
      persons,
      dimensions,
      ...(score && { confidence: score.floats().map((x) => (x > minScore ? Math.min(x, 1) : 0)) }),
      ...(missing && { missing: 'zero' as const }),
      ...(layout === ntu25 && dimensions === 3 && { unit: 'meter' as const }),
    });
    return image ? normalizeImage(made, image) : made;
  };
  if (persons * frames === 0) return { id, label, layout, makeClip: undefined };
  const seen = asInvalidData(entry.where, () => make(true)).confidence?.data;
  const missing = seen?.includes(0) ?? false;
  return { id, label, layout, makeClip: seen?.some((x) => x > 0) ? () => make(missing) : undefined };
}

function readScore(entry: PickleRecord, keypoint: NumpyArray): NumpyArray {
  const score = entry.array('keypoint_score', 3);
  const expected = keypoint.shape.slice(0, 3);
  if (score.shape.every((n, axis) => n === expected[axis])) return score;
  throw invalidData(entry.where, `keypoint_score of shape [${expected}]`, `[${score.shape}]`);
}

function imageSize(entry: PickleRecord): { readonly width: number; readonly height: number } {
  const [height, width] = entry.get('img_shape') === undefined ? defaultImage : entry.list('img_shape');
  const isSize = (size: unknown): size is number => typeof size === 'number' && size >= 1 && size <= 1e6;
  if (isSize(height) && isSize(width)) return { width, height };
  throw invalidData(entry.where, 'img_shape: height and width in pixels', `${height}, ${width}`);
}
