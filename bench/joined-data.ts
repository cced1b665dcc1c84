/** Data sets joined for one model: a layout that every estimator can be remapped to, names of classes in common, and their texts. */
import {
  type Clip,
  defineLayout,
  frameCount,
  type JointMix,
  type Layout,
  remap,
  sliceFrames,
  type Tensor,
  tensor,
} from '@kinegraph/core';
import type { Sample } from '@kinegraph/core/train';
import {
  type ActionDescription,
  type DescriptionFeatures,
  descriptionsFor,
  encodeDescriptions,
} from '@kinegraph/crossglg';
import { hdm05, ntu120, uiPrmd, wmft } from '@kinegraph/crossglg/descriptions';
import { shippedEmbeddings } from '@kinegraph/crossglg/embeddings';
import { readDataset } from '@kinegraph/node';
import { dataFolder } from './one-shot-options.ts';

/** The joints that COCO, MediaPipe, Kinect and motion capture all mean alike. Hips hang from the shoulders, as in COCO. */
export const body13 = defineLayout('body13', {
  head: null,
  left_shoulder: 'head',
  right_shoulder: 'head',
  left_elbow: 'left_shoulder',
  right_elbow: 'right_shoulder',
  left_wrist: 'left_elbow',
  right_wrist: 'right_elbow',
  left_hip: 'left_shoulder',
  right_hip: 'right_shoulder',
  left_knee: 'left_hip',
  right_knee: 'right_hip',
  left_ankle: 'left_knee',
  right_ankle: 'right_knee',
});

/** A clip of a joined data set. */
export interface JoinedSample extends Sample {
  readonly label: string;
  readonly subject: string;
  readonly clip: Clip;
}

interface Source {
  /** Who made the recordings, and under which license they may be used. */
  readonly credit: string;
  /** What the people are called: data sets of the same people share them. */
  readonly people: string;
  /** Where joints come from whose names say nothing. */
  readonly table?: Readonly<Record<string, string | JointMix>>;
  /** Of a data set with labels of frames, the classes that become clips, by their name in it. */
  readonly names?: Readonly<Record<string, string>>;
  /** Most clips of a class and a person, evenly over what there is. */
  readonly most: number;
}

const uiPrmdCredit = 'University of Idaho Physical Rehabilitation Movement Data (Vakanski et al. 2018, ODC PDDL 1.0)';
const side = (name: 'left' | 'right', letter: 'l' | 'r') => ({
  [`${name}_shoulder`]: `${letter}clavicle`,
  [`${name}_elbow`]: `${letter}humerus`,
  [`${name}_wrist`]: `${letter}radius`,
  [`${name}_hip`]: `${letter}hipjoint`,
  [`${name}_knee`]: `${letter}femur`,
  [`${name}_ankle`]: `${letter}tibia`,
});

/** What may go into a bundle that ships: HDM05 is under a license that asks the same of what is made of it, and is for tests only. */
export const sources: Readonly<Record<string, Source>> = {
  'ui-prmd-kinect': { credit: uiPrmdCredit, people: 'ui-prmd', most: 5 },
  'ui-prmd-vicon12': {
    credit: uiPrmdCredit,
    people: 'ui-prmd',
    // The hips themselves have no markers; they are about half as far apart as the shoulders.
    table: {
      left_hip: { pelvis: 1, left_shoulder: 0.25, right_shoulder: -0.25 },
      right_hip: { pelvis: 1, left_shoulder: -0.25, right_shoulder: 0.25 },
    },
    most: 4,
  },
  'wmft-kinect2': {
    credit: 'WMFT (Barachant et al. 2016, BSD-3-Clause, (c) 2016 Alexandre Barachant)',
    people: 'wmft',
    most: 3,
  },
  precog16: {
    credit: 'PRECOG 2016 (David Jardim, MIT)',
    people: 'precog',
    // Clips are mirrored in training, so sides make no classes.
    names: {
      'right punch': 'punch',
      'left punch': 'punch',
      'front right kick': 'front kick',
      'front left kick': 'front kick',
      'side right kick': 'side kick',
      'side left kick': 'side kick',
      'back fist': 'back fist',
    },
    most: 10,
  },
  'cmu-exercise': {
    credit:
      'CMU exercises (free for all uses; obtained from mocap.cs.cmu.edu, created with funding from NSF EIA-0196217; labels Fox et al. 2014, BSD-2-Clause)',
    people: 'cmu',
    table: { ...side('left', 'l'), ...side('right', 'r') },
    names: {
      JumpJack: 'jumping jack',
      Jog: 'jog',
      Squat: 'deep squat',
      KneeRaise: 'knee raise',
      ArmCircle: 'arm circles',
      Twist: 'twist',
      ToeTouchOneHand: 'toe touch',
    },
    most: 20,
  },
};

/** Texts of classes that have none of their own: those of the nearest action that has. */
const nearestTexts: Readonly<Record<string, string>> = {
  punch: 'punching/slapping other person',
  'front kick': 'kicking other person',
  'back fist': 'hit other person with something',
  'jumping jack': 'jump up',
  jog: 'running on the spot',
  'knee raise': 'elbowToKnee1RepsLelbowStart',
  twist: 'arm swings',
  'toe touch': 'cross toe touch',
};

/** Labels of frames make clips of at least and at most so many frames; longer stretches are divided. */
const [shortest, longest] = [12, 120];

/** Reads some data sets, in the common layout; only as many clips of each class and person as the source says. */
export async function readJoinedData(names: readonly string[]): Promise<readonly JoinedSample[]> {
  const joined: JoinedSample[] = [];
  for (const name of names) {
    const source = sources[name] as Source;
    const samples = await (source.names ? readFrameLabels(name, source.names) : readClips(name));
    for (const group of Map.groupBy(samples, ({ label, subject }) => `${label} ${subject}`).values()) {
      const count = Math.min(group.length, source.most);
      for (let i = 0; i < count; i++) {
        const { id, label, subject, clip } = group[Math.floor((i * group.length) / count)] as JoinedSample;
        const common = remap(clip, body13, source.table ? { table: source.table } : {});
        joined.push({ id: `${name}/${id}`, label, subject: `${source.people} ${subject}`, clip: common });
      }
    }
  }
  return joined;
}

async function readClips(name: string): Promise<JoinedSample[]> {
  const { samples } = await readDataset(dataFolder(name), { classes: 'label' });
  return samples.map(({ id, label, subject, clip }) => ({ id, label, subject: `${subject}`, clip }));
}

/** Stretches of frames with one label, as clips. */
async function readFrameLabels(name: string, names: Readonly<Record<string, string>>): Promise<JoinedSample[]> {
  const { samples, labels } = await readDataset(dataFolder(name), { classes: 'frame' });
  return samples.flatMap(({ id, subject, clip, frameLabels }) => {
    const found: JoinedSample[] = [];
    let start = 0;
    for (let end = 1; end <= frameLabels.length; end++) {
      if (end < frameLabels.length && frameLabels[end] === frameLabels[start]) continue;
      const label = names[labels[frameLabels[start] as number] as string];
      const parts = Math.ceil((end - start) / longest);
      for (let part = 0; part < parts && label !== undefined && end - start >= shortest; part++) {
        const at = (share: number) => start + Math.round(((end - start) * share) / parts);
        const cut = sliceFrames(clip, at(part), Math.min(at(part + 1), frameCount(clip)));
        found.push({ id: `${id}/${at(part)}`, label, subject: `${subject}`, clip: cut });
      }
      start = end;
    }
    return found;
  });
}

/** What the texts say about the classes, the same for both sides of the body, since clips are mirrored. */
export async function joinedTexts(labels: readonly string[]): Promise<DescriptionFeatures> {
  const all: readonly ActionDescription[] = [...uiPrmd, ...wmft, ...ntu120, ...hdm05];
  const chosen = labels.map((label): ActionDescription => {
    const [description] = descriptionsFor([nearestTexts[label] ?? label], all);
    return { ...(description as ActionDescription), label };
  });
  const features = await encodeDescriptions(chosen, body13, shippedEmbeddings());
  return {
    ...features,
    importance: bothSides(features.importance, body13),
    joints: bothSides(features.joints, body13),
  };
}

/** Each joint's numbers averaged with those of its partner on the other side: `[K, V]` or `[K, V, D]`. */
function bothSides({ shape, data }: Tensor<'float32'>, { joints, mirror }: Layout): Tensor<'float32'> {
  const [count, width] = [joints.length, shape[2] ?? 1];
  const mean = data.map((value, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    const other = row - (row % count) + (mirror[row % count] as number);
    return (value + (data[other * width + column] as number)) / 2;
  });
  return tensor('float32', shape, mean);
}
