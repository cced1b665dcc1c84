/** What ensembles compute, over ONNX Runtime itself, beside what their members compute alone. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import {
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  ModelProtoSchema,
  NodeProtoSchema,
} from '../onnx/onnx_pb.ts';
import { toTensorProto } from '../onnx/tensors.ts';
import type { Clip } from '../skeleton/clip.ts';
import { toFloat16 } from '../tensor/float16.ts';
import { float32, tensor } from '../tensor/tensor.ts';
import { classification } from '../train/classification.ts';
import { directions, small, stick, swings } from '../train/fixtures/tiny-training.ts';
import { createTrainer } from '../train/trainer.ts';
import { readBundle, sealBundle } from './bundle.ts';
import { classify } from './classify.ts';
import { embed } from './embed.ts';
import { ensemble } from './ensemble.ts';
import { tinyBundle, tinyManifest, tinyModel, tinyWeights, valueInfo } from './fixtures/tiny-bundle.ts';
import { walk } from './fixtures/tiny-clips.ts';
import { forward } from './forward.ts';
import { createGallery } from './gallery.ts';
import { openModel } from './model.ts';

type NodeInit = MessageInitShape<typeof NodeProtoSchema>;

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());
const walks = Array.from({ length: 20 }, (_, seed) => walk(seed, 1 + seed));

/** An output of a bundle, a row for each clip. */
async function rows(bytes: Uint8Array, output: 'logits' | 'embedding', clips: readonly Clip[] = walks) {
  await using model = await openModel(bytes, { runtime });
  return (await forward('test', model, output, clips, undefined)).map((row) => Array.from(row));
}

/** The largest difference, as a share of the largest number. */
function gap(actual: readonly number[][], expected: readonly number[][]): number {
  const [a, b] = [actual.flat(), expected.flat()];
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number)))) / Math.max(...b.map(Math.abs));
}

/** `Σ w_i z_i` of all members' rows. */
function sumOf(all: readonly (readonly number[][])[], weights: readonly number[]): number[][] {
  const [first = []] = all;
  return first.map((row, i) =>
    row.map((_, j) => weights.reduce((sum, weight, member) => sum + weight * (all[member]?.[i]?.[j] as number), 0)),
  );
}

async function meanLogits(bundles: readonly Uint8Array[]): Promise<number[][]> {
  const alone = await Promise.all(bundles.map((bytes) => rows(bytes, 'logits')));
  return sumOf(
    alone,
    bundles.map(() => 1 / bundles.length),
  );
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Untrained networks of three streams; the last one stores its weights as float16. */
async function streamBundles(): Promise<Uint8Array[]> {
  const streams = [['joint'], ['bone'], ['joint-motion', 'bone-motion']] as const;
  return Promise.all(
    streams.map((kinds, seed) =>
      createTrainer({
        runtime,
        encoder: small(),
        task: classification(directions),
        input: { layout: stick, frames: 8, streams: kinds, center: 'clip' },
        seed,
      }).export({ precision: seed === 2 ? 'float16' : 'float32' }),
    ),
  );
}

/** A tiny bundle whose scores are far apart. */
function certain(seed: number, scale: number): Uint8Array {
  const { project, head } = tinyWeights(seed);
  return sealBundle(
    tinyModel(seed, {
      project,
      head: float32(
        head.data.map((x) => x * scale),
        head.shape,
      ),
    }),
    tinyManifest,
  );
}

describe('an ensemble', () => {
  it('of streams sums their logits', async () => {
    const bundles = await streamBundles();
    expect(bundles.map((bytes) => readBundle(bytes).manifest.streams)).toEqual([
      ['joint'],
      ['bone'],
      ['joint-motion', 'bone-motion'],
    ]);
    const clips = swings(9).map(({ clip }) => clip);
    const weights = [0.6, 0.6, 0.4];
    const alone = await Promise.all(bundles.map((bytes) => rows(bytes, 'logits', clips)));
    expect(gap(alone[0] as number[][], alone[1] as number[][])).toBeGreaterThan(0.01);
    expect(gap(await rows(ensemble(bundles, { weights }), 'logits', clips), sumOf(alone, weights))).toBeLessThan(1e-6);
  });

  it('averages logits by default', async () => {
    const bundles = [1, 2, 3].map((seed) => tinyBundle({}, seed));
    expect(gap(await rows(ensemble(bundles), 'logits'), await meanLogits(bundles))).toBeLessThan(1e-6);
  });

  it('averages probabilities, and stays finite where they are 0', async () => {
    for (const scale of [1, 1000]) {
      const bundles = [1, 2].map((seed) => certain(seed, scale));
      const alone = await Promise.all(bundles.map((bytes) => rows(bytes, 'logits')));
      const expected = sumOf(
        alone.map((all) => all.map(softmax)),
        [2 / 3, 1 / 3],
      );
      await using model = await openModel(ensemble(bundles, { weights: [2, 1], fuse: 'probabilities' }), { runtime });
      const found = (await classify(model, walks)).map((classes) =>
        classes.toSorted((a, b) => a.index - b.index).map(({ score }) => score),
      );
      expect(gap(found, expected)).toBeLessThan(1e-5);
      expect(expected.flat().some((share) => share < 1e-30)).toBe(scale === 1000);
    }
  });

  it('has embeddings whose cosine is the weighted mean', async () => {
    const bundles = Array.from({ length: 16 }, (_, seed) => tinyBundle({}, seed));
    const weights = bundles.map((_, index) => 1 + index);
    const bytes = ensemble(bundles, { weights });
    const alone = await Promise.all(bundles.map((member) => rows(member, 'embedding')));
    const total = weights.reduce((a, b) => a + b);
    const [first, ...others] = await rows(bytes, 'embedding');
    for (const [index, other] of others.entries()) {
      const mean = weights.reduce((sum, w, i) => {
        const own = alone[i] as number[][];
        return sum + (w / total) * cosine(own[0] as number[], own[index + 1] as number[]);
      }, 0);
      expect(cosine(first as number[], other)).toBeCloseTo(mean, 5);
      expect(Math.hypot(...other)).toBeCloseTo(1, 5);
    }
    // WebGPU's limit.
    for (const { input } of readBundle(bytes).model.graph.node) expect(input.length).toBeLessThanOrEqual(7);
  });

  it('keeps an embedding of zeros finite', async () => {
    const { head, project } = tinyWeights(1);
    const blind = sealBundle(
      tinyModel(1, {
        head,
        project: float32(
          project.data.map(() => 0),
          project.shape,
        ),
      }),
      tinyManifest,
    );
    const [row] = await rows(ensemble([blind, tinyBundle()], { weights: [1, 3] }), 'embedding', walks.slice(0, 1));
    expect(row?.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Math.hypot(...(row ?? []))).toBeCloseTo(Math.sqrt(3 / 4), 5);
  });

  it('serves galleries', async () => {
    await using model = await openModel(ensemble([1, 2].map((seed) => tinyBundle({}, seed))), { runtime });
    expect((await embed(model, walks)).shape).toEqual([20, 12]);
    const gallery = createGallery(model);
    await gallery.enrol('first', walks[5] as Clip);
    await gallery.enrol('second', walks[7] as Clip);
    expect(await gallery.match(walk(7, 8))).toMatchObject([{ label: 'second', score: expect.closeTo(1, 5) }]);
  });

  it('gives a clip the same scores in any batch', async () => {
    const bytes = ensemble([1, 2].map((seed) => tinyBundle({}, seed)));
    const together = await rows(bytes, 'logits');
    const apart = await Promise.all(walks.map(async (clip) => (await rows(bytes, 'logits', [clip]))[0] as number[]));
    expect(gap(together, apart)).toBeLessThan(1e-6);
  });
});

describe('members of other makers', () => {
  /** A tiny model with other nodes after its first two. */
  function remade(seed: number, change: (graph: GraphProto) => NodeInit[], outputs = tinyManifest.outputs): Uint8Array {
    const { project, head } = tinyWeights(seed);
    const model = fromBinary(ModelProtoSchema, tinyModel(seed, { project, head: toFloat16(head) }));
    const graph = model.graph as GraphProto;
    const added = change(graph).map((node) => create(NodeProtoSchema, node));
    graph.node = [...graph.node.slice(0, 2), ...added];
    return sealBundle(toBinary(ModelProtoSchema, model), { ...tinyManifest, outputs });
  }

  const widened: NodeInit = {
    opType: 'Cast',
    input: ['head'],
    output: ['wide'],
    attribute: [{ name: 'to', type: AttributeType.INT, i: 1n }],
  };

  it('may have tensors among their inputs, and names of their own', async () => {
    const outputs = { logits: 'scores', embedding: 'embedding' };
    const other = remade(
      3,
      (graph) => {
        graph.input.push(valueInfo('project', [24, 6]));
        graph.output = [valueInfo('scores', ['N', 3]), valueInfo('embedding', ['N', 6])];
        return [widened, { opType: 'MatMul', input: ['embedding', 'wide'], output: ['scores'] }];
      },
      outputs,
    );
    const bundles = [tinyBundle(), other];
    expect(gap(await rows(ensemble(bundles), 'logits'), await meanLogits(bundles))).toBeLessThan(1e-6);
  });

  it('may branch: bodies read what is around them', async () => {
    const branching = (seed: number) =>
      remade(seed, (graph) => {
        const body = (name: string, shift: number) => ({
          name,
          type: AttributeType.GRAPH,
          g: {
            name,
            initializer: [toTensorProto('shift', float32([shift], []))],
            node: [
              { opType: 'MatMul', input: ['embedding', 'wide'], output: ['raw'] },
              { opType: 'Add', input: ['raw', 'shift'], output: ['shifted'] },
            ],
            output: [valueInfo('shifted', ['batch', 3])],
          },
        });
        graph.initializer.push(toTensorProto('odd', tensor('bool', [], Uint8Array.of(seed % 2))));
        const attribute = [body('then_branch', 100), body('else_branch', -100)];
        return [widened, { opType: 'If', input: ['odd'], output: ['logits'], attribute }];
      });
    const bundles = [1, 2].map(branching);
    const alone = await Promise.all(bundles.map((bytes) => rows(bytes, 'logits')));
    expect(alone.map((all) => Math.sign(all[0]?.[0] as number))).toEqual([1, -1]);
    expect(gap(await rows(ensemble(bundles, { weights: [3, 1] }), 'logits'), sumOf(alone, [3, 1]))).toBeLessThan(1e-6);
  });
});
