/** Skeletons of public data sets whose own joint names say little, under the names that Kinegraph knows anatomy by. */
import { defineLayout, type Layout } from '@kinegraph/core';

/** A data set's joint names in its order, and the layout that they stand for, in the same order. */
interface KnownSkeleton {
  readonly names: readonly string[];
  readonly layout: Layout;
}

const legs = {
  left_hip: 'pelvis',
  left_knee: 'left_hip',
  left_ankle: 'left_knee',
  left_foot: 'left_ankle',
  right_hip: 'pelvis',
  right_knee: 'right_hip',
  right_ankle: 'right_knee',
  right_foot: 'right_ankle',
} as const;

/** UI-PRMD from Kinect v2. It names the segment that begins at a joint: `left_forearm` is the elbow. */
const uiPrmdKinect: KnownSkeleton = {
  names: [
    ...['waist', 'spine', 'chest', 'neck', 'head', 'head_tip'],
    ...['left_collar', 'left_upper_arm', 'left_forearm', 'left_hand'],
    ...['right_collar', 'right_upper_arm', 'right_forearm', 'right_hand'],
    ...['left_upper_leg', 'left_lower_leg', 'left_foot', 'left_toes'],
    ...['right_upper_leg', 'right_lower_leg', 'right_foot', 'right_toes'],
  ],
  layout: defineLayout('ui-prmd22', {
    pelvis: null,
    spine: 'pelvis',
    thorax: 'spine',
    neck_base: 'thorax',
    neck: 'neck_base',
    head: 'neck',
    left_collar: 'neck_base',
    left_shoulder: 'left_collar',
    left_elbow: 'left_shoulder',
    left_wrist: 'left_elbow',
    right_collar: 'neck_base',
    right_shoulder: 'right_collar',
    right_elbow: 'right_shoulder',
    right_wrist: 'right_elbow',
    ...legs,
  }),
};

/** UI-PRMD from optical motion capture, the 12 points that Kinect sees as well. */
const uiPrmdVicon: KnownSkeleton = {
  names: ['pelvis', 'head', 'Lsho', 'Lelb', 'Lwri', 'Rsho', 'Relb', 'Rwri', 'Lkne', 'Lank', 'Rkne', 'Rank'],
  layout: defineLayout('ui-prmd12', {
    pelvis: null,
    head: 'pelvis',
    left_shoulder: 'pelvis',
    left_elbow: 'left_shoulder',
    left_wrist: 'left_elbow',
    right_shoulder: 'pelvis',
    right_elbow: 'right_shoulder',
    right_wrist: 'right_elbow',
    left_knee: 'pelvis',
    left_ankle: 'left_knee',
    right_knee: 'pelvis',
    right_ankle: 'right_knee',
  }),
};

/** HDM05, 24 of its 31 joints. */
const hdm05: KnownSkeleton = {
  names: [
    ...['root', 'lhip', 'lknee', 'lankle', 'ltoes', 'rhip', 'rknee', 'rankle', 'rtoes'],
    ...['belly', 'chest', 'neck', 'head', 'headtop'],
    ...['lclavicle', 'lshoulder', 'lelbow', 'lwrist', 'lfingers'],
    ...['rclavicle', 'rshoulder', 'relbow', 'rwrist', 'rfingers'],
  ],
  layout: defineLayout('hdm05-24', {
    pelvis: null,
    ...legs,
    belly: 'pelvis',
    chest: 'belly',
    thorax: 'chest',
    head: 'thorax',
    head_top: 'head',
    left_collar: 'thorax',
    left_shoulder: 'left_collar',
    left_elbow: 'left_shoulder',
    left_wrist: 'left_elbow',
    left_hand: 'left_wrist',
    right_collar: 'thorax',
    right_shoulder: 'right_collar',
    right_elbow: 'right_shoulder',
    right_wrist: 'right_elbow',
    right_hand: 'right_wrist',
  }),
};

const known: readonly KnownSkeleton[] = [uiPrmdKinect, uiPrmdVicon, hdm05];

/** The layout of a known data set with exactly these joint names. */
export function knownSkeleton(joints: readonly string[]): Layout | undefined {
  return known.find(({ names }) => names.length === joints.length && names.every((name, i) => name === joints[i]))
    ?.layout;
}
