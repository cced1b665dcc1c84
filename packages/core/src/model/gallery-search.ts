/** The search behind a gallery: all queries against all examples, as one product of two matrices. */
import type { Example, Metric } from './gallery-record.ts';

/** The embeddings of a gallery as rows of one matrix. */
export interface ExampleMatrix {
  /** In the order of their first example. */
  readonly labels: readonly string[];
  /** `[rows, width]` */
  readonly rows: Float32Array;
  /** For each row the position of its label. */
  readonly labelOf: Int32Array;
}

/** Puts the embeddings of examples, `width` numbers each, below each other. */
export function matrixOf(examples: readonly Example[], width: number): ExampleMatrix {
  const positions = new Map<string, number>();
  for (const { label } of examples) if (!positions.has(label)) positions.set(label, positions.size);
  const length = examples.reduce((sum, { embeddings }) => sum + embeddings.length, 0);
  const rows = new Float32Array(length);
  const labelOf = new Int32Array(length / width);
  let end = 0;
  for (const { label, embeddings } of examples) {
    rows.set(embeddings, end);
    labelOf.fill(positions.get(label) as number, end / width, (end + embeddings.length) / width);
    end += embeddings.length;
  }
  return { labels: [...positions.keys()], rows, labelOf };
}

/** The score of each label's nearest row for one query, `[labels]`; see {@link Metric}. */
export function bestScores(
  metric: Metric,
  query: Float32Array,
  { labels, rows, labelOf }: ExampleMatrix,
): Float64Array {
  const width = query.length;
  const best = new Float64Array(labels.length).fill(-Infinity);
  const nearness = metric === 'cosine' ? product : closeness;
  for (let row = 0; row < labelOf.length; row++) {
    const score = nearness(query, rows, row * width);
    const label = labelOf[row] as number;
    if (score > (best[label] as number)) best[label] = score;
  }
  return best;
}

/** One entry of the product of the queries and the transposed rows. */
function product(query: Float32Array, rows: Float32Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += (query[i] as number) * (rows[start + i] as number);
  return sum;
}

/** From differences, not from products: equal embeddings are at distance 0 then, exactly. */
function closeness(query: Float32Array, rows: Float32Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += ((query[i] as number) - (rows[start + i] as number)) ** 2;
  return 1 / (1 + Math.sqrt(sum));
}
