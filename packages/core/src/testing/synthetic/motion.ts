/** Synthetic motion: an articulated body that performs parametric actions, for tests, examples and demos. Never real people. */

import { flip } from '../../skeleton/augment.ts';
import { type Clip, clip } from '../../skeleton/clip.ts';
import type { Vector } from '../../skeleton/geometry.ts';
import type { Layout } from '../../skeleton/layout.ts';
import { ntu25 } from '../../skeleton/layouts.ts';
import { remap } from '../../skeleton/remap.ts';
import { KinegraphError } from '../../tensor/error.ts';
import type { Random } from '../../tensor/random.ts';
import { actions, type Style, type SyntheticAction, syntheticActions } from './actions.ts';
import { type SyntheticSubject, syntheticBody, syntheticSubject } from './body.ts';
import { noisy, occluded, projected, seenBy, type View } from './camera.ts';
import { pointsOf } from './kinematics.ts';
import { type Degree, type Pose, shifted } from './pose.ts';

/** How a synthetic clip is recorded and performed. */
export interface SyntheticOptions {
  /** Layout of the clip: any that has joints of a body. Default ntu25. */
  readonly layout?: Layout;
  /** 3 for a depth camera, in meters with y up; 2 for an image, in pixels with y down. Default 3. */
  readonly dimensions?: 2 | 3;
  /** Frames a second. Default 30. */
  readonly fps?: number;
  /** Exactly so many frames, whatever the speed. Default: as many as the performance takes. */
  readonly frames?: number;
  /** Speed of the performance, 1 = usual; varied by subject and performance. Default 1. */
  readonly speed?: number;
  /** Size of the movement, 1 = usual; varied by subject and performance. Default 1. */
  readonly amplitude?: number;
  readonly view?: View;
  /** Standard deviation of the sensor's noise in meters. Default 0.005. */
  readonly noise?: number;
  /** Share of joints that are missing, from 0 to 0.9. Default 0: the clip has no confidence. */
  readonly occlusion?: number;
}

/** What {@link syntheticMotion} performs, with {@link SyntheticOptions}. */
export interface SyntheticMotionOptions extends SyntheticOptions {
  readonly action: SyntheticAction;
  /** Who performs: a number stands for a person of given build and habits. Default 0. */
  readonly subject?: number | SyntheticSubject;
  readonly random: Random;
}

/**
 * Makes a clip of a synthetic person performing an action. Synthetic data: say so wherever results from it are shown.
 *
 * The same random state gives the same clip. Each call differs in size, speed, timing, sway, view and noise.
 *
 * @throws `invalid-argument` for an unknown action or an option out of range; `unsupported` for a layout that is no body.
 * @example
 * const wave = syntheticMotion({ action: 'wave', subject: 3, random: createRandom(1), layout: coco17 });
 */
export function syntheticMotion(options: SyntheticMotionOptions): Clip {
  const { random, layout = ntu25, dimensions = 3, fps = 30, noise = 0.005, occlusion = 0, view = {} } = options;
  checkOptions(options);
  const subject = typeof options.subject === 'object' ? options.subject : syntheticSubject(options.subject ?? 0);
  const style = drawStyle(options, subject, random);
  const frames = options.frames ?? Math.max(Math.round(style.seconds * fps), 2);
  const performed = clip(syntheticBody, perform(options.action, subject, style, frames, random), {
    fps,
    unit: 'meter',
  });
  const handed = subject.leftHanded ? flip(performed) : performed;
  const seen = seenBy(handed, random, view);
  const sensed = remap(noise > 0 ? noisy(seen, random, noise) : seen, layout);
  const recorded = dimensions === 2 ? projected(sensed) : sensed;
  return occlusion > 0 ? occluded(recorded, random, occlusion) : recorded;
}

function drawStyle(options: SyntheticMotionOptions, subject: SyntheticSubject, random: Random): Style {
  const { speed = 1, amplitude = 1, frames, fps = 30 } = options;
  const { seconds, repetitions } = actions[options.action];
  const [least, most] = repetitions;
  const count = least + random.integer(most - least + 1);
  const usual =
    (seconds * (options.action === 'wave' ? count + 1 : count)) / (speed * subject.tempo * random.uniform(0.88, 1.14));
  return {
    amplitude: amplitude * subject.vigor * random.uniform(0.9, 1.1),
    seconds: frames === undefined ? usual : frames / fps,
    repetitions: count,
    phase: random.next(),
    leg: subject.thigh + subject.shank,
  };
}

/** Every frame's points, flat in the order of the synthetic body's joints. */
function perform(
  action: SyntheticAction,
  subject: SyntheticSubject,
  style: Style,
  frames: number,
  random: Random,
): Float32Array {
  const sway = drawSway(random);
  const course = drawCourse(random, action);
  const joints = syntheticBody.joints;
  const data = new Float32Array(frames * joints.length * 3);
  for (let frame = 0; frame < frames; frame++) {
    const at = frames > 1 ? frame / (frames - 1) : 0;
    const pose = shifted(actions[action].pose(course(at), style), sway(at * style.seconds));
    const points = pointsOf(subject, pose);
    for (const [joint, name] of joints.entries()) {
      data.set(points.get(name) as Vector, (frame * joints.length + joint) * 3);
    }
  }
  return data;
}

/** How far the action is at each point of the clip: it starts a little late, ends a little early, and is not quite even. */
function drawCourse(random: Random, action: SyntheticAction): (at: number) => number {
  const warp = random.uniform(-0.06, 0.06);
  if (action === 'walk') return (at) => at;
  const [start, end] = [random.uniform(0, 0.08), random.uniform(0.93, 1)];
  return (at) => {
    const share = Math.min(Math.max((at - start) / (end - start), 0), 1);
    return share + warp * Math.sin(Math.PI * share);
  };
}

/** Slow involuntary movement of someone who stands: amplitudes in degrees and leg lengths. */
const swayAmplitudes: readonly (readonly [Degree, number])[] = [
  ['aside', 0.012],
  ['bend', 1.2],
  ['side', 1],
  ['twist', 2],
  ['turn', 5],
  ['nod', 3],
  ['leftSpread', 1.5],
  ['rightSpread', 1.5],
  ['leftElbow', 2.5],
  ['rightElbow', 2.5],
];

function drawSway(random: Random): (seconds: number) => Pose {
  const waves = swayAmplitudes.map(([name, amplitude]) => {
    const size = amplitude * random.uniform(0.3, 1);
    const [rate, start] = [2 * Math.PI * random.uniform(0.15, 0.5), 2 * Math.PI * random.next()];
    return [name, (seconds: number) => size * Math.sin(rate * seconds + start)] as const;
  });
  return (seconds) => Object.fromEntries(waves.map(([name, wave]) => [name, wave(seconds)])) as Pose;
}

function checkOptions({
  action,
  fps = 30,
  frames = 1,
  speed = 1,
  amplitude = 1,
  noise = 0,
  occlusion = 0,
}: SyntheticMotionOptions) {
  if (!Object.hasOwn(actions, action))
    refuse(`one of ${syntheticActions.join(', ')}`, JSON.stringify(action) ?? 'none');
  for (const [name, value] of Object.entries({ fps, speed, amplitude })) {
    if (!(value > 0 && value <= 1000)) refuse(`${name} above 0 and up to 1000`, `${value}`);
  }
  if (!(Number.isInteger(frames) && frames > 0)) refuse('at least 1 frame', `${frames}`);
  if (!(noise >= 0 && Number.isFinite(noise))) refuse('noise of at least 0', `${noise}`);
  if (!(occlusion >= 0 && occlusion <= 0.9)) refuse('occlusion from 0 to 0.9', `${occlusion}`);
}

function refuse(expected: string, actual: string): never {
  throw new KinegraphError({ code: 'invalid-argument', where: 'syntheticMotion', expected, actual });
}
