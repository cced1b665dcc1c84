/** Timing of one function: warm-up, several runs, median and minimum. */

/** Options of all benches. */
export interface BenchOptions {
  readonly batches: readonly number[];
  readonly threads: number;
  readonly runs: number;
  readonly modes: readonly string[];
  /** Names of encoders. */
  readonly models: readonly string[];
  readonly python: string | undefined;
  readonly onnx: readonly string[];
  /** Channels of CTR-GCN's first stage. */
  readonly width: number;
  readonly frames: number;
}

/** One line of output. */
export type Measurement = Readonly<Record<string, string | number>>;

/** Times of a function in milliseconds, after three runs that do not count: the first few also find their memory. */
export async function timed(run: () => Promise<unknown>, runs: number): Promise<{ medianMs: number; minMs: number }> {
  for (let i = 0; i < 3; i++) await run();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { medianMs: rounded(times[times.length >> 1] as number, 1), minMs: rounded(times[0] as number, 1) };
}

/** A figure with so many decimals at most. */
export function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** Times several functions in turn, so that all meet the same moments of a noisy machine: the median of each. */
export async function interleaved(functions: readonly (() => Promise<unknown>)[], runs: number): Promise<number[]> {
  for (const run of functions) for (let i = 0; i < 3; i++) await run();
  const times = functions.map(() => [] as number[]);
  for (let i = 0; i < runs; i++) {
    for (const [k, run] of functions.entries()) {
      const start = performance.now();
      await run();
      times[k]?.push(performance.now() - start);
    }
  }
  return times.map((values) => values.sort((a, b) => a - b)[values.length >> 1] as number);
}
