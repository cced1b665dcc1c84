/** Which of the bodies that a Kinect saw are the persons of a clip: the three published ways for NTU RGB+D (spec encoders §5.2). */
import { type NtuBody, ntuJoints } from './ntu-skeleton-file.ts';

/**
 * `first-two`: the first two bodies of each frame in the order of the file (ST-GCN). `energy`: of the first four, the two that vary most
 * (2s-AGCN). `denoised`: bodies are followed by their ids, implausible ones dropped, and those that move most become two actors
 * (CTR-GCN, InfoGCN, pyskl).
 */
export type NtuBodies = 'first-two' | 'energy' | 'denoised';

/** The persons of a recording. */
export interface NtuPersons {
  readonly persons: number;
  /** `[M, T, 25, 3]`; where a person is not in a frame, zeros. */
  readonly positions: Float32Array;
}

/** Numbers of a body in one frame. */
const size = ntuJoints * 3;

/** Chooses the persons of a recording; undefined if there is no body in any frame. */
export function selectBodies(frames: readonly (readonly NtuBody[])[], bodies: NtuBodies): NtuPersons | undefined {
  if (frames.every((frame) => frame.every(({ joints }) => !joints.some((value) => value !== 0)))) return undefined;
  if (bodies === 'denoised') return denoised(frames);
  const slots = stack(frames, bodies === 'energy' ? 4 : 2).filter((slot) => slot.some((value) => value !== 0));
  if (bodies === 'first-two') return join(slots);
  const energies = new Map(slots.map((slot) => [slot, energy(slot)]));
  const ranked = slots.toSorted((a, b) => (energies.get(b) as number) - (energies.get(a) as number));
  return join(ranked.slice(0, 2));
}

/** The first bodies of each frame by their place in it, each `[T, 25, 3]`. */
function stack(frames: readonly (readonly NtuBody[])[], count: number): Float32Array[] {
  return Array.from({ length: count }, (_, slot) => {
    const positions = new Float32Array(frames.length * size);
    for (const [frame, bodies] of frames.entries()) {
      const body = bodies[slot];
      if (body) positions.set(body.joints, frame * size);
    }
    return positions;
  });
}

/** The sum of the standard deviations of x, y and z over the frames that have the body (2s-AGCN). */
function energy(slot: Float32Array): number {
  const present = frameNumbers(slot).filter((frame) => isSeen(slot, frame));
  return variances(slot, present).reduce((sum, variance) => sum + Math.sqrt(variance), 0);
}

/** A body that was followed through a recording. */
interface Track {
  /** Its first frame. Its further ones are taken to follow without a gap, as in the published scripts. */
  readonly start: number;
  /** `[T, 25, 3]` */
  readonly positions: Float32Array;
  readonly motion: number;
}

/** Tracks of fewer frames are noise. */
const minTrack = 12;
/** A body wider than this share of its height is noise in that frame, */
const widest = 0.8;
/** and noise altogether if it is in so many of its frames. */
const maxNoise = 0.69754;

function denoised(frames: readonly (readonly NtuBody[])[]): NtuPersons {
  const seen = frames.filter((bodies) => bodies.length > 0);
  const all = followBodies(seen);
  const long = all.filter((track) => framesOf(track) >= minTrack);
  const tracks = dropSpread(all.length === 1 || long.length === 0 ? all : long);
  const actors = castActors(tracks, seen.length);
  return withoutEmpty(tracks.length === 1 ? actors.slice(0, 1) : actors);
}

/** The tracks of a recording in the order in which they appear; a second body with an id in one frame is one of its own. */
function followBodies(frames: readonly (readonly NtuBody[])[]): Track[] {
  const found = new Map<string, { readonly start: number; readonly parts: Float32Array[] }>();
  for (const [frame, bodies] of frames.entries()) {
    const counts = new Map<string, number>();
    for (const { id, joints } of bodies) {
      const count = counts.get(id) ?? 0;
      counts.set(id, count + 1);
      const key = `${id} ${count}`;
      const track = found.get(key) ?? { start: frame, parts: [] };
      track.parts.push(joints);
      found.set(key, track);
    }
  }
  return [...found.values()].map(({ start, parts }) => {
    const positions = new Float32Array(parts.length * size);
    for (const [index, joints] of parts.entries()) positions.set(joints, index * size);
    return { start, positions, motion: motionOf(positions, frameNumbers(positions)) };
  });
}

/** Drops bodies that are mostly too wide, but never the last; for the others only plausible frames count as motion. */
function dropSpread(tracks: readonly Track[]): Track[] {
  let left = tracks.length;
  return tracks.flatMap((track) => {
    if (left === 1) return track;
    const total = framesOf(track);
    const plausible = frameNumbers(track.positions).filter((frame) => isUpright(bodyAt(track.positions, frame)));
    if (plausible.length === total) return track;
    if ((total - plausible.length) / total < maxNoise) {
      return { ...track, motion: Math.min(track.motion, motionOf(track.positions, plausible)) };
    }
    left--;
    return [];
  });
}

/** The body that moves most is the first actor; each further one goes on for the first if that is free, else for the second. */
function castActors(tracks: readonly Track[], frames: number): Float32Array[] {
  const ranked = tracks.toSorted((a, b) => b.motion - a.motion);
  // The second actor's time begins at 0 and not at its first frame, as in the published scripts.
  const actors = [ranked[0]?.start ?? 0, 0].map((start) => ({
    positions: new Float32Array(frames * size),
    start,
    end: start,
  }));
  for (const track of ranked) {
    const end = track.start + framesOf(track) - 1;
    const actor = actors.find((one) => Math.min(one.end, end) <= Math.max(one.start, track.start));
    if (!actor) continue;
    actor.positions.set(track.positions, track.start * size);
    actor.start = Math.min(actor.start, track.start);
    actor.end = Math.max(actor.end, end);
  }
  return actors.map(({ positions }) => positions);
}

/** Persons without the frames in which there is none. */
function withoutEmpty(persons: readonly Float32Array[]): NtuPersons {
  const frames = frameNumbers(persons[0] as Float32Array).filter((frame) => persons.some((one) => isSeen(one, frame)));
  return join(
    persons.map((person) => {
      const kept = new Float32Array(frames.length * size);
      for (const [index, frame] of frames.entries()) kept.set(bodyAt(person, frame), index * size);
      return kept;
    }),
  );
}

function join(persons: readonly Float32Array[]): NtuPersons {
  const length = persons[0]?.length ?? 0;
  const positions = new Float32Array(persons.length * length);
  for (const [index, person] of persons.entries()) positions.set(person, index * length);
  return { persons: persons.length, positions };
}

function isUpright(body: Float32Array): boolean {
  const extent = (axis: number) => {
    let low = Infinity;
    let high = -Infinity;
    for (let i = axis; i < body.length; i += 3) {
      low = Math.min(low, body[i] as number);
      high = Math.max(high, body[i] as number);
    }
    return high - low;
  };
  return extent(0) <= widest * extent(1);
}

/** Variances of x, y and z over all joints of some frames. */
function variances(positions: Float32Array, frames: readonly number[]): number[] {
  const count = frames.length * ntuJoints;
  return [0, 1, 2].map((axis) => {
    const sumOf = (term: (x: number) => number) => {
      let sum = 0;
      for (const frame of frames) {
        for (let i = frame * size + axis; i < (frame + 1) * size; i += 3) sum += term(positions[i] as number);
      }
      return sum;
    };
    const mean = sumOf((x) => x) / count;
    return sumOf((x) => (x - mean) ** 2) / count;
  });
}

const motionOf = (positions: Float32Array, frames: readonly number[]) =>
  variances(positions, frames).reduce((sum, variance) => sum + variance, 0);
const frameNumbers = (positions: Float32Array) => Array.from({ length: positions.length / size }, (_, frame) => frame);
const framesOf = ({ positions }: Track) => positions.length / size;
const bodyAt = (positions: Float32Array, frame: number) => positions.subarray(frame * size, (frame + 1) * size);
const isSeen = (positions: Float32Array, frame: number) => bodyAt(positions, frame).some((value) => value !== 0);
