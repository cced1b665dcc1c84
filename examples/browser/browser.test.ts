import { join } from 'node:path';
import { expect, it } from 'vitest';
import { launchChromium } from '../../scripts/launch-chromium.ts';
import { serveFolder } from '../../scripts/serve-folder.ts';

it('the page without a bundler recognizes the recording', async () => {
  await using site = await serveFolder(join(import.meta.dirname, '..', '..'));
  await using browser = await launchChromium();
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  await page.goto(`${site.url}/examples/browser/`);
  await page.waitForFunction('document.querySelector("p").textContent', undefined, { timeout: 30_000 });
  expect(errors).toEqual([]);
  expect(await page.textContent('dd')).toBe('standing active straight leg raise');
  expect(await page.textContent('p')).toMatch(/^onnxruntime-web 1\.\d+\.\d+, wasm, threads: 1\./);
});
