import { runtimeCases } from '@kinegraph/core/testing';
import { describe, it } from 'vitest';
import { createRuntime } from './runtime.ts';

describe.each([
  { where: 'on this thread', options: {} },
  { where: 'in a worker', options: { worker: true } },
])('the runtime contract $where', ({ options }) => {
  for (const { name, run } of runtimeCases) it(name, () => run(() => createRuntime(options)));
});
