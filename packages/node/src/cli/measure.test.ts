import { type Clip, type Model, ntu25, prepare, tensor } from '@kinegraph/core';
import { randomClip } from '@kinegraph/core/testing';
import { describe, expect, it } from 'vitest';
import type { LabeledSample } from '../datasets/dataset.ts';
import { measure } from './measure.ts';

const input = { layout: ntu25, frames: 4, persons: 1, dimensions: 3, confidence: false, sampling: 'uniform' } as const;
const labels = ['up', 'down'];
const share = (logit: number) => 1 / (1 + Math.exp(-logit));
/** What the model below sees in a sample: its first number, enlarged. */
const logitOf = (positions: Float32Array) => 3 * (positions[0] as number);

const model = {
  manifest: { labels, input, outputs: { logits: 'scores' } },
  session: {
    run: async ({ positions }: { positions: { shape: readonly number[]; data: Float32Array } }) => {
      const [rows] = positions.shape as [number];
      const size = positions.data.length / rows;
      const logits = Array.from({ length: rows }, (_, row) => [logitOf(positions.data.subarray(row * size)), 0]);
      return { scores: tensor('float32', [rows, 2], Float32Array.from(logits.flat())) };
    },
  },
} as unknown as Model;

const sampleOf = (clip: Clip, i: number): LabeledSample => ({
  clip,
  label: labels[i % 2] as string,
  id: `${i}`,
  subject: i,
  extra: {},
});
const samples = Array.from({ length: 23 }, (_, i) => sampleOf(randomClip(ntu25, { frames: 9 + i, seed: i }), i));

describe('measure', () => {
  it('averages probabilities over several samples of a recording', async () => {
    const count = 3;
    const progress: number[] = [];
    const report = await measure(
      model,
      { labels, train: [], test: samples },
      { signal: new AbortController().signal, onProgress: (done) => progress.push(done), clips: count },
    );
    const means = samples.map(({ clip }) => {
      const views = Array.from({ length: count }, (_, index) => prepare(clip, input, { view: { index, count } }));
      return views.reduce((sum, { data }) => sum + share(logitOf(data)), 0) / count;
    });
    const losses = means.map((mean, i) => -Math.log(i % 2 === 0 ? mean : 1 - mean));
    expect(report.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / losses.length, 5);
    const right = means.filter((mean, i) => mean > 0.5 === (i % 2 === 0)).length;
    expect(report.top1).toBeCloseTo(right / samples.length);
    expect(progress.at(-1)).toBe(samples.length);
    const once = await measure(
      model,
      { labels, train: [], test: samples },
      { signal: new AbortController().signal, onProgress: () => undefined, clips: 2 },
    );
    expect(once.loss).not.toBe(report.loss);
  });
});
