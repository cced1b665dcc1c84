/** Teaches a model actions that it was not trained on, from one example each; the people are synthetic. */
import { syntheticMotion } from '@kinegraph/core/testing';
import { createGallery, createRandom, open } from '@kinegraph/node';

await using model = await open('models/ui-prmd-10.onnx');
const random = createRandom(1);

const gallery = createGallery(model);
for (const action of ['wave', 'kick', 'walk'] as const) {
  await gallery.enrol(action, syntheticMotion({ action, subject: 1, random }));
}

for (const action of ['wave', 'kick', 'walk'] as const) {
  const [best] = await gallery.match(syntheticMotion({ action, subject: 2, random }));
  console.log(`${action}: ${best ? `${best.label}, similarity ${best.score.toFixed(2)}` : 'nothing near'}`);
}
