/** Resampling by time: from any frame rate, even or not, to an even one. */
import { KinegraphError } from '../tensor/error.ts';
import { checkOptions } from '../tensor/options.ts';
import { type Clip, frameTimes } from './clip.ts';
import { applyFrames, type FrameMap, interpolated } from './frame-map.ts';

/** The most frames that resampling makes: nine hours at 30 frames a second. */
const maxFrames = 1_000_000;

/**
 * The clip at another frame rate, by linear interpolation in time from its first frame on.
 *
 * Follows the timestamps where there are any, else the clip's fps; a one-frame clip stays one frame. A clip that already has the rate
 * and no timestamps is returned as it is.
 *
 * @throws `invalid-clip` if the clip has neither timestamps nor fps; `invalid-argument` unless fps is above 0.
 */
export function resample(clip: Clip, options: { readonly fps: number }): Clip {
  checkOptions('resample', options, ['fps']);
  const { fps } = options;
  if (!(fps > 0 && Number.isFinite(fps))) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'resample',
      expected: 'fps above 0',
      actual: `${fps}`,
    });
  }
  if (clip.fps === fps && !clip.timestamps) return clip;
  const times = frameTimes(clip);
  if (!times) {
    throw new KinegraphError({
      code: 'invalid-clip',
      where: 'resample',
      expected: 'a clip with fps or timestamps',
      actual: 'neither',
      hint: 'Say how fast it was recorded: clip(layout, positions, { fps: 30 }).',
    });
  }
  return { ...applyFrames(clip, timeMap(times, fps)), fps };
}

/** The frame map to times 0, 1/fps, 2/fps ... up to the last of `times` (seconds, increasing, from 0). */
function timeMap(times: Float64Array, fps: number): FrameMap {
  const last = times.length - 1;
  // A hair more than the duration, so that rounding does not lose the last frame.
  const frames = Math.floor((times[last] as number) * fps + 1e-6) + 1;
  if (frames > maxFrames) {
    throw new KinegraphError({
      code: 'invalid-clip',
      where: 'resample',
      expected: `at most ${maxFrames} frames`,
      actual: `${frames} (${times[last]} seconds at ${fps} frames a second)`,
      hint: 'Timestamps are in seconds.',
    });
  }
  let before = 0;
  return interpolated(frames, 0, times.length, (frame) => {
    const time = frame / fps;
    while (before < last && (times[before + 1] as number) <= time) before++;
    if (before === last) return last;
    const start = times[before] as number;
    return before + (time - start) / ((times[before + 1] as number) - start);
  });
}
