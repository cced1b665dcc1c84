import { expect, it } from 'vitest';
import { KinegraphError } from '../tensor/error.ts';
import { createRandom } from '../tensor/random.ts';
import { randomClip } from '../testing/synthetic/random-clip.ts';
import { cropTime, dropJoints, jitter, mirror, rescale, rotate } from './augment.ts';
import { clip } from './clip.ts';
import { type InputSpec, prepare } from './input.ts';
import { defineLayout } from './layout.ts';
import { coco17, ntu25 } from './layouts.ts';
import { center, scaleBody } from './normalize.ts';
import { remap, remapPlan } from './remap.ts';
import { resample } from './resample.ts';
import { cropResize, uniformSample } from './sampling.ts';

const body = randomClip(ntu25);
const random = createRandom(1);
const spec: InputSpec = {
  layout: ntu25,
  frames: 4,
  persons: 1,
  dimensions: 3,
  confidence: false,
  sampling: 'uniform',
};

/** Every function of a clip that takes options, with wrong ones. */
const functions: Readonly<Record<string, (options: never) => unknown>> = {
  defineLayout: (options) => defineLayout('arm', { hand: null }, options),
  clip: (options) => clip(ntu25, new Float32Array(75), options),
  remap: (options) => remap(body, coco17, options),
  remapPlan: (options) => remapPlan(ntu25, coco17, options),
  resample: (options) => resample(body, options),
  cropResize: (options) => cropResize(body, 4, options),
  uniformSample: (options) => uniformSample(body, 4, options),
  prepare: (options) => prepare(body, spec, options),
  center: (options) => center(body, options),
  scaleBody: (options) => scaleBody(body, options),
  rotate: (options) => rotate(body, random, options),
  rescale: (options) => rescale(body, random, options),
  cropTime: (options) => cropTime(body, random, options),
  mirror: (options) => mirror(body, random, options),
  jitter: (options) => jitter(body, random, options),
  dropJoints: (options) => dropJoints(body, random, options),
};

it.each(Object.entries(functions))('%s refuses options that it does not know', (name, call) => {
  for (const [options, actual] of [
    [{ optoin: 1 }, '"optoin"'],
    [null, 'null'],
    [30, '30'],
  ] as const) {
    let error: unknown;
    try {
      call(options as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(KinegraphError.is(error, 'invalid-argument')).toBe(true);
    expect(String(error)).toMatch(new RegExp(`${name}: expected .*options.*, got ${actual}\\.`));
  }
});
