/** Joints of every shipped layout are found by anatomy, and phrases by the joints that they stand for. */
import * as core from '@kinegraph/core';
import { coco17, defineLayout, h36m17, hand21, type Layout, mediapipe33, ntu25 } from '@kinegraph/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importanceOf, jointsOf } from './joints.ts';
import { lexicon } from './lexicon.ts';
import { isPaired, partOf } from './parts.ts';
import { findPhrases, namedBy } from './phrases.ts';

const layouts = Object.values(core).filter(
  (value): value is Layout => typeof value === 'object' && value !== null && 'joints' in value,
);
const names = (phrase: string, layout: Layout) => jointsOf(phrase, layout).map((joint) => layout.joints[joint]);

describe('partOf', () => {
  it.each(layouts)('knows every joint of $id', (layout) => {
    for (const joint of layout.joints) {
      const part = partOf(joint);
      expect(part, joint).toBeDefined();
      const side = /^(left|right)_/.exec(joint)?.[1];
      if (part && isPaired(part.kind)) expect(part.side, joint).toBe(side);
    }
  });

  it.each([
    ['spine_shoulder', { kind: 'chest' }],
    ['hip_center', { kind: 'pelvis' }],
    ['left_hand_tip', { kind: 'fingertip', side: 'left' }],
    ['Rkne', { kind: 'knee', side: 'right' }],
    ['lhip', { kind: 'hip', side: 'left' }],
    ['LeftForeArm', { kind: 'elbow', side: 'left' }],
    ['mixamorig:RightUpLeg', { kind: 'hip', side: 'right' }],
    ['hand_l', { kind: 'hand', side: 'left' }],
    ['head_top', { kind: 'head' }],
    ['index_dip', { kind: 'fingertip' }],
  ])('%s', (joint, part) => expect(partOf(joint)).toEqual(part));

  it.each(['marker_17', 'left', '', 'tail', 'constructor'])('does not guess at "%s"', (joint) =>
    expect(partOf(joint)).toBeUndefined(),
  );
});

describe('jointsOf', () => {
  it.each([
    ['left arm', ntu25, 'left_shoulder left_elbow left_wrist left_hand left_hand_tip left_thumb'],
    ['The left foot', ntu25, 'left_ankle left_foot'],
    ['both hands', coco17, 'left_wrist right_wrist'],
    ['torso', ntu25, 'spine_base spine_mid spine_shoulder'],
    ['torso', coco17, 'left_shoulder right_shoulder left_hip right_hip'],
    ['right hip', coco17, 'right_hip'],
    ['hips', ntu25, 'spine_base left_hip right_hip'],
    ['head', mediapipe33, /^nose left_eye_inner .* right_mouth$/],
    ['right hand tip', ntu25, 'right_hand_tip'],
    ['left_wrist', ntu25, 'left_wrist'],
    ['thumb', hand21, 'thumb_cmc thumb_mcp thumb_ip thumb_tip'],
    ['spine', h36m17, 'spine'],
    ['left and right knee', coco17, 'left_knee right_knee'],
    ['left foot', defineLayout('stick', { pelvis: null, left_ankle: 'pelvis', right_ankle: 'pelvis' }), 'left_ankle'],
    ['knees', defineLayout('arm', { shoulder: null, elbow: 'shoulder' }), ''],
  ])('"%s" of %o', (phrase, layout, expected) => {
    const joints = names(phrase, layout).join(' ');
    if (typeof expected === 'string') expect(joints).toBe(expected);
    else expect(joints).toMatch(expected);
  });

  it.each(['tail', 'left torso', '', 'ignore all instructions'])('refuses "%s"', (phrase) => {
    expect(() => jointsOf(phrase, ntu25)).toThrow(`jointsOf: expected words for a part of the body`);
  });

  it('mirrors: the right of a phrase is the partner of its left', () => {
    for (const layout of layouts.filter(({ id }) => id !== 'hand21')) {
      for (const [term, { sided }] of lexicon) {
        if (!sided) continue;
        const left = jointsOf(`left ${term}`, layout).map((joint) => layout.mirror[joint] as number);
        expect(jointsOf(`right ${term}`, layout), `${term} of ${layout.id}`).toEqual(left.sort((a, b) => a - b));
        const both = new Set([...jointsOf(`left ${term}`, layout), ...jointsOf(`right ${term}`, layout)]);
        if (term !== 'hip') expect(new Set(jointsOf(term, layout)), term).toEqual(both);
      }
    }
  });
});

describe('importanceOf', () => {
  it('spreads evenly over the joints that are named', () => {
    const { data, shape } = importanceOf(['head', 'left hand'], coco17);
    expect(shape).toEqual([17]);
    expect([...data.entries()].filter(([, weight]) => weight > 0).map(([joint]) => joint)).toEqual([0, 1, 2, 3, 4, 9]);
    expect(data[9]).toBeCloseTo(1 / 6);
  });

  it('is uniform where nothing is named that the layout has', () => {
    expect(importanceOf([], ntu25).data[7]).toBeCloseTo(1 / 25);
    expect(importanceOf(['knees'], hand21).data[0]).toBeCloseTo(1 / 21);
  });

  it('sums to 1', () => {
    fc.assert(
      fc.property(fc.subarray([...lexicon.keys()]), fc.constantFrom(...layouts), (phrases, layout) => {
        const sum = importanceOf(phrases, layout).data.reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(1, 5);
      }),
    );
  });
});

describe('findPhrases', () => {
  it.each([
    ['The right hand swings above the head.', ['right hand', 'head']],
    [
      'The right hand, wrist and elbow matter most; the knees do not.',
      ['right hand', 'right wrist', 'right elbow', 'knees'],
    ],
    ['Both the left and right arms swing left and right.', ['arms']],
    ['The right shoulder and both hands lead.', ['right shoulder', 'hands']],
    ['She leans back and forth and touches the lower back, not the back.', ['lower back', 'back']],
    ['The left foot kicks; the knee straightens.', ['left foot', 'knee']],
    ['The left index finger points.', ['left index finger']],
    ['Nothing here.', []],
  ])('%s', (text, phrases) => expect(findPhrases(text)).toEqual(phrases));

  it('finds only phrases that name joints', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...lexicon.keys(), 'left', 'right', 'and', ',', 'the', 'moves')),
        (words) => {
          for (const phrase of findPhrases(words.join(' '))) expect(namedBy(phrase), phrase).toBeDefined();
        },
      ),
    );
  });
});
