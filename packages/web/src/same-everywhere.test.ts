import { expect, it } from 'vitest';
import { nodeFigures } from '../browser/node-figures.ts';
import { difference, logitsOf, scoresOf, teach, train } from '../browser/same-program.ts';
import { createRuntime, loadGallery, open } from './index.ts';

const { losses, gallery, tiny, shipped } = await nodeFigures();

it.each([tiny, ...shipped])('onnxruntime-web under Node has the logits of onnxruntime-node: $name', async (bundle) => {
  await using model = await open(bundle.bytes);
  expect(model.session.report.engine).toMatch(/^onnxruntime-web /);
  expect(difference(await logitsOf(model), bundle.logits)).toBeLessThan(1e-4);
});

if (shipped.length === 0) it.skip('onnxruntime-web under Node: models/ has no bundle', () => undefined);

it('a gallery that Node saved has the scores of Node, and gets further examples', async () => {
  await using model = await open(tiny.bytes);
  const loaded = loadGallery(model, JSON.parse(gallery.json));
  expect(difference(await scoresOf(loaded), gallery.scores)).toBeLessThan(1e-4);
  await teach(loaded);
  expect(loaded.labels.map(loaded.count)).toEqual(loaded.labels.map(() => 2));
  expect(difference(await scoresOf(loaded), gallery.scores)).toBeLessThan(1e-4);
});

it('training in onnxruntime-web under Node has the losses of onnxruntime-node', async () => {
  await using runtime = createRuntime();
  const found = await train(runtime);
  expect(found.losses).toHaveLength(20);
  expect(difference(found.losses, losses)).toBeLessThan(1e-3);
});
