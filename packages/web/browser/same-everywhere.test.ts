import { describe, expect, inject, it } from 'vitest';
import type { OpenOptions } from '../src/open.ts';
import { open } from '../src/open.ts';
import { createRuntime } from '../src/runtime.ts';
import type { ReferenceBundle } from './node-figures.ts';
import { difference, logitsOf, train } from './same-program.ts';

const { losses, tiny, shipped } = inject('node');

async function compare({ url, logits }: ReferenceBundle, options: OpenOptions = {}) {
  await using model = await open(url, { cache: 'off', ...options });
  return { difference: difference(await logitsOf(model), logits), report: model.session.report };
}

describe('a bundle has the logits of Node', () => {
  it.each([tiny, ...shipped])('in WebAssembly: $name', async (bundle) => {
    const found = await compare(bundle);
    expect(found.report.provider).toBe('wasm');
    expect(found.difference).toBeLessThan(1e-4);
  });

  if (shipped.length === 0) it.skip('in WebAssembly: models/ has no bundle', () => undefined);

  it('on WebGPU: tiny', async () => {
    const found = await compare(tiny, { providers: ['webgpu'] });
    expect(found.report.provider).toBe('webgpu');
    expect(found.difference).toBeLessThan(1e-3);
  });
});

it('training has the losses of Node', async () => {
  await using runtime = createRuntime();
  const found = await train(runtime);
  expect(losses).toHaveLength(20);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  found.losses.forEach((loss, step) => {
    expect(Math.abs(loss / losses[step]! - 1)).toBeLessThan(1e-3);
  });
});
