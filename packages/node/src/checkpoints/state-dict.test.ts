import { describe, expect, it } from 'vitest';
import { CheckpointTensor } from './checkpoint-tensor.ts';
import { elementTypes } from './element-types.ts';
import { stateDict } from './state-dict.ts';

const storage = { type: elementTypes.float32, length: 1, bytes: new Uint8Array(4) };
const scalar = new CheckpointTensor({ storage, offset: 0, shape: [], strides: [] });
const names = (saved: unknown) => [...stateDict('file.pt', saved).keys()];

describe('stateDict', () => {
  it('prefers a known place to a tensor beside it', () => {
    const inner = new Map([['fc.weight', scalar]]);
    expect(
      names(
        new Map<string, unknown>([
          ['epoch', scalar],
          ['state_dict', inner],
        ]),
      ),
    ).toEqual(['fc.weight']);
    expect(names(new Map([['model', new Map([['state_dict', inner]])]]))).toEqual(['fc.weight']);
    expect(names(new Map<unknown, unknown>([...inner, ['step', 3], [7, scalar]]))).toEqual(['fc.weight']);
  });

  it('takes a prefix away only if every name has it', () => {
    expect(names(new Map([['module.module.a', scalar]]))).toEqual(['a']);
    expect(
      names(
        new Map([
          ['module.a', scalar],
          ['b', scalar],
        ]),
      ),
    ).toEqual(['module.a', 'b']);
  });

  it('refuses what holds no tensors, however it refers to itself', () => {
    const loop = new Map<string, unknown>();
    loop.set('model', loop);
    expect(() => names(loop)).toThrow(/a state dict: .* got a dictionary with "model"/);
    expect(() => names(3)).toThrow(/got a number/);
    expect(() => names(null)).toThrow(/got None/);
  });
});
