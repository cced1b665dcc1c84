import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../tensor/random.ts';
import { elementCount, type Tensor, tensor } from '../../tensor/tensor.ts';
import { gradients } from '../gradients.ts';
import { toOnnx } from '../to-onnx.ts';
import { input, type Value } from '../value.ts';
import { type ConvolutionOptions, convolution } from './convolution.ts';
import { multiply } from './elementwise.ts';
import { reduceSum } from './reduce.ts';
import { spectralConvolution } from './spectral-convolution.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

function noise(seed: number, shape: readonly number[]): Tensor<'float32'> {
  const random = createRandom(seed);
  return tensor('float32', shape, Float32Array.from({ length: elementCount(shape) }, random.normal));
}

const cases: [string, number, number, ConvolutionOptions][] = [
  ['9x1 as ST-GCN has it', 16, 9, { padding: 4 }],
  ['strided, even frames', 16, 9, { padding: 4, stride: 2 }],
  ['strided, odd frames', 13, 9, { padding: 4, stride: 2 }],
  ['dilated', 20, 5, { padding: 4, dilation: 2 }],
  ['padded on one side', 11, 4, { padding: [3, 0] }],
  ['without padding', 12, 5, {}],
  ['kernel longer than the clip', 2, 9, { padding: 4 }],
  ['one frame', 1, 9, { padding: 4, stride: 2 }],
];

describe('spectralConvolution', () => {
  it.each(cases)('%s: results and gradients of convolution', async (_, frames, kernel, options) => {
    const shapes = { x: [3, 8, 5, frames], w: [6, 8, 1, kernel] };
    const [x, w] = [input('x', shapes.x), input('w', shapes.w)];
    const direct = convolution(x, w, undefined, options);
    const factors = input('factors', direct.shape);
    const spectral = spectralConvolution(x, w, options);
    const bySample = spectralConvolution(x, w, { ...options, bySample: true });
    const outputs = Object.entries({ direct, spectral, bySample }).flatMap(([name, y]) => {
      const [dx, dw] = gradients(reduceSum(multiply(y, factors)), [x, w]) as [Value, Value];
      return [
        [`${name} y`, y],
        [`${name} dx`, dx],
        [`${name} dw`, dw],
      ] as const;
    });
    await using session = await runtime.load(toOnnx({ outputs: Object.fromEntries(outputs) }));
    const feeds = { x: noise(1, shapes.x), w: noise(2, shapes.w), factors: noise(3, direct.shape) };
    const found = await session.run(feeds);
    for (const [way, part] of ['spectral', 'bySample'].flatMap((way) => ['y', 'dx', 'dw'].map((part) => [way, part]))) {
      const expected = found[`direct ${part}`] as Tensor<'float32'>;
      const actual = found[`${way} ${part}`] as Tensor<'float32'>;
      expect(actual.shape).toEqual(expected.shape);
      const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = expected.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (actual.data[i] as number))),
        0,
      );
      expect(error / largest, `${way} ${part}`).toBeLessThan(2e-6);
    }
  });

  it('refuses shapes as convolution does', () => {
    expect(() => spectralConvolution(input('x', [1, 2, 3, 4]), input('w', [5, 6, 1, 3]))).toThrow(
      'Conv: expected x [N, C, V, T] and weight [O, C, 1, K]',
    );
  });
});
