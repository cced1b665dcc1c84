/** A skeleton inferred from its motion, for data sets that name joints but not how they hang together. */

/** Points of several recordings one after the other. */
export interface MotionArray {
  readonly joints: number;
  /** `[frames, joints, 3]` */
  readonly points: ArrayLike<number>;
  /** Where each recording lies, in frames. */
  readonly clips: readonly { readonly start: number; readonly frames: number }[];
}

/** So many recordings, and frames of each, say enough about lengths. */
const maxClips = 64;
const maxFrames = 48;
/** How much a pair's mean distance counts beside its variation; both choose bones, the distance mainly between rigid pairs. */
const distanceWeight = 0.1;

/**
 * Parents of joints whose skeleton is not known: the tree of those pairs whose distance changes least (Kirk, O'Brien, Forsyth,
 * "Skeletal Parameter Estimation from Optical Motion Capture Data", CVPR 2005, §3), hung from the joint nearest to all others.
 *
 * On UI-PRMD (Kinect) it finds all 21 published bones, of CMU's 30 it misses the two of the thumbs.
 */
export function inferParents(motion: MotionArray): number[] {
  const { joints } = motion;
  const costs = pairCosts(motion);
  const neighbors = Array.from({ length: joints }, (): number[] => []);
  const inside = [0];
  const outside = new Set(Array.from({ length: joints - 1 }, (_, index) => index + 1));
  while (outside.size > 0) {
    let best: [cost: number, from: number, to: number] = [Number.POSITIVE_INFINITY, 0, 0];
    for (const from of inside) {
      for (const to of outside) {
        const cost = costs[from * joints + to] as number;
        if (cost < best[0] || best[2] === 0) best = [cost, from, to];
      }
    }
    const [, from, to] = best;
    neighbors[from]?.push(to);
    neighbors[to]?.push(from);
    inside.push(to);
    outside.delete(to);
  }
  return hangFromCenter(neighbors);
}

/** Mean over recordings of each pair's standard deviation of distance, plus a share of its mean: `[joints, joints]`. */
function pairCosts({ joints, points, clips }: MotionArray): Float64Array {
  const costs = new Float64Array(joints * joints);
  const clipStep = Math.max(1, Math.floor(clips.length / maxClips));
  for (let index = 0; index < clips.length; index += clipStep) {
    const { start, frames } = clips[index] as MotionArray['clips'][number];
    const step = Math.max(1, Math.floor(frames / maxFrames));
    for (let a = 0; a < joints; a++) {
      for (let b = 0; b < a; b++) {
        let [count, sum, squares] = [0, 0, 0];
        for (let frame = start; frame < start + frames; frame += step) {
          const length = distance(points, (frame * joints + a) * 3, (frame * joints + b) * 3);
          count++;
          sum += length;
          squares += length * length;
        }
        const mean = sum / count;
        const cost = Math.sqrt(Math.max(0, squares / count - mean * mean)) + distanceWeight * mean;
        costs[a * joints + b] = (costs[a * joints + b] as number) + cost;
        costs[b * joints + a] = costs[a * joints + b] as number;
      }
    }
  }
  return costs;
}

function distance(points: ArrayLike<number>, a: number, b: number): number {
  const along = (axis: number) => (points[a + axis] as number) - (points[b + axis] as number);
  return Math.hypot(along(0), along(1), along(2));
}

/** Parents of a tree hung from the joint with the fewest steps to all others; of several such, the first. */
function hangFromCenter(neighbors: readonly (readonly number[])[]): number[] {
  let best = { steps: Number.POSITIVE_INFINITY, parents: [-1] };
  for (let root = 0; root < neighbors.length; root++) {
    const parents = neighbors.map(() => -1);
    let [steps, depth] = [0, 0];
    for (let level = [root]; level.length > 0; depth++) {
      steps += depth * level.length;
      level = level.flatMap((joint) =>
        (neighbors[joint] ?? []).filter((next) => {
          if (next === parents[joint]) return false;
          parents[next] = joint;
          return true;
        }),
      );
    }
    if (steps < best.steps) best = { steps, parents };
  }
  return best.parents;
}
