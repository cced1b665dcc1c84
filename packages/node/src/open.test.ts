import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filled, type Tensor } from '@kinegraph/core';
import { digestOf } from '@kinegraph/core/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tinyBundle } from '../../core/src/model/fixtures/tiny-bundle.ts';
import { cacheDirectory, clearCache } from './model-cache.ts';
import { open } from './open.ts';
import { createRuntime } from './runtime.ts';

const bundle = tinyBundle();
const digest = digestOf(bundle);
const positions = filled([1, 1, 2, 4, 3], 1);

let server: Server;
let origin: string;
let folder: string;
let requests: string[];
let answer: RequestListener;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinegraph-open-'));
  vi.stubEnv('KINEGRAPH_CACHE', join(folder, 'cache'));
  requests = [];
  answer = (_, response) => void response.writeHead(200, { 'content-length': bundle.length }).end(bundle);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const cached = async () => {
  const models = join(folder, 'cache', 'models');
  return (await readdir(models).catch(() => [])).map((name) => join(models, name));
};

describe('open', () => {
  it('opens a path, a file URL and bytes, without touching the cache', async () => {
    const path = join(folder, 'tiny #1.onnx');
    await writeFile(path, bundle);
    const logits: Tensor[] = [];
    for (const source of [path, pathToFileURL(path), pathToFileURL(path).href, bundle]) {
      const onProgress = vi.fn();
      await using model = await open(source, { sha256: digest, onProgress });
      logits.push((await model.session.run({ positions })).logits!);
      if (source !== bundle)
        expect(onProgress).toHaveBeenLastCalledWith({ loaded: bundle.length, total: bundle.length });
    }
    expect(new Set(logits.map(({ data }) => data.join())).size).toBe(1);
    expect(await cached()).toEqual([]);
  });

  it('says what it cannot read', async () => {
    await expect(open(join(folder, 'none.onnx'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(open(folder)).rejects.toMatchObject({ code: 'io' });
    await expect(open(undefined as never)).rejects.toThrow(
      'open: expected a path, a URL or a Uint8Array, got undefined.',
    );
    if (process.platform !== 'win32') await expect(open('/dev/zero')).rejects.toThrow('/dev/zero to be a file');
    await expect(open(new URL('ftp://models.test/a.onnx'))).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(open('http://')).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(open(bundle.subarray(0, 100))).rejects.toMatchObject({ code: 'invalid-bundle' });
    await expect(open(bundle, { sha256: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'invalid-data' });
    await expect(open(bundle, { provider: 'cpu' } as object)).rejects.toThrow('got "provider"');
  });

  it('uses the given runtime and leaves it open, or ends its own with the model', async () => {
    await using runtime = createRuntime();
    const first = await open(bundle, { runtime });
    await first.dispose();
    await using second = await open(bundle, { runtime });
    expect((await second.session.run({ positions })).logits?.shape).toEqual([1, 3]);
    await expect(open(bundle, { runtime, threads: 1 })).rejects.toMatchObject({ code: 'invalid-argument' });

    const model = await open(bundle, { worker: true });
    expect((await model.session.run({ positions })).logits?.shape).toEqual([1, 3]);
    await model.dispose();
    await expect(model.session.run({ positions })).rejects.toMatchObject({ code: 'runtime' });
  });
});

describe('open from a URL', () => {
  it('downloads once, with progress, and works offline from then on', async () => {
    const url = `${origin}/tiny.onnx`;
    const onProgress = vi.fn();
    await (await open(url, { onProgress })).dispose();
    expect(onProgress).toHaveBeenLastCalledWith({ loaded: bundle.length, total: bundle.length });
    await (await open(new URL(url), { cache: 'only', sha256: digest })).dispose();
    expect(requests).toEqual(['/tiny.onnx']);
    await expect(open(`${origin}/other.onnx`, { cache: 'only' })).rejects.toMatchObject({ code: 'not-found' });
    expect(requests).toHaveLength(1);
  });

  it('fetches a damaged entry anew, and leaves one file', async () => {
    const url = `${origin}/tiny.onnx`;
    await (await open(url)).dispose();
    const [entry] = await cached();
    const damaged = Buffer.from(await readFile(entry!));
    damaged[50]! ^= 1;
    await writeFile(entry!, damaged);
    await expect(open(url, { cache: 'only' })).rejects.toMatchObject({ code: 'not-found' });
    await (await open(url)).dispose();
    expect(requests).toHaveLength(2);
    expect(digestOf(await readFile(entry!))).toBe(digest);
  });

  it('replaces an entry when the model behind the URL has changed', async () => {
    const url = `${origin}/tiny.onnx`;
    await (await open(url)).dispose();
    const other = tinyBundle({}, 2);
    answer = (_, response) => void response.end(other);
    await expect(open(url, { sha256: digestOf(other) })).resolves.toBeDefined();
    expect(await cached()).toHaveLength(1);
    await clearCache();
    expect(await cached()).toEqual([]);
    await clearCache();
  });

  it('does not keep what has the wrong digest', async () => {
    await expect(open(`${origin}/tiny.onnx`, { sha256: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'invalid-data',
    });
    expect(await cached()).toEqual([]);
  });

  it('does not keep a page that a server answered with', async () => {
    answer = (_, response) => void response.end('<!doctype html><title>Back in a minute</title>');
    await expect(open(`${origin}/tiny.onnx`)).rejects.toMatchObject({ code: 'invalid-bundle' });
    expect(await cached()).toEqual([]);
  });

  it('opens the model even if the cache cannot be written, with a warning', async () => {
    await mkdir(join(folder, 'cache'));
    await writeFile(join(folder, 'cache', 'models'), 'in the way');
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    await (await open(`${origin}/tiny.onnx`)).dispose();
    expect(warning).toHaveBeenCalledWith(
      expect.stringContaining('a file where a folder should be'),
      'KinegraphWarning',
    );
    warning.mockRestore();
  });

  it('stops when the signal fires: before, while it waits, and in the middle', async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': bundle.length });
      response.write(bundle.subarray(0, 100));
    };
    const url = `${origin}/slow.onnx`;
    const slow = open(url, { signal: controller.signal, onProgress: () => controller.abort('enough') });
    await expect(slow).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    await expect(open(url, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
    answer = () => undefined;
    await expect(open(url, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'aborted' });
    expect(await cached()).toEqual([]);
  });

  it('says what is wrong with the network', async () => {
    answer = (_, response) => void response.writeHead(404).end('no');
    await expect(open(`${origin}/none.onnx`)).rejects.toMatchObject({ code: 'not-found' });
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': bundle.length });
      response.write(bundle.subarray(0, 100), () => response.destroy());
    };
    await expect(open(`${origin}/cut.onnx`)).rejects.toMatchObject({ code: 'io' });
    await expect(open('http://127.0.0.1:1/closed.onnx')).rejects.toThrow(/open: expected to download .*, got /);
    expect(await cached()).toEqual([]);
  });

  it('takes a page that is no model for what it is', async () => {
    answer = (_, response) => void response.end('<!doctype html>');
    await expect(open(`${origin}/tiny.onnx`)).rejects.toMatchObject({ code: 'invalid-bundle' });
  });
});

it('keeps its cache where the user says, or where the platform does', () => {
  expect(cacheDirectory()).toBe(join(folder, 'cache'));
  vi.stubEnv('KINEGRAPH_CACHE', '');
  vi.stubEnv('XDG_CACHE_HOME', '/var/cache/ann');
  if (process.platform === 'linux') expect(cacheDirectory()).toBe('/var/cache/ann/kinegraph');
  expect(cacheDirectory()).not.toContain('node_modules');
});
