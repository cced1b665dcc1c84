/** Samples whose clip is made when it is asked for, so that a large data set stays in memory as compactly as it is stored. */
import type { Clip } from '@kinegraph/core';

/** The fields with a `clip` that is made anew each time it is read. */
export function withClip<F extends object>(fields: F, make: () => Clip): F & { readonly clip: Clip } {
  return Object.defineProperty({ ...fields }, 'clip', { get: make, enumerable: true }) as F & { readonly clip: Clip };
}

/** A sample with other fields; unlike spreading, it does not make the clip. */
export function withFields<S extends object, F extends object>(sample: S, fields: F): S & F {
  const descriptors = { ...Object.getOwnPropertyDescriptors(sample), ...Object.getOwnPropertyDescriptors(fields) };
  return Object.defineProperties({}, descriptors) as S & F;
}
