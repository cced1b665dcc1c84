/** NumPy broadcasting of shapes, as ONNX defines it. */

/** The shape that the given shapes broadcast to, or `undefined` if they do not. */
export function broadcastShapes(...shapes: (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    for (let axis = 0; axis < shape.length; axis++) {
      const size = shape[axis] as number;
      const current = result[axis + offset] as number;
      if (size === 1 || size === current) continue;
      if (current !== 1) return undefined;
      result[axis + offset] = size;
    }
  }
  return result;
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Axes of `shape` along which `target` (aligned at the end) has size one or no axis at all. */
export function broadcastAxes(shape: readonly number[], target: readonly number[]): number[] {
  const offset = shape.length - target.length;
  return shape.flatMap((size, axis) => (axis < offset || (target[axis - offset] === 1 && size !== 1) ? [axis] : []));
}
