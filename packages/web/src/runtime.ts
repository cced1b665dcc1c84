/** The runtimes of the browser: onnxruntime-web on this thread or in a worker. */
import type { Runtime } from '@kinegraph/core';
import { adaptEngine, checkRuntimeOptions, workerRuntime } from '@kinegraph/core/runtime';
import { baseUrl } from './base-url.ts';
import { type EngineOptions, engineQueue, ortWebEngine } from './engine.ts';
import { startWorker } from './worker-link.ts';

/** Options of {@link createRuntime}. */
export interface RuntimeOptions extends EngineOptions {
  /**
   * Runs the models in a module worker, so that the page stays responsive while they compute; `false` by default. Vite 8
   * and webpack 5 find the worker by themselves. A function that starts a worker over `@kinegraph/web/worker` serves
   * where it cannot be found: workers know no import map, so a page without a bundler needs one that was bundled.
   */
  readonly worker?: boolean | (() => Worker);
}

/** The names of {@link RuntimeOptions}, for checks. */
export const runtimeOptions: readonly string[] = [
  'providers',
  'threads',
  'wasmPaths',
  'session',
  'worker',
] satisfies (keyof RuntimeOptions)[];

/**
 * Makes a runtime over onnxruntime-web. What it really uses is in `session.report` after loading.
 *
 * WebAssembly blocks its thread until a run is done. With `worker: true` that is a worker's thread; tensors are then
 * copied on their way in, a signal also takes back a run that is under way, and `dispose` ends the worker at once.
 *
 * @throws `invalid-argument` for unknown options and for threads that are no positive whole number
 * @example
 * await using runtime = createRuntime({ providers: ['webgpu', 'wasm'], worker: true });
 * const session = await runtime.load(bytes);
 * session.report.provider; // 'webgpu', or 'wasm' and the reason in session.report.rejected
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  checkRuntimeOptions(options, runtimeOptions);
  const { worker = false, ...engineOptions } = { ...options, ...absolutePaths(options.wasmPaths) };
  if (worker === false) return adaptEngine(ortWebEngine(engineOptions), { queue: engineQueue });
  return workerRuntime(startWorker(worker === true ? undefined : worker), engineOptions);
}

/** Paths are relative to the page, not to the script or the worker that ends up loading them. */
function absolutePaths(paths: RuntimeOptions['wasmPaths']): Pick<EngineOptions, 'wasmPaths'> {
  if (paths === undefined) return {};
  const absolute = (path: string) => new URL(path, baseUrl()).href;
  if (typeof paths === 'string') return { wasmPaths: absolute(paths.endsWith('/') ? paths : `${paths}/`) };
  const { wasm, mjs } = paths;
  return { wasmPaths: { ...(wasm && { wasm: absolute(wasm) }), ...(mjs && { mjs: absolute(mjs) }) } };
}
