/** Conversion between the units of length. */
import { KinegraphError } from '../tensor/error.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Clip, Unit } from './clip.ts';

/**
 * The clip in another unit: meters and millimeters convert into each other, and a clip without a unit is taken as it is.
 *
 * @throws `unsupported` for units that have no fixed ratio, such as pixels and meters.
 */
export function convertUnit(clip: Clip, unit: Unit): Clip {
  if (clip.unit === unit) return clip;
  if (clip.unit === undefined) return { ...clip, unit };
  if (clip.unit === 'meter' && unit === 'millimeter') return { ...clip, unit, positions: scaled(clip.positions, 1000) };
  if (clip.unit === 'millimeter' && unit === 'meter')
    return { ...clip, unit, positions: scaled(clip.positions, 1 / 1000) };
  throw new KinegraphError({
    code: 'unsupported',
    where: 'convertUnit',
    expected: `positions in ${unit}`,
    actual: clip.unit,
    hint: 'Bring the clip to that unit yourself, or normalize it first.',
  });
}

/** Every element times a factor. */
export function scaled({ shape, data }: Tensor<'float32'>, factor: number): Tensor<'float32'> {
  return tensor(
    'float32',
    shape,
    data.map((value) => value * factor),
  );
}
