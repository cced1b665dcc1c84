import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { build, createServer } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import webpack, { type Configuration, type Stats } from 'webpack';
import { launchChromium } from '../../scripts/launch-chromium.ts';
import { isolated, type Site, serveFolder } from '../../scripts/serve-folder.ts';

const root = join(import.meta.dirname, '..', '..');
const project = join(import.meta.dirname, 'dist');
/** What docs/guide/browser.md says is enough. */
const policy = { 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };

/** Builds or serves the project as a user would who has configured nothing. */
const bundlers: Readonly<Record<string, () => Promise<Site>>> = {
  async 'Vite, built'() {
    await build({ root: project, configFile: false, logLevel: 'error', build: { outDir: 'vite' } });
    return serveFolder(join(project, 'vite'), { ...isolated, ...policy });
  },
  async 'Vite, in development'() {
    const server = { host: '127.0.0.1', headers: isolated };
    const vite = await createServer({ root: project, configFile: false, logLevel: 'error', server });
    await vite.listen();
    return { url: vite.resolvedUrls?.local[0] ?? '', [Symbol.asyncDispose]: () => vite.close() };
  },
  async webpack() {
    const folder = join(project, 'webpack');
    const stats = await runWebpack({
      mode: 'production',
      context: project,
      entry: './main.js',
      output: { path: folder },
      performance: { hints: false },
      // Takes longer than all the rest.
      optimization: { minimize: false },
    });
    expect(stats?.toString({ all: false, errors: true, warnings: true })).toBe('');
    await cp(join(project, 'public'), folder, { recursive: true });
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><title>App</title><script defer src="main.js"></script>',
    );
    return serveFolder(folder, { ...isolated, ...policy });
  },
};

function runWebpack(configuration: Configuration): Promise<Stats | undefined> {
  return new Promise((resolve, reject) => {
    webpack(configuration, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

let browser: Browser;

/** A project with the packages as npm installs them: bundlers treat what lies in node_modules in ways of its own. */
beforeAll(async () => {
  await rm(project, { recursive: true, force: true });
  const copies: Readonly<Record<string, string>> = {
    'examples/browser/bundled.page.js': 'main.js',
    'examples/recordings/kick.json': 'public/recording.json',
    'models/ui-prmd-10.onnx': 'public/model.onnx',
    'packages/core/package.json': 'node_modules/@kinegraph/core/package.json',
    'packages/core/dist': 'node_modules/@kinegraph/core/dist',
    'packages/web/package.json': 'node_modules/@kinegraph/web/package.json',
    'packages/web/dist': 'node_modules/@kinegraph/web/dist',
  };
  for (const [from, to] of Object.entries(copies)) await cp(join(root, from), join(project, to), { recursive: true });
  // Marks the project's root; Vite keeps its cache there.
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(project, 'index.html'),
    '<!doctype html><title>App</title><script type="module" src="main.js"></script>',
  );
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await rm(project, { recursive: true, force: true });
});

it.each(Object.entries(bundlers))('%s finds the engine and the worker by itself', async (_, bundle) => {
  await using site = await bundle();
  await using page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  await page.goto(site.url);
  await page.waitForFunction('globalThis.recognize', undefined, { timeout: 30_000 });
  for (const options of [{ threads: 2 }, { threads: 2, worker: true }]) {
    expect(await page.evaluate(`recognize(${JSON.stringify(options)})`)).toMatchObject({
      label: 'standing active straight leg raise',
      provider: 'wasm',
      threads: 2,
      notes: [],
    });
  }
  expect(errors).toEqual([]);
});
