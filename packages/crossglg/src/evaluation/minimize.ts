/** Minimization of smooth functions: L-BFGS (Nocedal 1980) with backtracking. */

/** A function's value and gradient at a point. */
export type Slope = (point: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

/** When to stop. */
export interface MinimizeOptions {
  readonly iterations: number;
  /** The largest element of the gradient at which a point counts as the minimum. */
  readonly tolerance: number;
}

interface Step {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  readonly curvature: number;
}

const remembered = 10;

/** Walks downhill from a point and gives where it ends. */
export function minimize(slope: Slope, start: Float64Array, { iterations, tolerance }: MinimizeOptions): Float64Array {
  const steps: Step[] = [];
  let point = start;
  let { value, gradient } = slope(point);
  for (let i = 0; i < iterations && gradient.some((part) => Math.abs(part) > tolerance); i++) {
    const direction = descent(gradient, steps);
    const incline = dot(gradient, direction);
    // The first step has no curvature to go by: it is at most 1 long.
    let length = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let next = along(point, direction, length);
    let found = slope(next);
    while (found.value > value + 1e-4 * length * incline && length > 1e-12) {
      length /= 2;
      next = along(point, direction, length);
      found = slope(next);
    }
    if (!(found.value < value)) break;
    const moved = along(next, point, -1);
    const turned = along(found.gradient, gradient, -1);
    const curvature = dot(moved, turned);
    if (curvature > 1e-12) steps.push({ moved, turned, curvature });
    if (steps.length > remembered) steps.shift();
    [point, value, gradient] = [next, found.value, found.gradient];
  }
  return point;
}

/** The direction of descent that the last steps suggest (two-loop recursion). */
function descent(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  let direction: Float64Array = gradient.map((part) => -part);
  const shares: number[] = [];
  for (const { moved, turned, curvature } of steps.toReversed()) {
    const share = dot(moved, direction) / curvature;
    shares.push(share);
    direction = along(direction, turned, -share);
  }
  const last = steps.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.turned, last.turned);
    direction = direction.map((part) => part * scale);
  }
  for (const { moved, turned, curvature } of steps) {
    const share = dot(turned, direction) / curvature;
    direction = along(direction, moved, (shares.pop() as number) - share);
  }
  return direction;
}

function along(from: Float64Array, direction: Float64Array, length: number): Float64Array {
  return from.map((part, i) => part + length * (direction[i] as number));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
