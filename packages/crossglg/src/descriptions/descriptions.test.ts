/** The shipped descriptions are complete over every body layout, and files of descriptions are not trusted. */
import {
  body25,
  coco17,
  defineLayout,
  h36m17,
  hand21,
  kinect20,
  mediapipe33,
  ntu25,
  openpose18,
} from '@kinegraph/core';
import { describe, expect, it } from 'vitest';
import { importanceOf } from '../anatomy/joints.ts';
import * as shipped from '../descriptions.ts';
import { type ActionDescription, readDescriptions } from './description.ts';
import { jointSentences } from './joint-sentences.ts';
import { descriptionsFor } from './select.ts';

const bodies = [ntu25, kinect20, coco17, openpose18, body25, mediapipe33, h36m17];
const all = Object.entries(shipped).flatMap(([id, actions]) => actions.map((action) => ({ id, action })));

describe('shipped descriptions', () => {
  it('are there for every class', () => {
    const counts = Object.entries(shipped).map(([id, actions]) => [id, actions.length]);
    expect(Object.fromEntries(counts)).toEqual({ ntu120: 120, uiPrmd: 30, wmft: 15, hdm05: 11, nwUcla: 10 });
  });

  it.each(all)('$id $action.label: every joint, its own words', ({ action }) => {
    for (const layout of bodies) {
      const sentences = jointSentences(action, layout);
      expect(sentences).toHaveLength(layout.joints.length);
      for (const sentence of sentences) expect(sentence).toMatch(/^The [a-z][^.]* [^.]+\.$/);
    }
    expect(action.important.length).toBeGreaterThan(0);
    const moved = importanceOf(action.important, ntu25).data.filter((weight) => weight > 0).length;
    expect(moved).toBeLessThan(25);
    expect(
      new Set(jointSentences(action, ntu25).map((text) => text.replace(/^The (left |right )?\w+ /, ''))).size,
    ).toBeGreaterThan(4);
  });

  it('are not one template: no two actions of a data set share their global text or their important sentences', () => {
    for (const actions of Object.values(shipped)) {
      expect(new Set(actions.map(({ global }) => global)).size).toBe(actions.length);
      const unlike = actions.filter(({ label }) => !label.endsWith(', correct'));
      expect(new Set(unlike.map(({ joints }) => JSON.stringify(joints))).size).toBe(unlike.length);
    }
  });

  it('cover the labels of UI-PRMD with correctness', () => {
    const plain = shipped.uiPrmd.filter(({ label }) => !label.includes(','));
    const labels = plain.flatMap(({ label }) => [`${label}, correct`, `${label}, incorrect`]);
    expect(descriptionsFor(labels, shipped.uiPrmd).map(({ label }) => label)).toEqual(labels);
  });

  it('do not describe a hand alone', () => {
    expect(() => jointSentences(shipped.wmft[0] as ActionDescription, hand21)).toThrow(
      'description of "forearm to table, side": expected a text for the joint wrist of hand21',
    );
  });
});

const wave: ActionDescription = {
  label: 'wave',
  global: 'One hand waves.',
  important: ['right hand'],
  joints: {
    body: 'stays still',
    'right arm': 'swings quickly',
    'right elbow': 'bends',
    left_hand_tip: 'Rests on the lap',
    nose: 'points ahead.',
  },
};

describe('jointSentences', () => {
  const of = (layout = ntu25) =>
    new Map(layout.joints.map((joint, index) => [joint, jointSentences(wave, layout)[index]]));

  it('takes the narrowest phrase, and a joint by its own name before all', () => {
    expect(of().get('right_elbow')).toBe('The right elbow bends.');
    expect(of().get('right_thumb')).toBe('The right thumb swings quickly.');
    expect(of().get('left_foot')).toBe('The left foot stays still.');
    expect(of().get('left_hand_tip')).toBe('Rests on the lap.');
    expect(of(coco17).get('nose')).toBe('The nose points ahead.');
    expect(of(coco17).get('left_ear')).toBe('The head points ahead.');
  });

  it('takes joints that are no anatomy by their name only', () => {
    const racket = defineLayout('racket', { right_hand: null, racket_tip: 'right_hand' });
    expect(() => jointSentences(wave, racket)).toThrow('expected a text for the joint racket_tip of racket');
    const told = { ...wave, joints: { ...wave.joints, racket_tip: 'draws a circle' } };
    expect(jointSentences(told, racket)[1]).toBe('The racket tip draws a circle.');
  });

  it('takes the first of phrases that are equally narrow', () => {
    const twice = { ...wave, joints: { body: 'rests', torso: 'bends', trunk: 'leans' } };
    expect(jointSentences(twice, ntu25)[0]).toBe('The pelvis bends.');
  });
});

describe('readDescriptions', () => {
  const file = (action: unknown) => ({ format: 1, id: 'mine', actions: [action] });

  it('reads what JSON.stringify wrote', () => {
    expect(readDescriptions(JSON.parse(JSON.stringify(file(wave))))).toEqual([wave]);
  });

  it('finds the important parts in the text if they are not given', () => {
    const { important: _, ...rest } = { ...wave, global: 'The left foot kicks and the arms balance.' };
    expect(readDescriptions(file(rest))[0]?.important).toEqual(['left foot', 'arms']);
  });

  it.each([
    ['nothing', undefined, 'an object, got none'],
    ['another format', { format: 2, actions: [] }, 'format: expected 1, got 2'],
    ['no actions', { format: 1 }, 'a list of at most'],
    ['an unknown field', { format: 1, actions: [], run: 'rm' }, 'fields among format, id, note, actions, got "run"'],
    ['a label twice', { format: 1, actions: [wave, wave] }, '"wave" twice'],
    ['no global text', file({ ...wave, global: ' ' }), 'global: expected a text'],
    ['a control character', file({ ...wave, label: 'a\nb' }), 'label: expected a text'],
    ['a text of megabytes', file({ ...wave, global: 'a'.repeat(2_000_000) }), 'global: expected a text'],
    ['a part that is none', file({ ...wave, important: ['tail'] }), 'words for parts of the body, got "tail"'],
    ['a text that is a number', file({ ...wave, joints: { head: 3 } }), 'joints["head"]: expected a text'],
    ['joints as a list', file({ ...wave, joints: ['x'] }), 'joints: expected an object'],
    ['__proto__', file(JSON.parse('{"label":"a","global":"b","joints":{"__proto__":"c"}}')), 'safe to copy'],
  ])('refuses %s', (_, json, message) => expect(() => readDescriptions(json)).toThrow(message));
});

describe('descriptionsFor', () => {
  it('goes by label, whatever the apostrophe and case', () => {
    const [grab] = descriptionsFor(["GRAB other person's stuff"], shipped.ntu120);
    expect(grab?.label).toBe('grab other person’s stuff');
  });

  it('names the labels without a description', () => {
    expect(() => descriptionsFor(['throw', 'fly', 'swim'], shipped.ntu120)).toThrow('got none of fly; swim');
  });
});
