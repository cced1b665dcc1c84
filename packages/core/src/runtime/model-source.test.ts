import { describe, expect, it, vi } from 'vitest';
import { createAbort } from './abort.ts';
import { digestOf } from './checksum.ts';
import type { ResponseLike } from './download.ts';
import { type Digested, fetchModel, type ModelHost } from './model-source.ts';

const url = 'https://models.test/a.onnx';
const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 251);
const digest = digestOf(bytes);

function response(changes: Partial<ResponseLike> = {}, chunks = [bytes.slice(0, 100), bytes.slice(100)]): ResponseLike {
  const headers = new Map([['content-length', '300']]);
  return {
    ok: true,
    status: 200,
    url,
    headers: { get: (name) => headers.get(name) ?? null },
    body: {
      getReader: () => {
        const rest = [...chunks];
        return {
          read: async () => ({ done: rest.length === 0, value: rest.shift() }),
          cancel: async () => undefined,
        };
      },
    },
    ...changes,
  };
}

function host(entries: Record<string, Digested> = {}, answer: () => ResponseLike | Promise<ResponseLike> = response) {
  return {
    entries,
    fetch: vi.fn(async () => answer()),
    cache: {
      read: async (key: string) => entries[key],
      write: async (key: string, model: Digested) => {
        entries[key] = model;
      },
    },
    check: vi.fn((_: Uint8Array) => undefined),
    onCacheFailure: vi.fn(),
  } satisfies ModelHost & { entries: object };
}

describe('fetchModel', () => {
  it('downloads with progress, keeps what it got, and finds it again', async () => {
    const here = host();
    const onProgress = vi.fn();
    expect(await fetchModel(url, here, { onProgress })).toEqual(bytes);
    expect(onProgress.mock.calls).toEqual([[{ loaded: 100, total: 300 }], [{ loaded: 300, total: 300 }]]);
    expect(here.entries[url]).toEqual({ bytes, digest });
    expect(await fetchModel(url, here, { sha256: digest.toUpperCase() })).toEqual(bytes);
    expect(here.fetch).toHaveBeenCalledTimes(1);
  });

  it('obeys the cache mode', async () => {
    const old = { bytes: Uint8Array.of(1), digest: digestOf(Uint8Array.of(1)) };
    const here = host({ [url]: old });
    expect(await fetchModel(url, here, { cache: 'only' })).toEqual(old.bytes);
    expect(await fetchModel(url, here, { cache: 'off' })).toEqual(bytes);
    expect(here.entries[url]).toBe(old);
    expect(await fetchModel(url, here, { cache: 'refresh' })).toEqual(bytes);
    expect(here.entries[url]).toEqual({ bytes, digest });
    await expect(fetchModel(`${url}?2`, here, { cache: 'only' })).rejects.toMatchObject({ code: 'not-found' });
    expect(here.fetch).toHaveBeenCalledTimes(2);
    await expect(fetchModel(url, here, { cache: 'yes' as 'use' })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('does not keep what is no model', async () => {
    const here = host();
    const complaint = new Error('a page');
    here.check.mockImplementationOnce(() => {
      throw complaint;
    });
    await expect(fetchModel(url, here, {})).rejects.toBe(complaint);
    expect(here.entries).toEqual({});
    expect(await fetchModel(url, here, {})).toEqual(bytes);
  });

  it('fetches anew what has another digest than wanted, and refuses what still has', async () => {
    const here = host({ [url]: { bytes: Uint8Array.of(1), digest: digestOf(Uint8Array.of(1)) } });
    expect(await fetchModel(url, here, { sha256: digest })).toEqual(bytes);
    const wrong = 'ab'.repeat(32);
    await expect(fetchModel(url, here, { sha256: wrong })).rejects.toThrow(
      `open: expected ${url} to have sha-256 ${wrong}, got ${digest}.`,
    );
    expect(here.entries[url]?.digest).toBe(digest);
    await expect(fetchModel(url, here, { sha256: 'abc' })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it.each<[string, string, () => ResponseLike]>([
    ['not-found', 'HTTP status 404', () => response({ ok: false, status: 404 })],
    ['io', 'HTTP status 503', () => response({ ok: false, status: 503 })],
    ['io', 'a redirect to http://models.test', () => response({ url: 'http://models.test' })],
    [
      'io',
      'got fetch failed because of connect ECONNREFUSED',
      () => {
        throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      },
    ],
  ])('fails with %s for %s', async (code, text, answer) => {
    const here = host({}, answer);
    const failure = fetchModel(url, here, {});
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    expect(here.entries).toEqual({});
  });

  it('stops when the signal fires, before and in the middle', async () => {
    const { signal, abort } = createAbort();
    const broken = host({}, () =>
      response({
        body: {
          getReader: () => ({
            read: async () => {
              abort('enough');
              throw new Error('AbortError');
            },
            cancel: async () => undefined,
          }),
        },
      }),
    );
    await expect(fetchModel(url, broken, { signal })).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    await expect(fetchModel(url, broken, { signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(broken.fetch).toHaveBeenCalledTimes(1);
  });

  it('opens the model even if the cache cannot be written, or is not there', async () => {
    const failure = new Error('disk full');
    const full = { ...host(), cache: { read: async () => undefined, write: async () => Promise.reject(failure) } };
    expect(await fetchModel(url, full, {})).toEqual(bytes);
    expect(full.onCacheFailure).toHaveBeenCalledWith(failure);
    expect(await fetchModel(url, { ...host(), cache: undefined }, {})).toEqual(bytes);
  });

  it('does not trust the length of a body that travels compressed, and lets errors of the listener through', async () => {
    const headers = new Map([
      ['content-length', '70'],
      ['content-encoding', 'gzip'],
    ]);
    const zipped = host({}, () => response({ headers: { get: (name) => headers.get(name) ?? null } }));
    const onProgress = vi.fn();
    await fetchModel(url, zipped, { onProgress });
    expect(onProgress).toHaveBeenLastCalledWith({ loaded: 300, total: undefined });
    const complaint = new Error('my own');
    const failing = fetchModel(url, host(), {
      onProgress: () => {
        throw complaint;
      },
    });
    await expect(failing).rejects.toBe(complaint);
  });
});
