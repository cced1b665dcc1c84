import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/find-chromium.mjs';

const source = 'kinegraph-source';
const chromium = findChromium();

export default defineConfig({ cacheDir: '/tmp/e/vite-cache',
  test: {
    passWithNoTests: true,
    projects: [
      {
        // The packages' own tests, on their sources: nothing needs to be built.
        ssr: { resolve: { conditions: [source, 'module', 'node', 'development'] } },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          // Worker threads that a test starts run the sources too, under Node's own TypeScript.
          execArgv: [
            `--conditions=${source}`,
            '--experimental-transform-types',
            '--disable-warning=ExperimentalWarning',
          ],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Programs as a user writes them, against the built packages.
        test: {
          name: 'examples',
          include: ['examples/**/*.test.ts'],
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        cacheDir: '/tmp/e/vite-cache', resolve: { conditions: [source, 'module', 'browser', 'development'] },
        environments: { __vitest__: { resolve: { conditions: [source, 'module', 'node', 'development'] } } },
        optimizeDeps: {
          exclude: ['onnxruntime-web'],
          // Named, so that a cold cache does not reload the page in the middle of the tests.
          include: [
            '@bufbuild/protobuf',
            '@bufbuild/protobuf/codegenv2',
            '@bufbuild/protobuf/wire',
            '@noble/hashes/sha2.js',
            '@noble/hashes/utils.js',
            'comlink',
            'valibot',
          ],
        },
        // Cross-origin isolation gives WebAssembly its threads.
        server: {
          headers: {
            'Cross-Origin-Opener-Policy': 'same-origin',
            'Cross-Origin-Embedder-Policy': 'require-corp',
          },
        },
        test: {
          name: 'browser',
          include: ['packages/web/browser/**/*.test.ts'],
          globalSetup: 'packages/web/browser/node-figures.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: 'chromium' }],
            provider: playwright({
              launchOptions: {
                ...(chromium && { executablePath: chromium }),
                args: [
                  '--no-sandbox',
                  '--disable-gpu-sandbox',
                  '--enable-unsafe-webgpu',
                  '--use-webgpu-adapter=swiftshader',
                  '--disable-background-networking',
                  '--disable-component-update',
                  '--disable-sync',
                  '--no-first-run',
                ],
              },
            }),
          },
        },
      },
    ],
  },
});
