/** Compares gradients with finite differences: how one knows that a new op or loss is right. */

import { gradients } from '../graph/gradients.ts';
import { multiply } from '../graph/ops/elementwise.ts';
import { reduceSum } from '../graph/ops/reduce.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { constant, input, type Value } from '../graph/value.ts';
import type { Runtime, Session } from '../runtime/contract.ts';
import { KinegraphError } from '../tensor/error.ts';
import { elementCount, formatShape, type Tensor, tensor } from '../tensor/tensor.ts';

/** Options of {@link checkGradients}. */
export interface GradientCheckOptions {
  readonly runtime: Runtime;
  /** Where to differentiate, by input name; inputs that are not float32 are left alone. */
  readonly at: Readonly<Record<string, Tensor>>;
  /** The step of the differences; 0.02 by default. No kink of the function may lie within twice this of `at`. */
  readonly step?: number;
  /** The largest allowed error, relative to one plus the gradient; 1e-3 by default. */
  readonly tolerance?: number;
}

/** What {@link checkGradients} found. */
export interface GradientCheck {
  readonly output: Tensor<'float32'>;
  /** The factors of the output's elements in the sum that was differentiated. */
  readonly factors: Tensor<'float32'>;
  /** The gradients that were found to be right, by input name. */
  readonly gradients: Readonly<Record<string, Tensor<'float32'>>>;
  /** The largest error, relative to one plus the gradient. */
  readonly error: number;
}

/**
 * Checks `gradients()` through a function of float32 inputs, at one point, element by element.
 *
 * The output is reduced to a scalar by fixed factors. Differences are of fourth order; sums are made in double precision on the host.
 *
 * @throws `invalid-data` naming the element with the largest error, if that is above the tolerance
 * @example
 * ```ts
 * await checkGradients(({ x }) => multiply(tanh(x), x), { runtime, at: { x: float32([0.3, -1.2]) } });
 * ```
 */
export async function checkGradients<Name extends string>(
  build: (inputs: Readonly<Record<Name, Value>>) => Value,
  options: GradientCheckOptions & { readonly at: Readonly<Record<Name, Tensor>> },
): Promise<GradientCheck> {
  const { runtime, at, step = 0.02, tolerance = 1e-3 } = options;
  const names = Object.keys(at) as Name[];
  const inputs = Object.fromEntries(names.map((name) => [name, input(name, at[name].shape, at[name].dtype)]));
  const y = build(inputs as Record<Name, Value>);
  const factors = factorsOf(y.shape);
  const differentiable = names.filter((name) => at[name].dtype === 'float32');
  const slopes = gradients(
    reduceSum(multiply(y, constant(factors)), { keep: false }),
    differentiable.map((name) => inputs[name] as Value),
  );
  const outputs = Object.fromEntries(differentiable.map((name, i) => [`d.${name}`, slopes[i] as Value]));
  await using session = await runtime.load(toOnnx({ outputs: { y, ...outputs } }));
  const feeds = pickFeeds(session, at);
  const results = await session.run(feeds);
  const found = Object.fromEntries(differentiable.map((name) => [name, results[`d.${name}`] as Tensor<'float32'>]));
  const total = async (name: string, values: Float32Array) => {
    if (!Object.hasOwn(feeds, name)) return 0;
    const changed = { ...feeds, [name]: tensor('float32', at[name as Name].shape, values) };
    const { y: output } = await session.run(changed, { fetch: ['y'] });
    return dot(output as Tensor<'float32'>, factors);
  };
  let worst = { error: 0, where: '', expected: 0, actual: 0 };
  for (const name of differentiable) {
    const { data } = at[name] as Tensor<'float32'>;
    for (let i = 0; i < data.length; i++) {
      const expected = await difference((value) => total(name, data.with(i, value)), data[i] as number, step);
      const actual = found[name]?.data[i] as number;
      const error = Math.abs(expected - actual) / (1 + Math.abs(expected));
      if (!(error <= worst.error)) worst = { error, where: `${name}[${i}]`, expected, actual };
    }
  }
  if (worst.error <= tolerance) {
    return { output: results.y as Tensor<'float32'>, factors, gradients: found, error: worst.error };
  }
  throw new KinegraphError({
    code: 'invalid-data',
    where: `checkGradients: ${worst.where}`,
    expected: `the gradient ${worst.expected.toPrecision(5)} of finite differences`,
    actual: worst.actual.toPrecision(5),
    hint: `Output ${formatShape(y.shape)}.`,
  });
}

/** Graphs may not use an input at all; engines refuse feeds that a model does not have. */
function pickFeeds(session: Session, at: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(session.inputs.map(({ name }) => [name, at[name] as Tensor]));
}

/** The derivative by central differences of fourth order, at the points that float32 really has. */
async function difference(f: (x: number) => Promise<number>, x: number, step: number): Promise<number> {
  const near = await slope(f, x, step);
  const far = await slope(f, x, 2 * step);
  return (4 * near - far) / 3;
}

async function slope(f: (x: number) => Promise<number>, x: number, step: number): Promise<number> {
  const [high, low] = [Math.fround(x + step), Math.fround(x - step)];
  return ((await f(high)) - (await f(low))) / (high - low);
}

function factorsOf(shape: readonly number[]): Tensor<'float32'> {
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.cos(3 * i + 0.5)),
  );
}

function dot(a: Tensor<'float32'>, b: Tensor<'float32'>): number {
  return a.data.reduce((sum, value, i) => sum + value * (b.data[i] as number), 0);
}
