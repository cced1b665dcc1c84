import { filled } from '@kinegraph/core';
import { digestOf } from '@kinegraph/core/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tinyBundle } from '../../core/src/model/fixtures/tiny-bundle.ts';
import { clearCache } from '../src/model-cache.ts';
import { open } from '../src/open.ts';

const bundle = tinyBundle() as Uint8Array<ArrayBuffer>;
const digest = digestOf(bundle);
const url = new URL('/models/tiny-test.onnx', location.href).href;

/** Answers for `url`; everything else is the real network. */
const answer = vi.fn<(init: RequestInit) => Response>();
const { fetch } = globalThis;

beforeEach(async () => {
  await clearCache();
  answer
    .mockReset()
    .mockImplementation(() => new Response(bundle, { headers: { 'content-length': `${bundle.length}` } }));
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) =>
    input === url ? answer(init) : fetch(input, init),
  );
});

afterEach(() => vi.restoreAllMocks());

it('downloads once, with progress, and works offline from then on', async () => {
  const onProgress = vi.fn();
  await using model = await open('/models/tiny-test.onnx', { onProgress });
  expect((await model.session.run({ positions: filled([1, 1, 2, 4, 3], 1) })).logits?.shape).toEqual([1, 3]);
  expect(onProgress).toHaveBeenLastCalledWith({ loaded: bundle.length, total: bundle.length });
  await (await open(new URL(url), { cache: 'only', sha256: digest })).dispose();
  expect(answer).toHaveBeenCalledTimes(1);
  await clearCache();
  await expect(open(url, { cache: 'only' })).rejects.toMatchObject({ code: 'not-found' });
});

it('fetches a damaged entry anew', async () => {
  await (await open(url)).dispose();
  const [name] = await caches.keys();
  const cache = await caches.open(name!);
  const entry = await cache.match(url);
  const damaged = bundle.slice();
  damaged[50]! ^= 1;
  await cache.put(url, new Response(damaged, { headers: entry!.headers }));
  await expect(open(url, { cache: 'only' })).rejects.toMatchObject({ code: 'not-found' });
  await (await open(url)).dispose();
  expect(answer).toHaveBeenCalledTimes(2);
  await (await open(url, { cache: 'only' })).dispose();
});

it('does not keep what has the wrong digest', async () => {
  await expect(open(url, { sha256: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'invalid-data' });
  await expect(open(url, { cache: 'only' })).rejects.toMatchObject({ code: 'not-found' });
});

it('opens the model where there is no cache to write to', async () => {
  vi.spyOn(CacheStorage.prototype, 'open').mockRejectedValue(new DOMException('no', 'SecurityError'));
  await (await open(url)).dispose();
});

it('stops when the signal fires in the middle', async () => {
  answer.mockImplementation(({ signal }) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bundle.subarray(0, 100));
        signal?.addEventListener('abort', () => controller.error(signal.reason));
      },
    });
    return new Response(body);
  });
  const controller = new AbortController();
  const slow = open(url, { signal: controller.signal, onProgress: () => controller.abort('enough') });
  await expect(slow).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
});

it('opens a file that the user chose, in a worker that ends with the model', async () => {
  const model = await open(new File([bundle], 'tiny.onnx'), { worker: true });
  const positions = filled([2, 1, 2, 4, 3], 1);
  expect((await model.session.run({ positions })).logits?.shape).toEqual([2, 3]);
  await model.dispose();
  await expect(model.session.run({ positions })).rejects.toMatchObject({ code: 'runtime' });
});
