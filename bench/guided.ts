/** What CrossGLG adds to an encoder at inference: the head that ships, beside the same network without it. */
import { createRandom, ntu25, type Session } from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';
import { buildInference, classification, initialWeights, type Sample, type Task } from '@kinegraph/core/train';
import { crossglg, descriptionsFor, encodeDescriptions } from '@kinegraph/crossglg';
import { ntu120 } from '@kinegraph/crossglg/descriptions';
import { shippedEmbeddings } from '@kinegraph/crossglg/embeddings';
import { ctrgcn, infogcn, stgcnpp } from '@kinegraph/encoders';
import { createRuntime } from '@kinegraph/node';
import { type BenchOptions, interleaved, type Measurement, rounded } from './measure.ts';
import { randomPositions } from './network.ts';

const encoders = { stgcnpp, ctrgcn, infogcn };
const input = { layout: ntu25, frames: 64, persons: 2 };

/** Runs both networks in turn, for 60 classes and two persons, on one thread: waiting threads of one would slow the other down. */
export async function* benchGuided({ runs, batches }: BenchOptions): AsyncGenerator<Measurement> {
  await using runtime = createRuntime({ threads: 1 });
  const labels = ntu120.slice(0, 60).map(({ label }) => label);
  const texts = await encodeDescriptions(descriptionsFor(labels, ntu120), ntu25, shippedEmbeddings());
  for (const [name, create] of Object.entries(encoders)) {
    const bare = network(create(), classification(labels));
    const guided = network(create(), crossglg(labels, { texts }));
    await using first = await runtime.load(bare);
    await using second = await runtime.load(guided);
    for (const size of batches) {
      const positions = randomPositions([size, 2, 3, 64, 25]);
      const run = (session: Session) => () => session.run({ positions }, { fetch: ['logits'] });
      const [bareMs, guidedMs] = (await interleaved([run(first), run(second)], Math.max(21, runs))) as [number, number];
      yield {
        model: name,
        batch: size,
        bareMs: rounded(bareMs, 2),
        guidedMs: rounded(guidedMs, 2),
        addedPercent: rounded(100 * (guidedMs / bareMs - 1), 1),
      };
    }
  }
}

/** Untrained weights, which cost as much as trained ones. */
function network<R>(encoder: Encoder, task: Task<Sample, R>): Uint8Array {
  const weights = initialWeights({ encoder, task, input, random: createRandom(1) });
  return buildInference({ encoder, task, input, weights });
}
