/**
 * The builds of onnxruntime-web: a small one without `eval` for WebAssembly, a large one for WebGPU; each is set up
 * once a thread.
 */
import { KinegraphError } from '@kinegraph/core';
import type * as OnnxRuntime from 'onnxruntime-web';

/** An execution provider of onnxruntime-web. */
export type Provider = 'wasm' | 'webgpu';

/** What has to be known before a build starts; the first runtime of a thread decides. */
export interface BuildOptions {
  /**
   * Threads of WebAssembly; by default half of the machine's, and at most 4. They need a cross-origin isolated page,
   * and `session.report.notes` says so where it is not.
   */
  readonly threads?: number;
  /**
   * Where onnxruntime's files are, if the bundler does not place them: the URL of a folder with
   * `ort-wasm-simd-threaded.wasm` and `.mjs` (for WebGPU `ort-wasm-simd-threaded.asyncify.*`), or the URLs of the two
   * files.
   */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
}

/** A build that is ready to open sessions. */
export interface Build {
  readonly ort: typeof OnnxRuntime;
  /** @throws what onnxruntime throws, or a word about its files if it could not even start */
  open(bytes: Uint8Array, options: OnnxRuntime.InferenceSession.SessionOptions): Promise<OnnxRuntime.InferenceSession>;
  /** How its threads differ from what was asked for. */
  notes(): string[];
}

const imports: Readonly<Record<Provider, () => Promise<typeof OnnxRuntime>>> = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
};

/**
 * Imports a build and sets it up, if that has not happened yet.
 *
 * @throws `unsupported` if this host has no such provider
 */
export async function loadBuild(provider: Provider, { threads, wasmPaths }: BuildOptions): Promise<Build> {
  if (!Object.hasOwn(imports, provider)) {
    throw unsupported(`a provider among ${Object.keys(imports).join(', ')}`, `"${provider}"`);
  }
  if (provider === 'webgpu') await checkAdapter();
  const ort = await imports[provider]();
  const isolated = globalThis.crossOriginIsolated === true;
  // Once the build has started, these have no effect any more. WebGPU leaves too little to the CPU for threads.
  if (provider === 'webgpu' || !isolated) ort.env.wasm.numThreads = 1;
  else if (threads !== undefined) ort.env.wasm.numThreads ??= threads;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths ??= wasmPaths;
  return {
    ort,
    open: (bytes, session) =>
      ort.InferenceSession.create(bytes, session).catch((cause: unknown) => {
        throw `${cause}`.includes('no available backend') ? notStarted(wasmPaths, cause) : cause;
      }),
    notes() {
      const actual = ort.env.wasm.numThreads;
      if (provider === 'webgpu') return [];
      if (!isolated) return [oneThread];
      if (threads === undefined || threads === actual) return [];
      return [`${actual} threads rather than ${threads}: the first runtime of a page decides.`];
    },
  };
}

const oneThread =
  'One thread: the page is not cross-origin isolated. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and ' +
  'Cross-Origin-Embedder-Policy: require-corp.';

async function checkAdapter(): Promise<void> {
  const gpu = globalThis.navigator?.gpu;
  if (!gpu) throw unsupported('navigator.gpu', 'none; WebGPU needs a recent browser and a secure page');
  if (!(await gpu.requestAdapter())) throw unsupported('a WebGPU adapter', 'none');
}

/** It does not try again: what went wrong stays wrong until the page is loaded anew. */
function notStarted(wasmPaths: BuildOptions['wasmPaths'], cause: unknown): KinegraphError {
  const place = wasmPaths === undefined ? 'beside the script' : `at ${JSON.stringify(wasmPaths)}`;
  return new KinegraphError({
    code: 'io',
    where: 'load',
    expected: `onnxruntime-web to find its .wasm file ${place}`,
    actual: `${cause}`,
    hint: 'Serve the file there or set wasmPaths, and load the page again. Vite before 8 needs optimizeDeps.exclude: ["@kinegraph/web", "onnxruntime-web"].',
    cause,
  });
}

function unsupported(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'unsupported', where: 'load', expected, actual });
}
