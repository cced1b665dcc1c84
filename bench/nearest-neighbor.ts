/** One-shot recognition without learning: what a trained network has to beat. */
import { createRandom, type InputSpec, type Layout, prepare, tensor } from '@kinegraph/core';
import type { Sample } from '@kinegraph/core/train';
import { type EmbeddedClips, type OneShotProtocol, oneShotReport } from '@kinegraph/crossglg';

const frames = 24;

/** The mean accuracy over classes of the nearest exemplar by positions and velocities at 24 moments, of upright bodies of one size. */
export function nearestNeighbor(
  { exemplars, queries }: OneShotProtocol<Sample>,
  layout: Layout,
): { cosine: number; euclidean: number } {
  const spec: InputSpec = {
    ...{ layout, frames, persons: 1, dimensions: 3, confidence: false },
    sampling: 'uniform',
    normalize: ['align-spine', 'size', 'center'],
  };
  const clips = { exemplars: rowsOf(exemplars, spec), queries: rowsOf(queries, spec) };
  const { cosine, euclidean } = oneShotReport(clips, { random: createRandom(1) });
  return { cosine: cosine.classes, euclidean: euclidean.classes };
}

function rowsOf(samples: readonly Sample[], spec: InputSpec): EmbeddedClips {
  const joints = spec.layout.joints.length;
  const numbers = samples.map(({ clip }) => {
    const { data } = prepare(clip, spec);
    // [C, T, V]: the moment before lies V numbers earlier, except at the first.
    const moved = data.map((x, i) => (i % (frames * joints) < joints ? 0 : x - (data[i - joints] as number)));
    return [...data, ...moved];
  });
  const embeddings = tensor('float32', [samples.length, 6 * frames * joints], Float32Array.from(numbers.flat()));
  return { embeddings, labels: samples.map(({ label }) => `${label}`) };
}
