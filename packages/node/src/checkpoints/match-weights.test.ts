import { elementCount, float32, KinegraphError } from '@kinegraph/core';
import { describe, expect, it } from 'vitest';
import { CheckpointTensor, denseStrides } from './checkpoint-tensor.ts';
import { elementTypes } from './element-types.ts';
import { matchWeights } from './match-weights.ts';
import { nearestName } from './nearest-name.ts';

function stored(shape: readonly number[], first = 1): CheckpointTensor {
  const length = elementCount(shape);
  const bytes = new Uint8Array(Float32Array.from({ length }, (_, i) => first + i).buffer);
  return new CheckpointTensor({
    storage: { type: elementTypes.float32, length, bytes },
    offset: 0,
    shape,
    strides: denseStrides(shape),
  });
}

const network = {
  'fc.weight': { shape: [2, 3] },
  'fc.bias': { shape: [2] },
  'l1.gcn1.PA': { shape: [1, 2, 2] },
  'data_bn.weight': { shape: [6] },
};
const checkpoint = () =>
  new Map([
    ['fc.weight', stored([2, 3, 1, 1])],
    ['fc.bias', stored([2])],
    ['l1.gcn1.PA', stored([1, 2, 2])],
    ['data_bn.weight', stored([6])],
  ]);

describe('matchWeights', () => {
  it('takes what fits; a 1x1 convolution is a linear layer', () => {
    const weights = matchWeights('file.pt', network, checkpoint());
    expect(Object.keys(weights)).toEqual(Object.keys(network));
    expect(weights['fc.weight']).toEqual(float32([1, 2, 3, 4, 5, 6], [2, 3]));
  });

  it('lists everything that does not fit, with what is near', () => {
    const other = checkpoint();
    other.set('head.fc.bias', other.get('fc.bias') as CheckpointTensor);
    other.delete('fc.bias');
    other.set('fc.weight', stored([3, 2]));
    other.set('data_bn.weight', stored([12]));
    other.set('extra', stored([7]));
    let message = '';
    try {
      matchWeights('file.pt', network, other);
    } catch (error) {
      expect(KinegraphError.is(error, 'invalid-data')).toBe(true);
      message = (error as Error).message;
    }
    expect(message.split('\n')).toEqual([
      'file.pt: expected the 4 tensors of the network, got 1 missing, 2 unexpected, 2 of another shape. ',
      'missing (1):',
      '  fc.bias [2]; the checkpoint has head.fc.bias',
      'unexpected (2):',
      '  head.fc.bias [2]; the network has fc.bias',
      '  extra [7]',
      'of another shape (2):',
      '  fc.weight [2, 3], in the checkpoint [3, 2]',
      '  data_bn.weight [6], in the checkpoint [12]',
      expect.stringMatching(/^The head has another shape: .* data_bn has another shape: .* Some names are others: /),
    ]);
  });

  it('says when it is another network', () => {
    expect(() => matchWeights('file.pt', network, new Map([['a', stored([1])]]))).toThrow(
      /4 missing, 1 unexpected.*Few names fit/s,
    );
  });

  it('refuses numbers that are none', () => {
    const broken = checkpoint().set('fc.bias', stored([2], Number.NaN));
    expect(() => matchWeights('file.pt', network, broken)).toThrow(/finite numbers in "fc.bias", got NaN at 0/);
  });
});

describe('nearestName', () => {
  it.each([
    ['l1.gcn1.PA', ['l2.gcn1.PA', 'backbone.net.0.gcn1.A', 'fc'], 'l2.gcn1.PA'],
    ['fc.weight', ['cls_head.fc_cls.weight', 'cls_head.fc_cls.bias'], 'cls_head.fc_cls.weight'],
    ['a.b.c', ['x.y.z'], undefined],
    ['a', [], undefined],
  ])('finds for %s among %j', (name, candidates, expected) => {
    expect(nearestName(name, candidates)).toBe(expected);
  });
});
