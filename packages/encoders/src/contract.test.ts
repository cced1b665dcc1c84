/** The shipped encoders pass the contract test that third parties run on theirs. */
import { testEncoder } from '@kinegraph/core/testing';
import { createRuntime } from '@kinegraph/node';
import { afterAll, expect, it } from 'vitest';
import { ctrgcn, stgcnpp } from './index.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

it.each([ctrgcn({ width: 8, stages: [1, 1] }), stgcnpp({ width: 8, stages: [1, 1] })])('$id', async (encoder) => {
  await expect(testEncoder(encoder, { runtime })).resolves.toBeUndefined();
});

it('names an option that an encoder does not have', () => {
  expect(() => ctrgcn({ depth: 3 })).toThrow('ctrgcn: expected options among width, stages, got depth.');
});
