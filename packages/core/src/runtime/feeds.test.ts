import { expect, it } from 'vitest';
import { filled, float32, int64, type Tensor } from '../tensor/tensor.ts';
import type { TensorSpec } from './contract.ts';
import { checkFeeds } from './feeds.ts';

const specs: TensorSpec[] = [
  { name: 'positions', dtype: 'float32', shape: ['batch', 1, 3] },
  { name: 'labels', dtype: 'int64', shape: ['batch'] },
  { name: 'rate', dtype: 'float32', shape: [] },
];
const good: Record<string, Tensor> = { positions: filled([2, 1, 3], 0), labels: int64([0, 1]), rate: float32([1], []) };

it('passes what fits', () => {
  expect(() => checkFeeds('run', specs, good)).not.toThrow();
  expect(() =>
    checkFeeds('run', [{ name: 'x', dtype: 'bool', shape: ['', ''] }], {
      x: { dtype: 'bool', shape: [1, 2], data: new Uint8Array(2) },
    }),
  ).not.toThrow();
});

it('names what is missing and what is unknown', () => {
  expect(() => checkFeeds('run', specs, { positions: filled([2, 1, 3], 0), label: int64([0, 1]) })).toThrow(
    'run: expected the tensors "positions", "labels", "rate", got no "labels", "rate" and unknown "label".',
  );
});

it.each<[string, Record<string, unknown>]>([
  [
    'run: expected "positions" to be a tensor { dtype, shape, data }, got an object with "0", "1".',
    { positions: [1, 2] },
  ],
  ['run: expected "labels" to be int64 [batch], got float32.', { labels: float32([0, 1]) }],
  [
    'run: expected the data of "labels" (int64) to be a BigInt64Array, got a Int32Array.',
    { labels: { dtype: 'int64', shape: [2], data: new Int32Array(2) } },
  ],
  ['run: expected "positions" of shape [batch, 1, 3], got [2, 1, 4].', { positions: filled([2, 1, 4], 0) }],
  ['run: expected "rate" of shape [], got [1].', { rate: float32([1]) }],
  ['run: expected "labels" of shape [batch] with batch = 2, as in "positions", got [3].', { labels: int64([0, 1, 2]) }],
  [
    'run: expected 2 elements in "labels" of shape [2], got 1.',
    { labels: { dtype: 'int64', shape: [2], data: new BigInt64Array(1) } },
  ],
  [
    'run "rate": expected sizes that are whole numbers of at least 0, got [-1].',
    { rate: { dtype: 'float32', shape: [-1], data: new Float32Array(1) } },
  ],
])('%s', (message, change) => {
  expect(() => checkFeeds('run', specs, { ...good, ...change } as typeof good)).toThrow(message);
});

it('does not mistake inherited names for feeds', () => {
  const spec: TensorSpec = { name: 'constructor', dtype: 'float32', shape: [1] };
  expect(() => checkFeeds('run', [spec], {})).toThrow('got no "constructor"');
});

it('keeps the list of names short', () => {
  const many = Array.from(
    { length: 300 },
    (_, index): TensorSpec => ({ name: `weight.${index}`, dtype: 'float32', shape: [1] }),
  );
  expect(() => checkFeeds('run', many, {})).toThrow(/"weight\.11" and 288 more, got no "weight\.0"/);
});
