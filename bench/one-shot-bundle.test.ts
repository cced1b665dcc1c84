/** The shipped one-shot bundle on SYNTHETIC motion, as MediaPipe, COCO and Kinect would give it. */
import { readFile } from 'node:fs/promises';
import {
  type Clip,
  clip,
  coco17,
  createGallery,
  createRandom,
  kinect20,
  type Layout,
  mediapipe33,
  ntu25,
  readBundle,
  tensor,
  turnUp,
} from '@kinegraph/core';
import { type SyntheticAction, syntheticMotion } from '@kinegraph/core/testing';
import { open } from '@kinegraph/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const file = new URL('../models/one-shot.onnx', import.meta.url);
const actions: readonly SyntheticAction[] = ['wave', 'squat', 'jump', 'punch', 'sit', 'pick up'];

type Model = Awaited<ReturnType<typeof open>>;
let model: Model;
beforeAll(async () => {
  model = await open(file);
});
afterAll(() => model.dispose());

/** How an estimator gives a clip. */
type Source = (action: SyntheticAction, seed: number) => Clip;

const joints =
  (layout: Layout): Source =>
  (action, seed) =>
    syntheticMotion({ action, layout, subject: seed, random: createRandom(seed) });

/** World landmarks of MediaPipe: meters, y down. */
const worldLandmarks: Source = (action, seed) => turnUp(joints(mediapipe33)(action, seed), 'y', '-y');

/** Keypoints in pixels, which get a depth of 0. */
const keypoints: Source = (action, seed) => {
  const { positions, fps } = syntheticMotion({
    action,
    layout: coco17,
    dimensions: 2,
    subject: seed,
    random: createRandom(seed),
  });
  const frames = positions.shape[1] as number;
  const flat = new Float32Array((positions.data.length / 2) * 3);
  for (let i = 0; i < positions.data.length; i++) flat[3 * (i >> 1) + (i & 1)] = positions.data[i] as number;
  return clip(coco17, tensor('float32', [1, frames, 17, 3], flat), { ...(fps && { fps }) });
};

/** How many of the queries a gallery of one example an action tells right: every action by five people. */
async function recognized(enrolled: Source, asked: Source): Promise<number> {
  const gallery = createGallery(model, { threshold: -1 });
  for (const action of actions) await gallery.enrol(action, enrolled(action, 100));
  let right = 0;
  for (const action of actions) {
    for (let seed = 1; seed <= 5; seed++) {
      const [best] = await gallery.match(asked(action, seed));
      if (best?.label === action) right++;
    }
  }
  return right / (5 * actions.length);
}

describe('models/one-shot.onnx on synthetic motion', () => {
  it('is small, says what it was made of, and has a threshold', async () => {
    const bytes = new Uint8Array(await readFile(file));
    expect(bytes.length).toBeLessThan(3e6);
    const { manifest } = readBundle(bytes);
    expect(manifest.outputs.embedding).toBe('embedding');
    expect(manifest.threshold).toBeGreaterThan(0);
    expect(manifest.license).toMatch(/MIT/);
    expect(manifest.data).toMatch(/UI-PRMD|Rehabilitation/);
    expect(manifest.data).not.toMatch(/HDM05/);
  });

  it.each<[string, Source, number]>([
    ['MediaPipe world landmarks', worldLandmarks, 0.8],
    ['COCO joints in space', joints(coco17), 0.8],
    ['COCO keypoints in pixels, depth 0', keypoints, 0.5],
    ['Kinect v2', joints(ntu25), 0.8],
    ['Kinect v1', joints(kinect20), 0.8],
  ])('finds actions again that it was shown once: %s', async (_, source, least) => {
    expect(await recognized(source, source)).toBeGreaterThan(least);
  });

  it('knows an action from another estimator', async () => {
    expect(await recognized(joints(ntu25), worldLandmarks)).toBeGreaterThan(0.8);
  });

  it('gives the same score whatever the unit and the place', async () => {
    const gallery = createGallery(model);
    const wave = joints(ntu25)('wave', 1);
    await gallery.enrol('wave', wave);
    const moved = clip(ntu25, { ...wave.positions, data: wave.positions.data.map((value) => 1000 * value + 500) });
    const [best] = await gallery.match(moved);
    expect(best?.score).toBeCloseTo(1, 3);
  });
});
