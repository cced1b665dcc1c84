/** A random change of build: the same motion of somebody with longer arms, or a shorter trunk. */
import { badOption, checkOptions } from '../tensor/options.ts';
import type { Random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import type { Clip } from './clip.ts';
import type { Layout } from './layout.ts';

/**
 * Makes each bone longer or shorter by a factor from 1 - range to 1 + range, default 0.1: one draw a bone for the whole clip, the same for
 * left and right and for all persons.
 *
 * Bones keep their directions, and the root its place, so that hands and feet end up elsewhere. Of a missing joint nothing is changed.
 */
export function stretchLimbs(clip: Clip, random: Random, options: { readonly range?: number } = {}): Clip {
  checkOptions('stretchLimbs', options, ['range']);
  const { range = 0.1 } = options;
  if (!(range >= 0 && range < 1)) throw badOption('stretchLimbs', 'a range of at least 0, below 1', `${range}`);
  const { parents, mirror } = clip.layout;
  const draws = parents.map(() => random.uniform(-range, range));
  const growth = parents.map((_, joint) => draws[Math.min(joint, mirror[joint] as number)] as number);
  const order = fromRoot(clip.layout);
  const [, , joints, dimensions] = clip.positions.shape as [number, number, number, number];
  const { data } = clip.positions;
  const seen = clip.confidence?.data;
  const moved = data.slice();
  const shift = new Float64Array(joints);
  for (let row = 0; row < data.length / dimensions; row += joints) {
    for (let c = 0; c < dimensions; c++) {
      const at = (joint: number) => data[(row + joint) * dimensions + c] as number;
      for (const joint of order) {
        const parent = parents[joint] as number;
        const known = parent >= 0 && seen?.[row + joint] !== 0 && seen?.[row + parent] !== 0;
        const own = known ? (growth[joint] as number) * (at(joint) - at(parent)) : 0;
        shift[joint] = own + (parent >= 0 ? (shift[parent] as number) : 0);
        if (seen?.[row + joint] !== 0) moved[(row + joint) * dimensions + c] = at(joint) + (shift[joint] as number);
      }
    }
  }
  return { ...clip, positions: tensor('float32', clip.positions.shape, moved) };
}

/** The joints, each after its parent. */
function fromRoot({ parents }: Layout): readonly number[] {
  const depth = (joint: number): number => (parents[joint] === -1 ? 0 : 1 + depth(parents[joint] as number));
  return parents.map((_, joint) => joint).sort((a, b) => depth(a) - depth(b));
}
