/** The contract test of {@link Task}: whoever writes one proves it with a call. */
import { defineEncoder, type Encoder, foldPersons, tapFolded, unfoldPersons } from '../encoder/encoder.ts';
import { relu } from '../graph/ops/elementwise.ts';
import { batchNorm } from '../nn/batch-norm.ts';
import { pointwise } from '../nn/layers.ts';
import type { Runtime } from '../runtime/contract.ts';
import { dimensionCount } from '../skeleton/clip.ts';
import { KinegraphError } from '../tensor/error.ts';
import type { NetworkInput } from '../train/network.ts';
import type { Recording, Task } from '../train/task.ts';
import { checkRules } from './rules.ts';
import { type TaskSubject, taskRules } from './task-rules.ts';

/** Options of {@link testTask}. */
export interface TaskTestOptions<S extends Recording> {
  readonly runtime: Runtime;
  /** A few samples that the task can learn to tell apart. */
  readonly samples: readonly S[];
  /** The encoder to pair the task with; by default one of two layers with the taps `block.0` and `block.1`. */
  readonly encoder?: Encoder;
  /** By default 16 frames of one person, in the layout of the first sample. */
  readonly input?: NetworkInput;
}

/** Two 1x1 convolutions: it knows nothing of skeletons and trains in no time. */
const plain = defineEncoder({
  id: 'kinegraph/test-plain',
  defaults: { width: 16 },
  build(scope, x, { options, persons }) {
    let y = batchNorm(scope.child('norm'), foldPersons(x));
    for (const block of [0, 1]) {
      y = tapFolded(scope, `block.${block}`, relu(pointwise(scope.child(`mix${block}`), y, options.width)), persons);
    }
    return unfoldPersons(y, persons);
  },
});

/**
 * Checks a task against all rules of the task contract; needs no test runner.
 *
 * @throws `invalid-argument` with every broken rule
 * @example
 * ```ts
 * await testTask(classification(labels), { runtime: createRuntime(), samples });
 * ```
 */
export async function testTask<S extends Recording, R>(task: Task<S, R>, options: TaskTestOptions<S>): Promise<void> {
  const { runtime, samples, encoder = plain() } = options;
  const [first] = samples;
  if (!first) {
    throw new KinegraphError({ code: 'invalid-argument', where: 'testTask', expected: 'samples', actual: 'none' });
  }
  const { clip } = first;
  const input = options.input ?? { layout: clip.layout, frames: 16, dimensions: dimensionCount(clip) };
  const subject: TaskSubject<S, R> = { task, samples, encoder, input, runtime };
  await checkRules(`testTask ${task.id}`, taskRules<S, R>(), subject);
}
