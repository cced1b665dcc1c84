/** Convolution along the last axis by way of its frequencies: for wide layers a fraction of the arithmetic. */
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { withGradient } from '../custom-gradient.ts';
import { constant, type Value } from '../value.ts';
import { type ConvolutionOptions, convolution } from './convolution.ts';
import { matmul, matmulByTransposed, matmulTransposed } from './matmul.ts';
import { reshape } from './reshape.ts';
import { transpose } from './transpose.ts';

/** Options of {@link spectralConvolution}. */
export interface SpectralOptions extends ConvolutionOptions {
  /**
   * Whether each frequency has a product for each sample, so that nothing is transposed, in place of one for all samples, which the
   * gradient of the weight is faster with; false by default.
   */
  readonly bySample?: boolean;
}

/**
 * The same as `convolution` without bias, up to rounding, by the convolution theorem: a product of channels for each frequency in place of
 * one for each frame and kernel position.
 *
 * Frequencies come from products with constant matrices, so that gradients are products as well. With T frames there are about 1.5 T real
 * products of `[O, C]`, where a direct convolution has K T'. The transforms cost about 1.5 T (T C + T' O) for each joint, so that
 * it pays for many channels and few frames.
 *
 * @param x `[N, C, V, T]`
 * @param weight `[O, C, 1, K]`
 * @returns `[N, O, V, T']` with `T' = floor((T + padding - dilation (K - 1) - 1) / stride) + 1`.
 */
export function spectralConvolution(x: Value, weight: Value, { bySample, ...options }: SpectralOptions = {}): Value {
  const [n, c, v, t] = x.shape as [number, number, number, number];
  const [o, , , k] = weight.shape as [number, number, number, number];
  const outputs = convolution(x, weight, undefined, options).shape[3] as number; // the same shape rule, and the same errors
  const { signal, kernel, result } = transforms(t, k, outputs, options);
  const frequencies = signal.shape[0] as number;
  const weights = matmulByTransposed(constant(kernel), reshape(weight, [o * c, k]));
  const spectrum = (rows: Value) => matmulByTransposed(constant(signal), reshape(rows, [n * c * v, t]));
  const frames = (product: Value) => matmulTransposed(reshape(product, [frequencies, n * o * v]), constant(result));
  if (bySample) {
    const product = matmul(reshape(weights, [frequencies, 1, o, c]), reshape(spectrum(x), [frequencies, n, c, v]));
    return reshape(frames(product), [n, o, v, outputs]);
  }
  const seen = reshape(spectrum(swapFirst(reshape(x, [n, c, v * t]))), [frequencies, c, n * v]);
  const maps = reshape(weights, [frequencies, o, c]);
  const product = matmul(maps, seen);
  const y = reshape(swapFirst(reshape(frames(product), [o, n, v * outputs])), [n, o, v, outputs]);
  // Written out for one product: joints by channels times the weights as they are is faster than transposed weights times the gradient.
  return withGradient(y, [x, weight], (dy) => {
    const rows = reshape(swapFirst(reshape(dy, [n, o, v * outputs])), [o * n * v, outputs]);
    const dProduct = reshape(matmulByTransposed(constant(result), rows), [frequencies, o, n * v]);
    const dWeights = reshape(matmulByTransposed(dProduct, seen), [frequencies, o * c]);
    const dSeen = matmulTransposed(dProduct, maps);
    const dx = matmulTransposed(reshape(dSeen, [frequencies, n * v * c]), constant(signal));
    return [
      transpose(reshape(dx, [n, v, c, t]), [0, 2, 1, 3]),
      reshape(matmulTransposed(dWeights, constant(kernel)), weight.shape),
    ];
  });
}

/**
 * Swaps the first two of three axes. Three, because onnxruntime pushes a transpose of four past the normalization that follows, and then
 * needs it in several places.
 */
const swapFirst = (x: Value): Value => transpose(x, [1, 0, 2]);

/** Matrices from frames, kernel positions and outputs to the real numbers that stand for their frequencies. */
interface Transforms {
  /** `[F, T]` */
  readonly signal: Tensor<'float32'>;
  /** `[F, K]` */
  readonly kernel: Tensor<'float32'>;
  /** `[F, T']` */
  readonly result: Tensor<'float32'>;
}

/**
 * How one real product takes part: what it takes of the signal's frequency a + ib and of the kernel's c + id, and what its result adds at
 * an angle. A frequency that is real needs one product; the others three (Gauss), `(a + b) c`, `a (d - c)` and `b (c + d)`, of which the
 * real part is the first less the third, and the imaginary part the first and the second.
 */
interface Part {
  signal(a: number, b: number): number;
  kernel(c: number, d: number): number;
  result(cosine: number, sine: number): number;
}

const real: readonly Part[] = [{ signal: (a) => a, kernel: (c) => c, result: (cosine) => cosine }];
const complex: readonly Part[] = [
  { signal: (a, b) => a + b, kernel: (c) => c, result: (cosine, sine) => 2 * (cosine - sine) },
  { signal: (a) => a, kernel: (c, d) => d - c, result: (_, sine) => -2 * sine },
  { signal: (_, b) => b, kernel: (c, d) => c + d, result: (cosine) => -2 * cosine },
];

function transforms(frames: number, size: number, outputs: number, options: ConvolutionOptions): Transforms {
  const { stride = 1, dilation = 1, padding = 0 } = options;
  const [before, after] = typeof padding === 'number' ? [padding, padding] : padding;
  // The circle is so long that what is read before the first frame and after the last are the same zeros.
  const length = frames + Math.max(before, after);
  const frequencies = Array.from({ length: Math.floor(length / 2) + 1 }, (_, frequency) => frequency);
  const rows = frequencies.flatMap((frequency) =>
    (frequency === 0 || 2 * frequency === length ? real : complex).map((part) => ({ frequency, part })),
  );
  const table = (columns: number, entry: (part: Part, angle: (time: number) => number, column: number) => number) => {
    const data = rows.flatMap(({ frequency, part }) => {
      const angle = (time: number) => (2 * Math.PI * ((frequency * time) % length)) / length;
      return Array.from({ length: columns }, (_, column) => entry(part, angle, column));
    });
    return tensor('float32', [rows.length, columns], Float32Array.from(data));
  };
  return {
    signal: table(frames, (part, angle, t) => part.signal(Math.cos(angle(t)), -Math.sin(angle(t)))),
    kernel: table(size, (part, angle, k) => {
      const at = angle(k * dilation - before);
      return part.kernel(Math.cos(at), Math.sin(at));
    }),
    result: table(outputs, (part, angle, t) => {
      const at = angle(t * stride);
      return part.result(Math.cos(at), Math.sin(at)) / length;
    }),
  };
}
