import { describe, expect, it } from 'vitest';
import { flip, mirror, rotate } from '../skeleton/augment.ts';
import { changeSpeed } from '../skeleton/change-speed.ts';
import { type Clip, clip } from '../skeleton/clip.ts';
import { createRandom } from '../tensor/random.ts';
import { embed } from './embed.ts';
import { arm, tinyBundle } from './fixtures/tiny-bundle.ts';
import { walk } from './fixtures/tiny-clips.ts';
import { tinyRuntime } from './fixtures/tiny-runtime.ts';
import { createGallery, type Gallery, loadGallery } from './gallery.ts';
import { openModel } from './model.ts';

const open = (bytes = tinyBundle()) => openModel(bytes, { runtime: tinyRuntime() });

/** Embeddings as galleries save them. */
const encode = (...numbers: number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(numbers).buffer)));

/** The clip with a little noise: another take of the same motion. */
function retake(original: Clip, amount = 0.02): Clip {
  const { layout, positions } = original;
  const moved = positions.data.map((value, i) => value + amount * Math.sin(i * 1.7));
  return clip(layout, { ...positions, data: moved }, { fps: 30 });
}

async function threeWalks(): Promise<Gallery> {
  const gallery = createGallery(await open());
  for (const seed of [1, 2, 3]) await gallery.enrol(`walk ${seed}`, walk(seed));
  return gallery;
}

describe('gallery', () => {
  it('finds what was enrolled from one example', async () => {
    const gallery = await threeWalks();
    for (const seed of [1, 2, 3]) {
      const [best] = await gallery.match(retake(walk(seed)));
      expect(best?.label).toBe(`walk ${seed}`);
      expect(best?.score).toBeGreaterThan(0.99);
    }
  });

  it('gives nothing when nothing is close', async () => {
    const gallery = createGallery(await open());
    expect(await gallery.match(walk(1))).toEqual([]);
    await gallery.enrol('walk 1', walk(1));
    const mirrored = clip(arm, { ...walk(1).positions, data: walk(1).positions.data.map((x) => -x) }, { fps: 30 });
    const [best] = await gallery.match(mirrored);
    expect(best).toBeUndefined();
    const [opposite] = await gallery.match(mirrored, { threshold: -1.01 });
    expect(opposite?.score).toBeCloseTo(-1, 5);
  });

  it('scores by the cosine, of a label with several examples by the nearest', async () => {
    const model = await open();
    const gallery = createGallery(model, { threshold: -2 });
    await gallery.enrol('many', [walk(2), walk(3)]);
    await gallery.enrol('many', walk(4));
    const vectors = await Promise.all([1, 2, 3, 4].map((seed) => embed(model, walk(seed), { normalize: true })));
    const [query, ...examples] = vectors.map(({ data }) => Array.from(data)) as [number[], ...number[][]];
    const cosines = examples.map((example) => example.reduce((sum, value, i) => sum + value * (query[i] as number), 0));
    const [best] = await gallery.match(walk(1));
    expect(best?.score).toBeCloseTo(Math.max(...cosines), 6);
  });

  it('scores by the distance on request', async () => {
    const model = await open();
    const gallery = createGallery(model, { metric: 'euclidean', threshold: 0 });
    await gallery.enrol('walk 2', walk(2));
    const [a, b] = [await embed(model, walk(1)), await embed(model, walk(2))];
    const distance = Math.hypot(...a.data.map((value, i) => value - (b.data[i] as number)));
    expect((await gallery.match(walk(1)))[0]?.score).toBeCloseTo(1 / (1 + distance), 6);
    expect((await gallery.match(walk(2)))[0]?.score).toBe(1);
  });

  it('ranks labels, and cuts by top and threshold', async () => {
    const gallery = await threeWalks();
    const all = await gallery.match(walk(2), { threshold: -1 });
    expect(all).toHaveLength(3);
    expect(all[0]).toEqual({ label: 'walk 2', score: expect.closeTo(1, 5) });
    expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a));
    expect(await gallery.match(walk(2), { threshold: -1, top: 2 })).toEqual(all.slice(0, 2));
    expect(await gallery.match(walk(2), { threshold: 0.999 })).toEqual(all.slice(0, 1));
  });

  it('takes its threshold from the bundle, unless told', async () => {
    const calibrated = await open(tinyBundle({ threshold: 0.87 }));
    expect(createGallery(calibrated).toJSON().threshold).toBe(0.87);
    expect(createGallery(calibrated, { threshold: 0.2 }).toJSON().threshold).toBe(0.2);
    expect(createGallery(calibrated, { metric: 'euclidean' }).toJSON().threshold).toBe(0.5);
    expect(createGallery(await open()).toJSON().threshold).toBe(0.5);
  });

  it('forgets a label', async () => {
    const gallery = await threeWalks();
    gallery.remove('walk 2');
    expect(gallery.labels).toEqual(['walk 1', 'walk 3']);
    expect((await gallery.match(walk(2), { threshold: -1 })).map(({ label }) => label)).not.toContain('walk 2');
    expect(() => gallery.remove('walk 2')).toThrow('a label among walk 1, walk 3, got "walk 2"');
  });

  it('forgets one example', async () => {
    const gallery = createGallery(await open(), { threshold: 0.999 });
    await gallery.enrol('walk', [walk(1), walk(2)]);
    await gallery.enrol('other', walk(3));
    await gallery.enrol('walk', walk(4));
    expect(['walk', 'other', 'none'].map(gallery.count)).toEqual([3, 1, 0]);
    gallery.remove('walk', 1);
    expect(gallery.count('walk')).toBe(2);
    const found = await gallery.match([1, 2, 3, 4].map((seed) => walk(seed)));
    expect(found.map((matches) => matches.map(({ label }) => label))).toEqual([['walk'], [], ['other'], ['walk']]);
    expect(() => gallery.remove('walk', 2)).toThrow('remove: expected an example of walk from 0 to 1, got 2');
    gallery.remove('walk', 0);
    gallery.remove('walk', 0);
    expect(gallery.labels).toEqual(['other']);
  });

  it('matches several clips as one by one', async () => {
    const gallery = await threeWalks();
    const queries = [3, 5, 1].map((seed) => walk(seed));
    const one = await Promise.all(queries.map((query) => gallery.match(query, { threshold: -2 })));
    expect(await gallery.match(queries, { threshold: -2 })).toEqual(one);
    expect(await gallery.match([])).toEqual([]);
  });

  it('stops when a signal says so, and enrols nothing then', async () => {
    const gallery = await threeWalks();
    const controller = new AbortController();
    controller.abort();
    const { signal } = controller;
    await expect(gallery.enrol('walk 4', walk(4), { signal })).rejects.toMatchObject({ code: 'aborted' });
    await expect(gallery.match(walk(4), { signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(gallery.count('walk 4')).toBe(0);
  });

  it('enrols all clips or none', async () => {
    const gallery = await threeWalks();
    const missing = clip(
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
    await expect(gallery.enrol('walk 4', [walk(4), missing])).rejects.toMatchObject({ code: 'invalid-clip' });
    expect(gallery.labels).toEqual(['walk 1', 'walk 2', 'walk 3']);
  });

  it.each<[string, (gallery: Gallery) => Promise<unknown>, string]>([
    ['an empty label', (gallery) => gallery.enrol('', walk(1)), 'a label of 1 to 200 characters, got ""'],
    ['a label that is no text', (gallery) => gallery.enrol(7 as never, walk(1)), 'got 7'],
    [
      'a label that is a dangerous key',
      (gallery) => gallery.enrol('__proto__', walk(1)),
      'safe as a key, not __proto__, ',
    ],
    ['augment that is no list', (gallery) => gallery.enrol('a', walk(1), { augment: mirror as never }), 'got function'],
    ['names', (gallery) => gallery.enrol('a', walk(1), { augment: ['mirror'] as never }), 'got ["mirror"]'],
    ['no changes', (gallery) => gallery.enrol('a', walk(1), { augment: [] }), 'got []'],
    ['copies of no kind', (gallery) => gallery.enrol('a', walk(1), { copies: 3 }), 'enrol: expected augment: [mirror'],
    ['no copies', (gallery) => gallery.enrol('a', walk(1), { augment: [mirror], copies: 0 }), '1 to 1000, got 0'],
    ['no clip', (gallery) => gallery.enrol('a', {} as Clip, { augment: [mirror] }), 'a clip, or an array of clips'],
    ['no clips', (gallery) => gallery.enrol('a', []), 'at least one clip'],
    ['no threshold', (gallery) => gallery.match(walk(1), { threshold: Number.NaN }), 'got NaN'],
    ['an unknown option', (gallery) => gallery.match(walk(1), { limit: 1 } as object), 'got "limit"'],
    ['top 0', (gallery) => gallery.match(walk(1), { top: 0 }), 'got 0'],
  ])('refuses %s', async (_, attempt, message) => {
    await expect(attempt(await threeWalks())).rejects.toThrow(message);
  });

  it('refuses an unknown metric, and a bundle without embedding', async () => {
    const model = await open();
    expect(() => createGallery(model, { metric: 'manhattan' as never })).toThrow('got manhattan');
    const scores = await open(tinyBundle({ outputs: { logits: 'logits' } }));
    expect(() => createGallery(scores)).toThrow('This bundle works with classify.');
  });
});

describe('augmented examples', () => {
  const augment = [rotate, changeSpeed];
  const mirrored = flip(walk(1));

  it('make one example go further', async () => {
    const model = await open();
    const [bare, augmented] = [createGallery(model), createGallery(model)];
    await bare.enrol('walk', walk(1));
    await augmented.enrol('walk', walk(1), { augment: [flip], copies: 1 });
    expect(await bare.match(mirrored)).toEqual([]);
    expect(await augmented.match([mirrored, walk(1)])).toEqual(
      [1, 2].map(() => [{ label: 'walk', score: expect.closeTo(1, 6) }]),
    );
  });

  it('repeat, unless the generator differs', async () => {
    const model = await open();
    const saved = async (seed?: number) => {
      const gallery = createGallery(model);
      const random = seed === undefined ? {} : { random: createRandom(seed) };
      await gallery.enrol('walk', [walk(1), walk(2)], { augment, copies: 3, ...random });
      return JSON.stringify(gallery);
    };
    expect(await saved()).toBe(await saved());
    expect(await saved(5)).toBe(await saved(5));
    expect(await saved(5)).not.toBe(await saved());
  });

  it('count, leave and are saved with their example', async () => {
    const model = await open();
    const gallery = createGallery(model, { threshold: 0.999 });
    await gallery.enrol('walk', walk(1), { augment: [flip], copies: 1 });
    await gallery.enrol('walk', walk(2));
    const restored = loadGallery(model, JSON.parse(JSON.stringify(gallery)));
    expect(restored.count('walk')).toBe(2);
    expect(await restored.match(mirrored)).toHaveLength(1);
    restored.remove('walk', 0);
    expect(await restored.match([mirrored, walk(1), walk(2)])).toEqual([[], [], [expect.anything()]]);
  });
});

describe('a saved gallery', () => {
  it('answers as before', async () => {
    const gallery = await threeWalks();
    const restored = loadGallery(await open(), JSON.parse(JSON.stringify(gallery)));
    expect(restored.labels).toEqual(gallery.labels);
    const query = retake(walk(2), 0.3);
    expect(await restored.match(query, { threshold: -1 })).toEqual(await gallery.match(query, { threshold: -1 }));
    await restored.enrol('walk 4', walk(4));
    expect(gallery.labels).toHaveLength(3);
  });

  it('is refused by another model', async () => {
    const saved = (await threeWalks()).toJSON();
    const other = await open(tinyBundle({}, 2));
    expect(() => loadGallery(other, saved)).toThrow(/a gallery of this model, weights \w{12}, got one of \w{12}\. Emb/);
  });

  it.each<[string, (saved: ReturnType<Gallery['toJSON']>) => unknown, string]>([
    ['text', (saved) => JSON.stringify(saved), 'loadGallery: expected a value: Object'],
    ['a newer format', (saved) => ({ ...saved, format: 2 }), 'format: 1, got 2'],
    ['an unknown field', (saved) => ({ ...saved, extra: 1 }), 'got "extra"'],
    ['no examples', ({ examples: _, ...saved }) => saved, 'a field "examples"'],
    ['short vectors', (saved) => ({ ...saved, examples: [{ label: 'a', embedding: 'AAAA' }] }), 'got 3 bytes'],
    ['broken base64', (saved) => ({ ...saved, examples: [{ label: 'a', embedding: '%%%' }] }), '6 finite float32'],
    [
      'long vectors',
      (saved) => ({ ...saved, examples: [{ label: 'a', embedding: encode(2, 0, 0, 0, 0, 0) }] }),
      'one at length 2.00',
    ],
    [
      'a dangerous label',
      (saved) => ({ ...saved, examples: [{ label: '__proto__', embedding: '' }] }),
      'safe as a key',
    ],
    ['NaN', (saved) => ({ ...saved, examples: [{ label: 'a', embedding: btoa('\xff'.repeat(24)) }] }), 'NaN or inf'],
  ])('with %s is refused', async (_, damage, message) => {
    const model = await open();
    const saved = (await threeWalks()).toJSON();
    expect(() => loadGallery(model, damage(saved))).toThrow(message);
    expect(() => loadGallery(model, damage(saved))).toThrow(expect.objectContaining({ code: 'invalid-data' }));
  });
});
