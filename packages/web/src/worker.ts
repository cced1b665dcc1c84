/** The worker of a worker-backed runtime. */
import { adaptEngine, workerService } from '@kinegraph/core/runtime';
import { expose, transfer } from 'comlink';
import { type EngineOptions, engineQueue, ortWebEngine } from './engine.ts';

// A bundler that puts this worker into one file makes onnxruntime start its threads with that file.
if (self.name.startsWith('em-pthread')) {
  void import('onnxruntime-web/wasm');
} else {
  expose(
    workerService((options: EngineOptions) => adaptEngine(ortWebEngine(options), { queue: engineQueue }), transfer),
  );
}
