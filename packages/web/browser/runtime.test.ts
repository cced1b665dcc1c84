import { runtimeRules } from '@kinegraph/core/testing';
import { describe, it } from 'vitest';
import { createRuntime, type RuntimeOptions } from '../src/runtime.ts';

const kinds: { where: string; options: RuntimeOptions }[] = [
  { where: 'in WebAssembly', options: {} },
  { where: 'in a worker', options: { worker: true } },
  { where: 'on WebGPU', options: { providers: ['webgpu'] } },
];

describe.each(kinds)('the runtime contract $where', ({ options }) => {
  for (const { name, check } of runtimeRules) it(name, () => check(() => createRuntime(options)));
});
