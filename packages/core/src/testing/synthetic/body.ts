/** The synthetic person: limb lengths and habits, drawn once for each subject. */
import { defineLayout } from '../../skeleton/layout.ts';
import { createRandom } from '../../tensor/random.ts';
import { combineSeeds } from './seed.ts';

/** Every point that the synthetic body has; other layouts are remapped from it. */
export const syntheticBody = defineLayout('synthetic-body', {
  spine_base: null,
  spine_mid: 'spine_base',
  spine_shoulder: 'spine_mid',
  neck: 'spine_shoulder',
  head: 'neck',
  nose: 'head',
  left_eye_inner: 'nose',
  left_eye: 'left_eye_inner',
  left_eye_outer: 'left_eye',
  left_ear: 'left_eye_outer',
  left_mouth: 'nose',
  right_eye_inner: 'nose',
  right_eye: 'right_eye_inner',
  right_eye_outer: 'right_eye',
  right_ear: 'right_eye_outer',
  right_mouth: 'nose',
  left_shoulder: 'spine_shoulder',
  left_elbow: 'left_shoulder',
  left_wrist: 'left_elbow',
  left_hand: 'left_wrist',
  left_hand_tip: 'left_hand',
  left_thumb: 'left_hand',
  left_index: 'left_hand',
  left_pinky: 'left_hand',
  right_shoulder: 'spine_shoulder',
  right_elbow: 'right_shoulder',
  right_wrist: 'right_elbow',
  right_hand: 'right_wrist',
  right_hand_tip: 'right_hand',
  right_thumb: 'right_hand',
  right_index: 'right_hand',
  right_pinky: 'right_hand',
  left_hip: 'spine_base',
  left_knee: 'left_hip',
  left_ankle: 'left_knee',
  left_heel: 'left_ankle',
  left_foot: 'left_ankle',
  left_foot_index: 'left_foot',
  left_small_toe: 'left_foot',
  right_hip: 'spine_base',
  right_knee: 'right_hip',
  right_ankle: 'right_knee',
  right_heel: 'right_ankle',
  right_foot: 'right_ankle',
  right_foot_index: 'right_foot',
  right_small_toe: 'right_foot',
});

/** Lengths of one person in meters, and how they tend to move. */
export interface SyntheticSubject {
  readonly height: number;
  /** Hips to shoulders. */
  readonly trunk: number;
  /** Half the distance between the shoulder joints. */
  readonly shoulder: number;
  /** Half the distance between the hip joints. */
  readonly hip: number;
  readonly upperArm: number;
  readonly forearm: number;
  readonly thigh: number;
  readonly shank: number;
  /** Height of the ankle above the ground. */
  readonly ankle: number;
  readonly foot: number;
  /** Habitual size of movements, about 1. */
  readonly vigor: number;
  /** Habitual speed, about 1. */
  readonly tempo: number;
  /** Habitual forward bend of the trunk in degrees. */
  readonly slump: number;
  readonly leftHanded: boolean;
}

/**
 * The synthetic person with a number: the same number, the same person.
 *
 * Mean segment lengths are the usual shares of body height (Winter, Biomechanics and Motor Control of Human Movement, after Drillis and
 * Contini); height varies by 5 % and each share by 4 %.
 */
export function syntheticSubject(number: number): SyntheticSubject {
  const random = createRandom(combineSeeds(number));
  const vary = (mean: number, share: number) => mean * (1 + share * Math.min(Math.max(random.normal(), -2.5), 2.5));
  const height = vary(1.7, 0.05);
  const leg = vary(1, 0.04);
  const arm = vary(1, 0.04);
  return {
    height,
    trunk: vary(0.288, 0.04) * height,
    shoulder: vary(0.105, 0.04) * height,
    hip: vary(0.05, 0.04) * height,
    upperArm: vary(0.18, 0.02) * arm * height,
    forearm: vary(0.146, 0.02) * arm * height,
    thigh: vary(0.243, 0.02) * leg * height,
    shank: vary(0.243, 0.02) * leg * height,
    ankle: 0.045 * height,
    foot: vary(0.15, 0.03) * height,
    vigor: vary(1, 0.08),
    tempo: vary(1, 0.1),
    slump: vary(4, 0.8),
    leftHanded: random.next() < 0.15,
  };
}
