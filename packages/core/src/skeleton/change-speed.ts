/** A random change of pace: the same motion done faster or slower, and not evenly. */
import { badOption, checkOptions } from '../tensor/options.ts';
import type { Random } from '../tensor/random.ts';
import { type Clip, frameCount, frameTimes } from './clip.ts';
import { applyFrames, interpolated } from './frame-map.ts';
import { resample } from './resample.ts';

/**
 * Plays the clip faster or slower, by a factor from 1 - range to 1 + range, default 0.2, and its beginning faster than its end or the other
 * way round, by as much again.
 *
 * The first and the last frame stay; models that sample a fixed number of frames see the unevenness only. Timestamps become an even frame rate.
 */
export function changeSpeed(clip: Clip, random: Random, options: { readonly range?: number } = {}): Clip {
  checkOptions('changeSpeed', options, ['range']);
  const { range = 0.2 } = options;
  if (!(range >= 0 && range < 1)) throw badOption('changeSpeed', 'a range of at least 0, below 1', `${range}`);
  const factor = random.uniform(1 - range, 1 + range);
  const bend = random.uniform(-range, range);
  const even = evenly(clip);
  const last = frameCount(even) - 1;
  if (last === 0) return even;
  const frames = Math.max(Math.round(last / factor), 1) + 1;
  const map = interpolated(frames, 0, last + 1, (frame) => {
    const share = frame / (frames - 1);
    // Its slope, the pace, falls from 1 + bend to 1 - bend, or rises.
    return last * (share + (bend * Math.sin(Math.PI * share)) / Math.PI);
  });
  return { ...applyFrames(even, map), ...(even.fps === undefined ? {} : { fps: even.fps }) };
}

/** The clip at an even frame rate, with as many frames as it has. */
function evenly(clip: Clip): Clip {
  const times = clip.timestamps && frameTimes(clip);
  if (!times || times.length < 2) return clip;
  return resample(clip, { fps: (times.length - 1) / (times.at(-1) as number) });
}
