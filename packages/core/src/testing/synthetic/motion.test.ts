import { describe, expect, it } from 'vitest';
import { type Clip, frameCount } from '../../skeleton/clip.ts';
import { jointIndex } from '../../skeleton/layout.ts';
import * as layouts from '../../skeleton/layouts.ts';
import { createRandom } from '../../tensor/random.ts';
import { type SyntheticAction, syntheticActions } from './actions.ts';
import { syntheticBody, syntheticSubject } from './body.ts';
import { imageSize } from './camera.ts';
import { type SyntheticOptions, syntheticMotion } from './motion.ts';

type Vector = readonly [number, number, number];

/** Performed before a camera on the ground 3 m ahead: y is the height above the ground, ahead is -z, the person's right is +x. */
const facing = { yaw: 0, pitch: 0, distance: 3, height: 0 };

function perform(action: SyntheticAction, seed = 1, options: SyntheticOptions = {}): Clip {
  return syntheticMotion({
    action,
    subject: seed,
    random: createRandom(seed),
    noise: 0,
    view: facing,
    layout: syntheticBody,
    ...options,
  });
}

function at(clip: Clip, joint: string, frame: number): Vector {
  const start = (frame * clip.layout.joints.length + jointIndex(clip.layout, joint)) * 3;
  return [...clip.positions.data.subarray(start, start + 3)] as unknown as Vector;
}

function track(clip: Clip, joint: string, axis: 0 | 1 | 2): number[] {
  return Array.from({ length: frameCount(clip) }, (_, frame) => at(clip, joint, frame)[axis]);
}

const between = (a: Vector, b: Vector) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
const seeds = [1, 2, 3, 4, 5];
const sides = ['left', 'right'] as const;

describe.each(syntheticActions)('%s', (action) => {
  const clips = seeds.map((seed) => perform(action, seed));

  it('keeps the lengths of bones', () => {
    const ends = {
      thigh: ['hip', 'knee'],
      shank: ['knee', 'ankle'],
      upperArm: ['shoulder', 'elbow'],
      forearm: ['elbow', 'wrist'],
    } as const;
    const errors = clips.flatMap((clip, i) => {
      const subject = syntheticSubject(seeds[i] as number);
      return Object.entries(ends).flatMap(([bone, [from, to]]) =>
        sides.flatMap((side) =>
          Array.from({ length: frameCount(clip) }, (_, frame) => {
            const length = between(at(clip, `${side}_${from}`, frame), at(clip, `${side}_${to}`, frame));
            return Math.abs(length - subject[bone as keyof typeof ends]);
          }),
        ),
      );
    });
    expect(Math.max(...errors)).toBeLessThan(1e-4);
  });

  it('bends knees ahead of the line from hip to ankle, or above it', () => {
    let least = 1;
    for (const clip of clips) {
      for (let frame = 0; frame < frameCount(clip); frame++) {
        for (const side of sides) {
          const [hip, knee, ankle] = ['hip', 'knee', 'ankle'].map((joint) => at(clip, `${side}_${joint}`, frame)) as [
            Vector,
            Vector,
            Vector,
          ];
          const share = between(hip, knee) / (between(hip, knee) + between(knee, ankle));
          const [above, behind] = ([1, 2] as const).map((c) => knee[c] - hip[c] - share * (ankle[c] - hip[c])) as [
            number,
            number,
          ];
          least = Math.min(least, 0.4 * above - behind);
        }
      }
    }
    expect(least).toBeGreaterThan(-0.01);
  });

  it('stays above the ground, with a foot on it unless jumping', () => {
    for (const clip of clips) {
      for (let frame = 0; frame < frameCount(clip); frame++) {
        const heights = clip.layout.joints.map((joint) => at(clip, joint, frame)[1]);
        const lowest = Math.min(...heights);
        expect(lowest).toBeGreaterThan(-0.03);
        if (action !== 'jump') expect(lowest).toBeLessThan(0.06);
      }
    }
  });

  it('moves smoothly and at human speeds', () => {
    let [speed, jolt] = [0, 0];
    for (const clip of clips) {
      const { data } = clip.positions;
      const step = clip.layout.joints.length * 3;
      for (let i = 2 * step; i < data.length; i += 3) {
        const [a, b, c] = [data.subarray(i - 2 * step), data.subarray(i - step), data.subarray(i)] as unknown as [
          Vector,
          Vector,
          Vector,
        ];
        speed = Math.max(speed, between(b, c) * 30);
        jolt = Math.max(jolt, Math.hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1], a[2] - 2 * b[2] + c[2]));
      }
    }
    expect(speed).toBeLessThan(12);
    // Meters in one frame squared; 0.22 is 20 times gravity, at the tip of a punching hand.
    expect(jolt).toBeLessThan(0.22);
  });

  it('is the same for the same random state, and otherwise never', () => {
    const options = { action, subject: 3 } as const;
    const first = syntheticMotion({ ...options, random: createRandom(1), frames: 20 });
    expect(syntheticMotion({ ...options, random: createRandom(1), frames: 20 })).toEqual(first);
    expect(syntheticMotion({ ...options, random: createRandom(2), frames: 20 })).not.toEqual(first);
    expect(syntheticMotion({ ...options, subject: 4, random: createRandom(1), frames: 20 })).not.toEqual(first);
  });
});

describe('what the actions do', () => {
  const span = (values: number[]) => Math.max(...values) - Math.min(...values);
  const each = (action: SyntheticAction, check: (clip: Clip, height: number, hand: 'left' | 'right') => void) => {
    for (const seed of seeds) {
      const { height, leftHanded } = syntheticSubject(seed);
      check(perform(action, seed), height, leftHanded ? 'left' : 'right');
    }
  };

  it('wave: the hand is over the shoulder and goes to and fro', () => {
    each('wave', (clip, _, hand) => {
      const middle = Math.floor(frameCount(clip) / 2);
      expect(at(clip, `${hand}_hand`, middle)[1]).toBeGreaterThan(at(clip, `${hand}_shoulder`, middle)[1]);
      const lateral = track(clip, `${hand}_hand`, 0).slice(Math.floor(middle * 0.5), Math.floor(middle * 1.5));
      const turns = lateral.filter(
        (x, i) =>
          i > 1 && (x - (lateral[i - 1] as number)) * ((lateral[i - 1] as number) - (lateral[i - 2] as number)) < 0,
      );
      expect(turns.length).toBeGreaterThanOrEqual(3);
    });
  });

  it('squat: the hips go down by a third of the height of a leg or more, and come up again', () => {
    each('squat', (clip, height) => {
      const hips = track(clip, 'spine_base', 1);
      expect(span(hips)).toBeGreaterThan(0.15 * height);
      expect(hips.at(-1)).toBeCloseTo(hips[0] as number, 1);
    });
  });

  it('jump: both feet leave the ground for a while', () => {
    each('jump', (clip) => {
      const lowest = sides.map((side) => track(clip, `${side}_foot_index`, 1));
      const air = (lowest[0] as number[]).map((left, frame) => Math.min(left, lowest[1]?.[frame] as number));
      expect(Math.max(...air)).toBeGreaterThan(0.15);
      expect(air[0]).toBeLessThan(0.05);
      expect(air.at(-1)).toBeLessThan(0.05);
    });
  });

  it('punch: a hand goes far ahead of the shoulders, at their height', () => {
    each('punch', (clip, height) => {
      const reach = sides.map((side) =>
        Math.max(...track(clip, 'spine_shoulder', 2).map((z, i) => z - (track(clip, `${side}_hand`, 2)[i] as number))),
      );
      expect(Math.max(...reach)).toBeGreaterThan(0.3 * height);
    });
  });

  it('kick: one foot rises to the knee or higher, the other stays', () => {
    each('kick', (clip, height, hand) => {
      expect(Math.max(...track(clip, `${hand}_foot`, 1))).toBeGreaterThan(0.28 * height);
      const other = hand === 'left' ? 'right' : 'left';
      expect(span(track(clip, `${other}_foot`, 1))).toBeLessThan(0.03);
    });
  });

  it('walk: the body goes ahead, and a foot on the ground stays where it is', () => {
    each('walk', (clip) => {
      expect(
        (track(clip, 'spine_base', 2)[0] as number) - (track(clip, 'spine_base', 2).at(-1) as number),
      ).toBeGreaterThan(0.8);
      for (const side of sides) {
        const [heights, ahead] = [track(clip, `${side}_ankle`, 1), track(clip, `${side}_ankle`, 2)];
        const ground = Math.min(...heights) + 0.002;
        let standing = 0;
        for (let frame = 1; frame < heights.length; frame++) {
          if ((heights[frame] as number) > ground || (heights[frame - 1] as number) > ground) continue;
          standing++;
          expect(Math.abs((ahead[frame] as number) - (ahead[frame - 1] as number))).toBeLessThan(0.02);
        }
        expect(standing).toBeGreaterThan(0.3 * heights.length);
      }
    });
  });

  it('sit: the hips end at the height of the knees, and behind them', () => {
    each('sit', (clip, height) => {
      const last = frameCount(clip) - 1;
      const [hip, knee] = [at(clip, 'left_hip', last), at(clip, 'left_knee', last)];
      expect(Math.abs(hip[1] - knee[1])).toBeLessThan(0.08 * height);
      expect(hip[2] - knee[2]).toBeGreaterThan(0.15 * height);
    });
  });

  it('pick up: the hand reaches down to the shins and brings something up', () => {
    each('pick up', (clip, height, hand) => {
      const tip = track(clip, `${hand}_hand_tip`, 1);
      expect(Math.min(...tip)).toBeLessThan(0.13 * height);
      expect(tip.at(-1)).toBeGreaterThan(0.5 * height);
    });
  });

  it('idle: hardly anything', () => {
    each('idle', (clip) => {
      for (const joint of clip.layout.joints)
        for (const axis of [0, 1, 2] as const) expect(span(track(clip, joint, axis))).toBeLessThan(0.15);
    });
  });
});

describe('syntheticMotion', () => {
  const { hand21, ...bodies } = layouts;

  it.each(Object.values(bodies))('records in $id, in two dimensions and three', (layout) => {
    for (const dimensions of [2, 3] as const) {
      const clip = syntheticMotion({ action: 'kick', layout, dimensions, random: createRandom(1) });
      expect(clip.layout).toBe(layout);
      expect(clip.positions.shape.slice(2)).toEqual([layout.joints.length, dimensions]);
      expect([clip.fps, clip.unit, clip.confidence]).toEqual([30, dimensions === 3 ? 'meter' : 'pixel', undefined]);
    }
  });

  it('shows a person who faces the camera with the left side on the right of the image', () => {
    const clip = syntheticMotion({
      action: 'idle',
      layout: layouts.coco17,
      dimensions: 2,
      random: createRandom(1),
      view: { yaw: 0 },
    });
    const x = (joint: string) => clip.positions.data[2 * jointIndex(clip.layout, joint)] as number;
    const y = (joint: string) => clip.positions.data[2 * jointIndex(clip.layout, joint) + 1] as number;
    expect(x('left_shoulder')).toBeGreaterThan(x('right_shoulder'));
    expect(y('nose')).toBeLessThan(y('left_ankle'));
    for (const joint of clip.layout.joints) {
      expect(x(joint)).toBeGreaterThan(0);
      expect(x(joint)).toBeLessThan(imageSize.width);
    }
  });

  it('turns with yaw and stands at the distance of the view', () => {
    const side = perform('idle', 1, { view: { ...facing, yaw: Math.PI / 2, distance: 5 } });
    const across = at(side, 'right_shoulder', 0).map((x, c) => x - at(side, 'left_shoulder', 0)[c as 0]);
    expect(Math.abs(across[0] as number)).toBeLessThan(0.05);
    expect(at(side, 'spine_base', 0)[2]).toBeCloseTo(5, 1);
    const above = perform('idle', 1, { view: { ...facing, height: 1 } });
    expect(at(above, 'left_heel', 0)[1]).toBeCloseTo(at(perform('idle'), 'left_heel', 0)[1] - 1, 4);
  });

  it('goes by speed, frames and fps', () => {
    const [slow, fast] = [perform('squat', 1, { speed: 0.5 }), perform('squat', 1, { speed: 1 })];
    expect(frameCount(slow) / frameCount(fast)).toBeCloseTo(2, 1);
    expect(frameCount(perform('squat', 1, { frames: 17 }))).toBe(17);
    expect(frameCount(perform('squat', 1, { frames: 1 }))).toBe(1);
    expect(frameCount(perform('squat', 1, { fps: 60 })) / frameCount(fast)).toBeCloseTo(2, 1);
  });

  it('squats deeper with amplitude', () => {
    const depth = (amplitude: number) => Math.min(...track(perform('squat', 1, { amplitude }), 'spine_base', 1));
    expect(depth(0.6)).toBeGreaterThan(depth(1) + 0.08);
  });

  it('adds noise of the given size', () => {
    const [clean, noisy] = [perform('idle', 1), perform('idle', 1, { noise: 0.02 })];
    const sum = noisy.positions.data.reduce((total, x, i) => total + (x - (clean.positions.data[i] as number)) ** 2, 0);
    expect(Math.sqrt(sum / noisy.positions.data.length)).toBeCloseTo(0.02, 3);
  });

  it.each([0.1, 0.5, 0.9])('hides a share of %f of the joints', (occlusion) => {
    const { confidence, positions } = perform('walk', 1, { occlusion });
    const missing = confidence?.data.filter((score) => score === 0).length ?? 0;
    expect(missing / (confidence?.data.length ?? 1)).toBeCloseTo(occlusion, 2);
    for (const [place, score] of (confidence?.data ?? []).entries()) {
      if (score === 0) expect([...positions.data.subarray(3 * place, 3 * place + 3)]).toEqual([0, 0, 0]);
    }
  });

  it('refuses what it cannot do', () => {
    const make = (options: object) => () =>
      syntheticMotion({ action: 'wave', random: createRandom(1), ...options } as never);
    expect(make({ action: 'dance' })).toThrow(
      'syntheticMotion: expected one of idle, wave, squat, jump, punch, kick, walk, sit, pick up, got "dance"',
    );
    expect(make({ action: 'toString' })).toThrow('got "toString"');
    expect(make({ layout: hand21 })).toThrow('remap synthetic-body to hand21');
    expect(make({ fps: 0 })).toThrow('fps above 0 and up to 1000, got 0');
    expect(make({ speed: Number.NaN })).toThrow('speed above 0');
    expect(make({ frames: 0 })).toThrow('at least 1 frame, got 0');
    expect(make({ noise: -1 })).toThrow('noise of at least 0, got -1');
    expect(make({ occlusion: 1 })).toThrow('occlusion from 0 to 0.9, got 1');
  });
});
