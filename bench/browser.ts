/** CTR-GCN in a headless Chromium beside the same in Node. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctrgcn } from '@kinegraph/encoders';
import { createRuntime } from '@kinegraph/node';
import { build } from 'vite';
import { launchChromium } from '../scripts/launch-chromium.ts';
import { isolated, serveFolder } from '../scripts/serve-folder.ts';
import type { BenchOptions, Measurement } from './measure.ts';
import { type CtrgcnNetwork, type NetworkTimes, timeNetwork } from './network.ts';

/** Measures Node and the page in turn. `rateOfNode` is how much of Node's work the page does in the same time. */
export async function* benchBrowser(options: BenchOptions): AsyncGenerator<Measurement> {
  const { batches, modes, threads, runs, width, frames } = options;
  await using folder = await buildPage();
  await using site = await serveFolder(folder.path, isolated);
  await using browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`${site.url}/browser.html`);
  await page.waitForFunction('globalThis.measure');
  for (const batch of batches) {
    for (const mode of modes) {
      const network: CtrgcnNetwork = { mode, batch, width, frames };
      const about = { model: 'ctrgcn', ...network };
      await using runtime = createRuntime({ threads });
      const node = await timeNetwork(runtime, { encoder: ctrgcn({ width }), ...network }, runs);
      yield { host: 'node', ...about, threads, ...node.times };
      const found = await page.evaluate<NetworkTimes>(`measure(${JSON.stringify(network)}, ${threads}, ${runs})`);
      const rateOfNode = Math.round((node.times.medianMs / found.times.medianMs) * 1000) / 1000;
      const { threads: actual = 1 } = found.report;
      yield { host: `chromium ${browser.version()}`, ...about, threads: actual, ...found.times, rateOfNode };
    }
  }
}

/** The page as a bundler makes it, in a folder that ends with the bench. */
async function buildPage() {
  const path = await mkdtemp(join(tmpdir(), 'kinegraph-bench-'));
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    build: { outDir: path, emptyOutDir: true, rolldownOptions: { input: join(import.meta.dirname, 'browser.html') } },
  });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
