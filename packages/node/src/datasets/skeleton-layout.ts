/** The layout of a data set: one that is known, the one that its parents give, or one inferred from its motion. */
import {
  body25,
  coco17,
  h36m17,
  hand21,
  kinect20,
  type Layout,
  layoutFrom,
  mediapipe33,
  ntu25,
  openpose18,
  sameJoints,
} from '@kinegraph/core';
import { inferParents, type MotionArray } from './infer-parents.ts';
import { invalidData } from './json-record.ts';
import { knownSkeleton } from './known-skeletons.ts';

/** The layouts that ship, by id. */
export const shippedLayouts: ReadonlyMap<string, Layout> = new Map(
  [ntu25, kinect20, coco17, openpose18, body25, mediapipe33, h36m17, hand21].map((layout) => [layout.id, layout]),
);

/** More joints than this are not hung together by guessing. */
const maxInferred = 128;

/** What {@link layoutOfDataset} reads. */
export interface SkeletonRecord {
  readonly name: string;
  readonly joints: readonly string[];
  readonly parents?: readonly number[];
}

/**
 * The layout of a data set, in this order: the shipped one with the same joints in the same order; that of a known public data set,
 * under anatomical names; the tree of its `parents`; the tree inferred from its motion by {@link inferParents}.
 *
 * @throws `invalid-layout` if names or parents do not make a tree; `invalid-data` if there are too many joints to infer one.
 */
export function layoutOfDataset(
  { name, joints, parents }: SkeletonRecord,
  motion: Omit<MotionArray, 'joints'>,
): Layout {
  const shipped = [...shippedLayouts.values()].find((layout) => sameJoints(layout, { ...layout, joints }));
  const found = shipped ?? knownSkeleton(joints);
  if (found) return found;
  if (!parents && joints.length > maxInferred) {
    throw invalidData(name, `parents for more than ${maxInferred} joints`, 'none', 'Add "parents" to clips.json.');
  }
  return layoutFrom({
    id: layoutId(name),
    joints,
    parents: parents ?? inferParents({ ...motion, joints: joints.length }),
  });
}

/** `UI-PRMD, Kinect v2` as `ui-prmd-kinect-v2`. */
function layoutId(name: string): string {
  const id = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return id.replaceAll(/^-|-$/g, '').slice(0, 60) || 'dataset';
}
