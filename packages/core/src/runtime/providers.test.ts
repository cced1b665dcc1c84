import { expect, it } from 'vitest';
import { firstUsable } from './providers.ts';

it('takes the first provider that works, and keeps the reasons of those before it', async () => {
  const tried: string[] = [];
  const choice = await firstUsable(['cuda', 'webgpu', 'cpu'], async (name) => {
    tried.push(name);
    if (name === 'cuda') throw new Error('no\n  library');
    return name.toUpperCase();
  });
  expect(choice).toEqual({
    value: 'WEBGPU',
    provider: 'webgpu',
    rejected: [{ provider: 'cuda', reason: 'no library' }],
  });
  expect(tried).toEqual(['cuda', 'webgpu']);
});

it('names every reason when none works', async () => {
  const failing = firstUsable(['webgpu', 'wasm'], async (name) => {
    throw name === 'wasm' ? new Error('') : new Error('no adapter');
  });
  await expect(failing).rejects.toThrow(
    'load: expected a model that webgpu or wasm can open, got webgpu: no adapter; wasm: an error without a message.',
  );
  await expect(firstUsable([], async () => 1)).rejects.toMatchObject({ code: 'invalid-argument' });
});

it.each([{ providers: [] }, { providers: 'cpu' as unknown as string[] }])(
  'needs a list of providers, not $providers',
  async ({ providers }) => {
    await expect(firstUsable(providers, async () => 1)).rejects.toThrow('expected a list of at least one provider');
  },
);
