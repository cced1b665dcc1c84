/** Adjacency stacks of a layout: the published ways to partition a joint's neighborhood (spec encoders §3). */
import { KinegraphError } from '../tensor/error.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Layout } from './layout.ts';

/**
 * How neighbors are split into subsets.
 *
 * - `spatial`: itself, inward edges, outward edges (2s-AGCN, CTR-GCN, ST-GCN++).
 * - `spatial-configuration`: itself, neighbors at least as far from the center, nearer ones (ST-GCN).
 * - `spatial-configuration-legacy`: the same as the ST-GCN repository ships it, where distances above 1 compare equal.
 * - `distance`: itself, neighbors. `uniform`: both in one.
 */
export type Partition = 'spatial' | 'spatial-configuration' | 'spatial-configuration-legacy' | 'distance' | 'uniform';

/**
 * The adjacency stack `[K, V, V]` of a layout: row = target of an edge, column = source, so that features multiplied from the left,
 * `y[w] = sum_v x[v] A[v, w]`, flow from the rows to the columns (spec encoders §3.1, §3.3).
 *
 * Columns are divided by their sums: those of each subset in `spatial`, those of all subsets together in the others.
 */
export function adjacency(layout: Layout, partition: Partition): Tensor<'float32'> {
  const subsets = build(layout, partition);
  const count = layout.joints.length;
  const data = new Float32Array(subsets.length * count * count);
  for (const [k, subset] of subsets.entries()) data.set(subset, k * count * count);
  return tensor('float32', [subsets.length, count, count], data);
}

function build(layout: Layout, partition: Partition): Float64Array[] {
  switch (partition) {
    case 'spatial':
      return [
        matrix(layout, (j, i) => j === i),
        perColumn(matrix(layout, (j, i) => layout.parents[i] === j)),
        perColumn(matrix(layout, (j, i) => layout.parents[j] === i)),
      ];
    case 'spatial-configuration':
      return configuration(layout, Number.POSITIVE_INFINITY);
    case 'spatial-configuration-legacy':
      return configuration(layout, 1);
    case 'distance':
      return split(layout, [(j, i) => j === i, (j, i) => j !== i]);
    case 'uniform':
      return split(layout, [() => true]);
    default:
      throw new KinegraphError({
        code: 'invalid-argument',
        where: 'adjacency',
        expected: 'spatial, spatial-configuration, spatial-configuration-legacy, distance or uniform',
        actual: JSON.stringify(partition satisfies never) ?? 'none',
      });
  }
}

/** ST-GCN's spatial configuration; distances beyond `reach` count as equally far. */
function configuration(layout: Layout, reach: number): Float64Array[] {
  const distance = distances(layout).map((hops) => (hops > reach ? Number.POSITIVE_INFINITY : hops));
  const farther = (j: number, i: number) => (distance[j] as number) >= (distance[i] as number);
  return split(layout, [(j, i) => j === i, (j, i) => j !== i && farther(j, i), (j, i) => j !== i && !farther(j, i)]);
}

/** The column-normalized adjacency of joints and their neighbors, split by conditions on [target, source]. */
function split(layout: Layout, conditions: readonly ((j: number, i: number) => boolean)[]): Float64Array[] {
  const { parents } = layout;
  const all = perColumn(matrix(layout, (j, i) => j === i || parents[i] === j || parents[j] === i));
  const count = layout.joints.length;
  return conditions.map((holds) =>
    all.map((weight, place) => (holds(Math.floor(place / count), place % count) ? weight : 0)),
  );
}

/** Hops from the center along the tree. */
function distances(layout: Layout): number[] {
  const result = layout.joints.map(() => Number.POSITIVE_INFINITY);
  let front = [layout.center];
  for (let hops = 0; front.length > 0; hops++) {
    for (const joint of front) result[joint] = hops;
    front = layout.joints.flatMap((_, joint) => {
      const touches = front.some((other) => layout.parents[other] === joint || layout.parents[joint] === other);
      return touches && result[joint] === Number.POSITIVE_INFINITY ? [joint] : [];
    });
  }
  return result;
}

function matrix({ joints }: Layout, holds: (row: number, column: number) => boolean): Float64Array {
  const count = joints.length;
  return Float64Array.from({ length: count * count }, (_, i) => (holds(Math.floor(i / count), i % count) ? 1 : 0));
}

/** Every column divided by its sum, where that is above 0. */
function perColumn(values: Float64Array): Float64Array {
  const count = Math.sqrt(values.length);
  const sums = new Float64Array(count);
  for (let i = 0; i < values.length; i++) sums[i % count] = (sums[i % count] as number) + (values[i] as number);
  return values.map((value, i) => value && value / (sums[i % count] as number));
}
