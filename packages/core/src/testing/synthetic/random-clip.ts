/** Clips of seeded noise: no plausible motion, but every joint different, for tests of arithmetic. */
import { type Clip, clip } from '../../skeleton/clip.ts';
import type { Layout } from '../../skeleton/layout.ts';
import { createRandom } from '../../tensor/random.ts';

/** What {@link randomClip} takes beside the layout. */
export interface RandomClipOptions {
  readonly seed?: number;
  readonly persons?: number;
  readonly frames?: number;
  readonly dimensions?: 2 | 3;
  /** The share of joints to mark as missing; without it the clip has no confidence. */
  readonly missing?: number;
  readonly fps?: number;
}

/** A clip of normal noise, not a person's motion; the same options give the same clip. */
export function randomClip(layout: Layout, options: RandomClipOptions = {}): Clip {
  const { seed = 1, persons = 1, frames = 8, dimensions = 3, missing, fps } = options;
  const random = createRandom(seed);
  const places = persons * frames * layout.joints.length;
  const positions = Float32Array.from({ length: places * dimensions }, () => random.normal());
  const scores = () =>
    Float32Array.from({ length: places }, () => (random.next() < (missing ?? 0) ? 0 : random.uniform(0.1, 1)));
  return clip(layout, positions, {
    persons,
    dimensions,
    ...(missing === undefined ? {} : { confidence: scores() }),
    ...(fps === undefined ? {} : { fps }),
  });
}
