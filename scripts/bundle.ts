/** The one way in which every package of this repository is built: ES modules, declarations and source maps. */
import { readFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

/** Entry files of a package by the name they get in `dist`, and the host that it is for. */
interface Bundle {
  readonly entry: Record<string, string>;
  readonly platform: 'neutral' | 'node' | 'browser';
}

/** A tsup configuration; shared code goes to chunks next to the entries, so `dist` is one flat folder. */
export function bundle({ entry, platform }: Bundle) {
  return defineConfig({
    entry,
    platform,
    format: 'esm',
    target: 'es2023',
    splitting: true,
    sourcemap: true,
    clean: true,
    silent: true,
    // tsup still passes `baseUrl`, which TypeScript 6 deprecates. Without the source condition, packages see each other as users do.
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
    esbuildPlugins: [
      {
        name: 'worker-url',
        // `new URL('./worker.ts', import.meta.url)` names a source file; in dist the entry has the same name and ends in .js.
        setup(build) {
          build.onLoad({ filter: /[\\/]packages[\\/][^\\/]+[\\/]src[\\/].*\.ts$/ }, async ({ path }) => ({
            contents: (await readFile(path, 'utf8')).replaceAll(
              /new URL\('(\.\/[\w-]+)\.ts', import\.meta\.url\)/g,
              "new URL('$1.js', import.meta.url)",
            ),
            loader: 'ts',
          }));
        },
      },
    ],
  });
}
