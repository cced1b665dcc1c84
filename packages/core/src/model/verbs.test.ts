/** The verbs over ONNX Runtime itself: that it loads sealed bundles, and computes what the tests' own runtime does. */
import { createRuntime } from '@kinegraph/node';
import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';
import { embed } from './embed.ts';
import { tinyBundle } from './fixtures/tiny-bundle.ts';
import { walk } from './fixtures/tiny-clips.ts';
import { tinyRuntime } from './fixtures/tiny-runtime.ts';
import { createGallery, loadGallery } from './gallery.ts';
import { openModel } from './model.ts';

const clips = Array.from({ length: 20 }, (_, seed) => walk(seed, 1 + seed));

describe('the verbs over onnxruntime', () => {
  it('classify and embed as computed by hand', async () => {
    await using model = await openModel(tinyBundle(), { runtime: createRuntime() });
    const byHand = await openModel(tinyBundle(), { runtime: tinyRuntime() });
    const [found, expected] = [await classify(model, clips), await classify(byHand, clips)];
    expect(found.map((classes) => classes.map(({ label }) => label))).toEqual(
      expected.map((classes) => classes.map(({ label }) => label)),
    );
    const [a, b] = [await embed(model, clips), await embed(byHand, clips)];
    expect(a.shape).toEqual(b.shape);
    for (const [index, value] of a.data.entries()) expect(value).toBeCloseTo(b.data[index] as number, 4);
  });

  it('find an enrolled clip again, also in a saved gallery', async () => {
    await using model = await openModel(tinyBundle(), { runtime: createRuntime() });
    const gallery = createGallery(model);
    await gallery.enrol('first', clips[5] ?? []);
    await gallery.enrol('second', clips.slice(6, 8));
    const restored = loadGallery(model, JSON.parse(JSON.stringify(gallery)));
    for (const each of [gallery, restored]) {
      const [best] = await each.match(walk(7, 8));
      expect(best).toEqual({ label: 'second', score: expect.closeTo(1, 5) });
    }
  });

  it('refuse a model that was disposed', async () => {
    const model = await openModel(tinyBundle(), { runtime: createRuntime() });
    await model.dispose();
    await model.dispose();
    await expect(classify(model, walk(1))).rejects.toMatchObject({ name: 'KinegraphError' });
  });
});
