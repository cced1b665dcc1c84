/** The engine of this package: onnxruntime-web, loaded with the first model. */
import { createQueue, type Engine, firstUsable, ortSession, type Queue } from '@kinegraph/core/runtime';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { type Build, type BuildOptions, loadBuild, type Provider } from './builds.ts';
import { renewableSession } from './renewable-session.ts';

/** How onnxruntime-web runs models. */
export interface EngineOptions extends BuildOptions {
  /**
   * Tried in order until one opens the model; `['wasm']` by default, which needs no `eval` and so obeys a strict
   * content security policy. `webgpu` loads a larger build, and only where there is an adapter; operators that it lacks
   * run in WebAssembly.
   */
  readonly providers?: readonly Provider[];
  /** More options of onnxruntime's `InferenceSession.create`, passed as they are. */
  readonly session?: InferenceSession.SessionOptions;
}

/** One for the whole thread: onnxruntime-web breaks when calls overlap, even those of different sessions. */
export const engineQueue: Queue = createQueue();

/** Makes the engine. */
export function ortWebEngine({ providers = ['wasm'], session = {}, ...options }: EngineOptions): Engine<Tensor> {
  const openWasm = (build: Build, bytes: Uint8Array) =>
    build.open(bytes, { ...quiet, ...session, executionProviders: ['wasm'] });

  const openWebgpu = (build: Build, bytes: Uint8Array, resident: readonly string[]) => {
    const own = bytes.slice();
    const preferredOutputLocation = Object.fromEntries(resident.map((name) => [name, 'gpu-buffer' as const]));
    const webgpu = { ...quiet, preferredOutputLocation, ...session, executionProviders: ['webgpu'] };
    return renewableSession(() => build.open(own, webgpu));
  };

  return {
    id: 'onnxruntime-web',
    async open(bytes, resident) {
      const { value, provider, rejected } = await firstUsable(providers, async (name) => {
        const build = await loadBuild(name, options);
        return { build, native: await (name === 'webgpu' ? openWebgpu : openWasm)(build, bytes, resident) };
      });
      const { ort, notes } = value.build;
      return ortSession(ort.Tensor, value.native, {
        engine: `onnxruntime-web ${ort.env.versions.web}`,
        provider,
        rejected,
        threads: ort.env.wasm.numThreads ?? 1,
        notes: notes(),
      });
    },
  };
}

/** What onnxruntime would print is also in the error that it throws. */
const quiet = { logSeverityLevel: 4 } as const;
