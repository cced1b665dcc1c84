/** The sum over neighbors of all subsets, the step that makes a convolution one on a graph. */
import { float32, int64, type Tensor } from '@kinegraph/core';
import {
  add,
  constant,
  gather,
  matmul,
  matmulTransposed,
  mix,
  reduceSum,
  reshape,
  swapLast,
  transpose,
  type Value,
  withGradient,
} from '@kinegraph/core/graph';

/**
 * `y_w = sum_k W_k sum_v G_k[v, w] x_v` as two products: one gathers the neighbors of all subsets side by side, one mixes the channels.
 *
 * @param x `[N, C, V, T]`
 * @param graph `[K, V, V]`, or `[N, K, V, V]` where it depends on the sample; from row to column
 * @param weight `[width, C, K]`
 * @returns `[N, width, V, T]`
 */
export function gatherAndMix(x: Value, graph: Value, weight: Value): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const [width, , subsets] = weight.shape as [number, number, number];
  const perSample = graph.shape.length === 4;
  const rows = reshape(swapLast(graph), perSample ? [n, 1, subsets * v, v] : [subsets * v, v]);
  const gathered = productOfRows(rows, x);
  return mix(reshape(gathered, [n, c * subsets, v, t]), reshape(weight, [width, c * subsets]));
}

/**
 * The product of `[R, V]` or, by sample, `[N, 1, R, V]` with x. The gradient of the matrix is `sum x dyᵀ`, transposed: for `dy xᵀ`,
 * onnxruntime would copy x.
 */
function productOfRows(rows: Value, x: Value): Value {
  const sums = rows.shape.length === 2 ? { axes: [0, 1], keep: false } : { axes: [1] };
  return withGradient(matmul(rows, x), [rows, x], (dy) => [
    swapLast(reduceSum(matmul(x, swapLast(dy)), sums)),
    matmulTransposed(rows, dy),
  ]);
}

/**
 * As {@link gatherAndMix}, for a graph of which it is known where edges can be: a subset in which few joints send does not cost a map of all.
 *
 * @param x `[N, C, V, T]`
 * @param graph `[K, V, V]`
 * @param maps `[K, width, C]`
 * @param edges `[K, V, V]`, 0 where the graph is sure to have no edge; if left out, edges may be anywhere
 * @returns `[N, width, V, T]`
 */
export function gatherAndMixSparse(x: Value, graph: Value, maps: Value, edges?: Tensor<'float32'>): Value {
  const [subsets, width, c] = maps.shape as [number, number, number];
  const v = graph.shape[1] as number;
  const all = Array.from({ length: subsets }, (_, subset) => subset);
  const pick = (value: Value, chosen: number[]) =>
    chosen.length === subsets ? value : gather(value, constant(int64(chosen)), 0);
  const together = (chosen: number[]) => gatherAndMix(x, pick(graph, chosen), transpose(pick(maps, chosen), [1, 2, 0]));
  if (!edges) return together(all);
  const known = all.map((subset) => ({ subset, senders: sendersOf(edges, subset) }));
  const sparse = known.filter(({ senders }) => fewPay(senders.length, v, c, width));
  const dense = known.filter((entry) => !sparse.includes(entry)).map(({ subset }) => subset);
  const alone = sparse
    .filter(({ senders }) => senders.length > 0)
    .map(({ subset, senders }) => {
      const map = reshape(pick(maps, [subset]), [width, c]);
      return fromSenders(x, reshape(pick(graph, [subset]), [v, v]), map, senders);
    });
  // Of a graph without edges, the plain product is the zeros that are wanted.
  if (dense.length + alone.length === 0) return together(all);
  return [...(dense.length > 0 ? [together(dense)] : []), ...alone].reduce((sum, part) => add(sum, part));
}

/** The joints that have an edge to any in a subset. */
function sendersOf(edges: Tensor<'float32'>, subset: number): number[] {
  const v = edges.shape[1] as number;
  const joints = Array.from({ length: v }, (_, joint) => joint);
  return joints.filter((from) => joints.some((to) => edges.data[(subset * v + from) * v + to] !== 0));
}

/**
 * Whether a subset is cheaper from its senders alone: multiply-adds that its map saves in a frame, against those of picking the senders
 * and of spreading what they send, which count twice, because their matrices are small.
 */
function fewPay(senders: number, v: number, c: number, width: number): boolean {
  return (v - senders) * c * width > 2 * senders * v * (c + width);
}

/** `y_w = W sum_v G[v, w] x_v`, where W maps only the joints that send. */
function fromSenders(x: Value, graph: Value, map: Value, senders: readonly number[]): Value {
  const v = graph.shape[0] as number;
  const picked = senders.flatMap((sender) => Array.from({ length: v }, (_, joint) => (joint === sender ? 1 : 0)));
  const sent = mix(matmul(constant(float32(picked, [senders.length, v])), x), map);
  return productOfRows(swapLast(gather(graph, constant(int64([...senders])), 0)), sent);
}
