import { runtimeRules } from '@kinegraph/core/testing';
import { describe, it } from 'vitest';
import { createRuntime } from './runtime.ts';

describe('the runtime contract under Node', () => {
  for (const { name, check } of runtimeRules) it(name, () => check(() => createRuntime()));
});
