import { describe, expect, it } from 'vitest';
import { arm, tinyBundle, tinyManifest, tinyModel } from './fixtures/tiny-bundle.ts';
import { tinyRuntime } from './fixtures/tiny-runtime.ts';
import { openModel } from './model.ts';

describe('openModel', () => {
  it('gives the manifest, the layout and a session', async () => {
    const model = await openModel(tinyBundle(), { runtime: tinyRuntime() });
    expect(model.manifest).toMatchObject(tinyManifest);
    expect(model.layout).toEqual(arm);
    expect(model.session.outputs.map(({ name }) => name)).toEqual(['logits', 'embedding']);
  });

  it('disposes its session, also at the end of a block', async () => {
    const runtime = tinyRuntime();
    {
      await using model = await openModel(tinyBundle(), { runtime });
      expect(model.manifest.format).toBe(1);
    }
    expect(runtime.disposed).toBe(1);
    await (await openModel(tinyBundle(), { runtime })).dispose();
    expect(runtime.disposed).toBe(2);
  });

  it('reads before it loads', async () => {
    await expect(openModel(tinyModel(), { runtime: tinyRuntime() })).rejects.toThrow('metadata entry "kinegraph"');
    await expect(openModel(tinyBundle().slice(0, -1), { runtime: tinyRuntime() })).rejects.toThrow(/damaged|digest/);
  });

  it('stops at once when aborted', async () => {
    const options = { runtime: tinyRuntime(), signal: AbortSignal.abort('enough') };
    await expect(openModel(tinyBundle(), options)).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  });

  it('refuses options that it does not know', async () => {
    const options = { runtime: tinyRuntime(), theads: 2 };
    await expect(openModel(tinyBundle(), options)).rejects.toThrow('options among runtime, signal, got "theads"');
  });
});
