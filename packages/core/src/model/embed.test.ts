import { describe, expect, it } from 'vitest';
import { embed, unit } from './embed.ts';
import { tinyBundle, width } from './fixtures/tiny-bundle.ts';
import { walk } from './fixtures/tiny-clips.ts';
import { tinyRuntime } from './fixtures/tiny-runtime.ts';
import { openModel } from './model.ts';

const open = (bytes = tinyBundle()) => openModel(bytes, { runtime: tinyRuntime() });

const lengthOf = (vector: Float32Array) => Math.hypot(...vector);

describe('embed', () => {
  it('gives a vector a clip', async () => {
    const model = await open();
    const one = await embed(model, walk(1));
    expect(one.shape).toEqual([width]);
    const many = await embed(model, [walk(2), walk(1)]);
    expect(many.shape).toEqual([2, width]);
    expect(many.data.slice(width)).toEqual(one.data);
    expect((await embed(model, [])).shape).toEqual([0, width]);
  });

  it('normalizes on request', async () => {
    const model = await open();
    const raw = await embed(model, walk(1));
    const { data } = await embed(model, walk(1), { normalize: true });
    expect(lengthOf(data)).toBeCloseTo(1, 6);
    data.forEach((value, i) => {
      expect(value).toBeCloseTo((raw.data[i] as number) / lengthOf(raw.data), 6);
    });
  });

  it('leaves a vector without direction alone', () => {
    expect(unit(new Float32Array(3))).toEqual(new Float32Array(3));
  });

  it('says what a bundle without embedding can do', async () => {
    const model = await open(tinyBundle({ outputs: { logits: 'logits' } }));
    await expect(embed(model, walk(1))).rejects.toThrow(
      'embed: expected a bundle with the output embedding, got test/tiny for classification. This bundle works with classify.',
    );
  });

  it('refuses options that it does not know', async () => {
    await expect(embed(await open(), walk(1), { normalise: true } as object)).rejects.toThrow('got "normalise"');
  });
});
