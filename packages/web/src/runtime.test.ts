import { runtimeCases } from '@kinegraph/core/testing';
import { describe, expect, it } from 'vitest';
import { createRuntime } from './runtime.ts';

describe('the runtime contract under Node', () => {
  for (const { name, run } of runtimeCases) it(name, () => run(() => createRuntime()));
});
