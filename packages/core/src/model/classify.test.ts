import { describe, expect, it } from 'vitest';
import type { Session } from '../runtime/contract.ts';
import { type Clip, clip } from '../skeleton/clip.ts';
import { prepare } from '../skeleton/input.ts';
import { defineLayout } from '../skeleton/layout.ts';
import { float32, type Tensor } from '../tensor/tensor.ts';
import { sealBundle } from './bundle.ts';
import { classify } from './classify.ts';
import { arm, labels, tinyBundle, tinyManifest, tinyModel, tinyWeights } from './fixtures/tiny-bundle.ts';
import { walk } from './fixtures/tiny-clips.ts';
import { tinyRuntime } from './fixtures/tiny-runtime.ts';
import { type Model, openModel } from './model.ts';

const open = (bytes = tinyBundle(), runtime = tinyRuntime()) => openModel(bytes, { runtime });

/** Logits of the tiny model, in double precision. */
function expectedScores(seen: Clip): number[] {
  const { project, head } = tinyWeights(1);
  const times = (row: ArrayLike<number>, { shape, data }: Tensor<'float32'>) =>
    Array.from({ length: shape[1] as number }, (_, column) =>
      Array.from(row).reduce((sum, value, i) => sum + value * (data[i * (shape[1] as number) + column] as number), 0),
    );
  const logits = times(times(prepare(seen, tinyManifest.input).data, project), head);
  const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return weights.map((weight) => weight / weights.reduce((a, b) => a + b));
}

describe('classify', () => {
  it('gives the softmax of the logits, best first', async () => {
    const seen = walk(1);
    const classes = await classify(await open(), seen);
    const expected = expectedScores(seen);
    expect(classes.map(({ score }) => score)).toEqual([...classes.map(({ score }) => score)].sort((a, b) => b - a));
    expect(classes).toHaveLength(labels.length);
    for (const { label, index, score } of classes) {
      expect(label).toBe(labels[index]);
      expect(score).toBeCloseTo(expected[index] as number, 5);
    }
  });

  it('gives a list for each of several clips, the same as one by one', async () => {
    const model = await open();
    const clips = Array.from({ length: 40 }, (_, seed) => walk(seed));
    const together = await classify(model, clips, { top: 2 });
    expect(together).toHaveLength(40);
    for (const [index, one] of clips.entries()) {
      const alone = await classify(model, one, { top: 2 });
      expect(together[index]?.map(({ label }) => label)).toEqual(alone.map(({ label }) => label));
      expect(together[index]?.[0]?.score).toBeCloseTo(alone[0]?.score as number, 5);
    }
    expect(await classify(model, [])).toEqual([]);
  });

  it('bounds the batch', async () => {
    const runtime = tinyRuntime();
    await classify(await open(tinyBundle(), runtime), Array(35).fill(walk(1)));
    expect(runtime.runs).toEqual([16, 16, 3]);
  });

  it('gives at most as many classes as there are', async () => {
    const model = await open();
    expect(await classify(model, walk(1), { top: 1 })).toHaveLength(1);
    expect(await classify(model, walk(1), { top: 99 })).toHaveLength(3);
  });

  it('survives logits that would overflow an exponential', async () => {
    const { project, head } = tinyWeights(1);
    const steep = tinyModel(1, {
      project,
      head: float32(
        head.data.map((value) => value * 1e6),
        head.shape,
      ),
    });
    const [best] = await classify(await open(sealBundle(steep, tinyManifest)), walk(1));
    expect(best?.score).toBe(1);
  });

  it('takes any clip that can be shown to the model', async () => {
    const model = await open();
    const other = defineLayout('other', { wrist: 'elbow', elbow: 'shoulder', shoulder: null });
    const arms = [
      [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
      [
        [0, 0],
        [1, 0],
        [2, 2],
      ],
    ];
    const [best] = await classify(model, clip(arm, arms));
    const [remapped] = await classify(
      model,
      clip(
        other,
        arms.map((frame) => [...frame].reverse()),
      ),
    );
    expect(remapped).toEqual(best);
    const oneFrame = clip(arm, [
      [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    ]);
    const repeated = clip(
      arm,
      Array(7).fill([
        [0, 0],
        [1, 0],
        [1, 1],
      ]),
    );
    expect(await classify(model, oneFrame)).toEqual(await classify(model, repeated));
  });
});

describe('classify refuses', () => {
  const missing = () =>
    clip(
      arm,
      [
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      ],
      { confidence: [[0, 0, 0]] },
    );
  const flat = () =>
    clip(arm, [
      [
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
      ],
    ]);
  const other = () =>
    clip(defineLayout('bird', { body: null, wing: 'body' }), [
      [
        [0, 0],
        [1, 1],
      ],
    ]);
  const huge = () =>
    clip(
      arm,
      Float32Array.from({ length: 6 }, () => 3e38),
      { dimensions: 2 },
    );
  const broken = (): Clip => ({ ...walk(1), positions: float32(Array(48).fill(Number.NaN), [1, 8, 3, 2]) });

  it.each<[string, () => unknown, string, string]>([
    ['every joint missing', missing, 'invalid-clip', 'every joint missing'],
    [
      'a wrong joint count',
      () =>
        clip(arm, [
          [
            [0, 0],
            [1, 1],
          ],
        ]),
      'invalid-clip',
      '[1, 1, 2, 2]',
    ],
    ['an empty clip', () => clip(arm, []), 'invalid-clip', 'got'],
    [
      'NaN',
      () =>
        clip(arm, [
          [
            [0, 0],
            [1, 1],
            [Number.NaN, 0],
          ],
        ]),
      'invalid-clip',
      'joint wrist',
    ],
    ['NaN in a record made by hand', broken, 'invalid-data', 'Make clips by clip()'],
    ['coordinates beyond all bounds', huge, 'invalid-data', 'in the unit that the model knows'],
    ['too many dimensions', flat, 'invalid-clip', '2 coordinates'],
    ['another creature', other, 'unsupported', 'shares joints with bird'],
    ['numbers', () => [[[0, 0]]], 'invalid-argument', 'expected a clip, or an array of clips, got nested arrays'],
    ['nothing', () => undefined, 'invalid-argument', 'got undefined'],
  ])('%s', async (_, make, code, message) => {
    const attempt = (async () => classify(await open(), make() as Clip))();
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it.each<[object, string]>([
    [{ top: 0 }, 'top as a whole number of at least 1, got 0'],
    [{ top: 1.5 }, 'got 1.5'],
    [{ topK: 3 }, 'options among top, signal, got "topK"'],
  ])('the options %j', async (options, message) => {
    await expect(classify(await open(), walk(1), options)).rejects.toThrow(message);
  });

  it('a bundle without class scores, saying what that can do', async () => {
    const model = await open(tinyBundle({ task: 'embedding', labels: [], outputs: { embedding: 'embedding' } }));
    await expect(classify(model, walk(1))).rejects.toMatchObject({
      code: 'unsupported',
      message:
        'classify: expected a bundle with the output logits, got test/tiny for embedding. This bundle works with embed and createGallery.',
    });
  });

  it('a bundle whose numbers are not finite', async () => {
    const { project, head } = tinyWeights(1);
    const broken = tinyModel(1, { project, head: float32(head.data.fill(Number.NaN), head.shape) });
    await expect(classify(await open(sealBundle(broken, tinyManifest)), walk(1))).rejects.toThrow(
      'got NaN or infinity',
    );
  });

  it('an output of another shape than the manifest promises, even if the engine knew it', async () => {
    const model = await open();
    const session: Session = {
      ...model.session,
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
      run: async () => ({ logits: float32([1, 2], [1, 2]) }),
    };
    const liar: Model = { ...model, session };
    await expect(classify(liar, walk(1))).rejects.toThrow('"logits" as float32 [1, 3], got float32 [1, 2]');
  });

  it.each<[string, unknown, string]>([
    ['a promise of a model', open(), 'got a promise. Wait for it: await open(source).'],
    ['the bytes of a model', tinyBundle(), 'got Uint8Array.'],
    ['no model', undefined, 'got undefined.'],
  ])('%s', async (_, model, message) => {
    const attempt = classify(model as Model, walk(1));
    await expect(attempt).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(attempt).rejects.toThrow(`classify: expected a model, as open gives it, ${message}`);
  });

  it('a record that only looks like a clip', async () => {
    const { positions } = walk(1);
    await expect(classify(await open(), { layout: {}, positions } as Clip)).rejects.toThrow(
      'expected a clip, or an array of clips, got an object',
    );
  });

  it('to go on after an abort', async () => {
    const runtime = tinyRuntime();
    const model = await open(tinyBundle(), runtime);
    const controller = new AbortController();
    const session: Session = {
      ...model.session,
      run(...call) {
        controller.abort();
        return model.session.run(...call);
      },
    };
    const attempt = classify({ ...model, session }, Array(40).fill(walk(1)), { signal: controller.signal });
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
    expect(runtime.runs).toEqual([16]);
  });
});
