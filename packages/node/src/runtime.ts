/** The runtimes of Node: onnxruntime-node on this thread or in a worker. */
import type { Runtime } from '@kinegraph/core';
import { adaptEngine, checkRuntimeOptions, workerRuntime } from '@kinegraph/core/runtime';
import { type EngineOptions, ortNodeEngine } from './engine.ts';
import { startWorker } from './worker-link.ts';

/** Options of {@link createRuntime}. */
export interface RuntimeOptions extends EngineOptions {
  /** Runs the models in a worker thread, so that this thread stays free while they compute; `false` by default. */
  readonly worker?: boolean;
}

/** The names of {@link RuntimeOptions}, for checks. */
export const runtimeOptions: readonly string[] = [
  'providers',
  'threads',
  'session',
  'worker',
] satisfies (keyof RuntimeOptions)[];

/**
 * Makes a runtime over onnxruntime-node. What it really uses is in `session.report` after loading.
 *
 * A run blocks its thread until it is done. With `worker: true` that is a thread of the runtime's own; tensors are then
 * copied on their way in, a signal also takes back a run that is under way, and `dispose` ends the thread after that run.
 * Several such runtimes compute side by side.
 *
 * @throws `invalid-argument` for unknown options and for threads that are no positive whole number
 * @example
 * await using runtime = createRuntime({ providers: ['cuda', 'cpu'], worker: true });
 * const session = await runtime.load(bytes);
 * session.report.provider; // 'cuda', or 'cpu' and the reason in session.report.rejected
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  checkRuntimeOptions(options, runtimeOptions);
  const { worker = false, ...engineOptions } = options;
  return worker ? workerRuntime(startWorker(), engineOptions) : adaptEngine(ortNodeEngine(engineOptions));
}
