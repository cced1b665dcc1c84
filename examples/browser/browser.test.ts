import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { chromium } from 'playwright';
import { expect, it } from 'vitest';
import { findChromium } from '../../scripts/find-chromium.mjs';

const root = join(import.meta.dirname, '..', '..');
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Serves the repository as any static web server would. */
const server = createServer(async (request, response) => {
  const path = new URL(request.url ?? '', 'http://localhost').pathname.replace(/\/$/, '/index.html');
  const body = await readFile(join(root, path)).catch(() => undefined);
  const type = types[extname(path)] ?? 'application/octet-stream';
  response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body);
});

it('the page without a bundler recognizes the recording', async () => {
  const executablePath = findChromium();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/examples/browser/`);
    await page.waitForFunction('document.querySelector("p").textContent', undefined, { timeout: 30_000 });
    expect(errors).toEqual([]);
    expect(await page.textContent('dd')).toBe('standing active straight leg raise');
    expect(await page.textContent('p')).toMatch(/^onnxruntime-web 1\.\d+\.\d+, wasm, threads: 1\./);
  } finally {
    await browser.close();
    server.close();
  }
});
