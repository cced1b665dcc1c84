/** Seeds of many generators from a few numbers. */

/** One 32-bit seed of several whole numbers, so that neighbors differ widely (each mixed in by the finalizer of MurmurHash3). */
export function combineSeeds(...parts: readonly number[]): number {
  let hash = 0;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part + 0x9e3779b9), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash;
}
