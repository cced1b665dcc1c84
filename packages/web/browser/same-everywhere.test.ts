import { loadGallery } from '@kinegraph/core';
import { describe, expect, inject, it } from 'vitest';
import { type OpenOptions, open } from '../src/open.ts';
import { createRuntime } from '../src/runtime.ts';
import type { PageReference } from './node-figures.ts';
import { difference, logitsOf, scoresOf, teach, train } from './same-program.ts';

const { losses, gallery, tiny, shipped } = inject('node');

/** Opens a bundle in this page; how far its logits are from those of Node, and where it ran. */
async function compare({ url, logits }: PageReference, options: OpenOptions = {}) {
  await using model = await open(url, { cache: 'off', ...options });
  const { provider } = model.session.report;
  return { provider, difference: difference(await logitsOf(model), logits) };
}

describe('a bundle has the logits of Node', () => {
  it.each([tiny, ...shipped])('in WebAssembly: $name', async (bundle) => {
    const found = await compare(bundle);
    expect(found.provider).toBe('wasm');
    expect(found.difference).toBeLessThan(1e-4);
  });

  if (shipped.length === 0) it.skip('in WebAssembly: models/ has no bundle', () => undefined);

  it('on WebGPU: tiny', async () => {
    const found = await compare(tiny, { providers: ['webgpu'] });
    expect(found.provider).toBe('webgpu');
    expect(found.difference).toBeLessThan(1e-3);
  });
});

it('a gallery that Node saved has the scores of Node, and gets further examples', async () => {
  await using model = await open(tiny.url, { cache: 'off' });
  const loaded = loadGallery(model, JSON.parse(gallery.json));
  expect(difference(await scoresOf(loaded), gallery.scores)).toBeLessThan(1e-4);
  await teach(loaded);
  expect(loaded.labels.map(loaded.count)).toEqual(loaded.labels.map(() => 2));
  expect(difference(await scoresOf(loaded), gallery.scores)).toBeLessThan(1e-4);
});

it('training has the losses of Node', async () => {
  await using runtime = createRuntime();
  const found = await train(runtime);
  expect(found.losses).toHaveLength(20);
  expect(difference(found.losses, losses)).toBeLessThan(1e-3);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
});
