/** Parts of a clip: some persons, some frames, two of three coordinates. */
import { KinegraphError } from '../tensor/error.ts';
import { formatShape, type Tensor, tensor } from '../tensor/tensor.ts';
import { type Clip, dimensionCount, frameCount, personCount } from './clip.ts';

/**
 * The given persons, in the given order.
 *
 * @throws `invalid-argument` if one of them is not in the clip, or none is asked for.
 */
export function selectPersons(clip: Clip, persons: readonly number[]): Clip {
  const count = personCount(clip);
  if (persons.length === 0 || !persons.every((person) => Number.isInteger(person) && person >= 0 && person < count)) {
    refuse('selectPersons', `persons from 0 to ${count - 1}`, formatShape(persons));
  }
  return gather(clip, persons, 0, frameCount(clip));
}

/**
 * The frames from `start` up to, not including, `end`.
 *
 * @throws `invalid-argument` unless 0 ≤ start < end ≤ T.
 */
export function sliceFrames(clip: Clip, start: number, end: number = frameCount(clip)): Clip {
  const frames = frameCount(clip);
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= frames)) {
    refuse('sliceFrames', `0 <= start < end <= ${frames}`, `start ${start}, end ${end}`);
  }
  const { timestamps } = clip;
  const persons = Array.from({ length: personCount(clip) }, (_, person) => person);
  return { ...gather(clip, persons, start, end), ...(timestamps ? { timestamps: timestamps.slice(start, end) } : {}) };
}

/** The clip seen along z: three coordinates become x and y. A clip of two stays as it is. */
export function dropDepth(clip: Clip): Clip {
  if (dimensionCount(clip) === 2) return clip;
  const { shape, data } = clip.positions;
  const joints = data.length / 3;
  const flat = new Float32Array(joints * 2);
  for (let joint = 0; joint < joints; joint++) {
    flat[2 * joint] = data[3 * joint] as number;
    flat[2 * joint + 1] = data[3 * joint + 1] as number;
  }
  return { ...clip, positions: tensor('float32', [...shape.slice(0, 3), 2], flat) };
}

/** The clip without fps and timestamps, for results whose frames are no longer evenly spaced in time. */
export function withoutClock(clip: Clip): Clip {
  const { layout, positions, confidence, unit } = clip;
  return { layout, positions, ...(confidence ? { confidence } : {}), ...(unit ? { unit } : {}) };
}

function gather(clip: Clip, persons: readonly number[], start: number, end: number): Clip {
  const cut = ({ shape, data }: Tensor<'float32'>): Tensor<'float32'> => {
    const [, frames, ...rest] = shape as [number, number, ...number[]];
    const size = rest.reduce((product, axis) => product * axis, 1);
    const block = (end - start) * size;
    const result = new Float32Array(persons.length * block);
    for (const [i, person] of persons.entries()) {
      const offset = (person * frames + start) * size;
      result.set(data.subarray(offset, offset + block), i * block);
    }
    return tensor('float32', [persons.length, end - start, ...rest], result);
  };
  const { positions, confidence } = clip;
  return { ...clip, positions: cut(positions), ...(confidence ? { confidence: cut(confidence) } : {}) };
}

function refuse(where: string, expected: string, actual: string): never {
  throw new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
