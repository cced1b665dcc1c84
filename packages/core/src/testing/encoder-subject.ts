/** An encoder under test: how the rules build and run it. */
import type { Encoder } from '../encoder/encoder.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { describeShape, input, type Value } from '../graph/value.ts';
import { createScope, type ScopeRecord, type TapRewrite } from '../nn/scope.ts';
import type { Runtime } from '../runtime/contract.ts';
import type { Layout } from '../skeleton/layout.ts';
import { createRandom } from '../tensor/random.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';

/** An encoder under test. */
export interface Subject {
  readonly encoder: Encoder;
  readonly runtime: Runtime;
  readonly layouts: readonly Layout[];
  /** The layout of all rules that are not about layouts. */
  readonly layout: Layout;
  readonly frames: number;
}

/** The encoder built once. */
export interface Built {
  readonly record: ScopeRecord;
  readonly x: Value;
  readonly y: Value;
}

/** How to build it; by default to train, batch 2, one person, 3 channels. */
export interface BuildOptions {
  readonly batch?: number;
  readonly persons?: number;
  readonly channels?: number;
  readonly training?: boolean;
  readonly layout?: Layout;
  readonly rewrite?: Readonly<Record<string, TapRewrite>>;
}

/** Builds the encoder in a scope of its own. */
export function build({ encoder, frames, layout: usual }: Subject, options: BuildOptions = {}): Built {
  const { batch = 2, persons = 1, channels = 3, training = true, layout = usual, rewrite = {} } = options;
  const record = createScope({ training, random: createRandom(1), rewrite });
  const x = input('x', [batch, persons, channels, frames, layout.joints.length]);
  return { record, x, y: encoder.build(record.scope, x, layout) };
}

/** Runs outputs with weights moved a little from their first values: some encoders start branches at exactly 0. */
export async function run(
  { runtime }: Subject,
  { parameters, buffers, noises }: ScopeRecord,
  outputs: Readonly<Record<string, Value>>,
  x: Tensor,
  others: Readonly<Record<string, Tensor>> = {},
): Promise<Record<string, Tensor>> {
  const random = createRandom(2);
  const moved = parameters.map(({ name, initial }) => {
    const data = initial.data.map((value) => value + 0.1 * random.normal());
    return [name, tensor('float32', initial.shape, data)] as const;
  });
  const weights = {
    ...Object.fromEntries(moved),
    ...Object.fromEntries(buffers.map(({ name, initial }) => [name, initial])),
  };
  await using session = await runtime.load(toOnnx({ outputs, weights }));
  const drawn = noises.map(({ path, shape }) => [path, uniform(shape, random)] as const);
  const feeds: Record<string, Tensor> = { x, ...Object.fromEntries(drawn), ...others };
  return session.run(Object.fromEntries(session.inputs.map(({ name }) => [name, feeds[name] as Tensor])));
}

/** Names and shapes of parameters and buffers. */
export function weightsOf({ record: { parameters, buffers } }: Built): string[] {
  return [...parameters, ...buffers].map(({ name, value }) => `${name} ${describeShape(value.shape)}`);
}

/** Normal noise of the shape of the encoder's input, or of another. */
export function noise(
  { frames, layout }: Subject,
  batch = 2,
  persons = 1,
  shape: readonly number[] = [batch, persons, 3, frames, layout.joints.length],
): Tensor<'float32'> {
  const random = createRandom(3);
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => random.normal()),
  );
}

/** Numbers in [0, 1), as a trainer feeds them to noises. */
export function uniform(shape: readonly number[], random: ReturnType<typeof createRandom>): Tensor<'float32'> {
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => random.next()),
  );
}
