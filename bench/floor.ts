/** How much arithmetic an encoder needs, and how fast the machine multiplies: the least time that a run can take. */
import { float32, type Runtime } from '@kinegraph/core';
import { createScope, type Encoder, input, matmul, toOnnx, type Value } from '@kinegraph/core/graph';
import { createRandom, ntu25 } from '@kinegraph/node';
import { timed } from './measure.ts';

/** Multiply-adds of a training step for each of inference: forward, and the gradients of both factors. */
export const passes: Readonly<Record<string, number>> = { infer: 1, train: 3 };

/** Billions of multiply-adds in the matrix products and convolutions of one sample's inference. */
export function gigaMultiplyAdds(encoder: Encoder): number {
  const { scope } = createScope({ training: false, random: createRandom(0) });
  const features = encoder.build(scope, input('positions', [1, 2, 3, 64, 25]), ntu25);
  const seen = new Set<Value>();
  const waiting = [features];
  let total = 0;
  while (waiting.length > 0) {
    const value = waiting.pop() as Value;
    if (seen.has(value) || value.source.kind !== 'op') continue;
    seen.add(value);
    total += multiplyAdds(value);
    waiting.push(...value.source.inputs);
  }
  return total / 1e9;
}

function multiplyAdds({ shape, source }: Value): number {
  if (source.kind !== 'op') return 0;
  const [a, b] = source.inputs;
  const results = shape.reduce((product, size) => product * size, 1);
  if (source.op.type === 'MatMul') return isWeight(a) && isWeight(b) ? 0 : results * (a?.shape.at(-1) as number);
  if (source.op.type === 'Conv') return results * (b?.shape.slice(1).reduce((x, y) => x * y, 1) as number);
  return 0;
}

/** Whether a value does not depend on the input, and is therefore computed when a model is loaded. */
function isWeight(value: Value | undefined): boolean {
  if (!value || value.source.kind === 'constant') return true;
  if (value.source.kind === 'input') return value.source.name !== 'positions';
  return value.source.inputs.every(isWeight);
}

/** Billions of multiply-adds a second in the product of two matrices of 1024 rows and columns. */
export async function productRate(runtime: Runtime, runs: number): Promise<number> {
  const size = 1024;
  const shape = [size, size];
  const a = input('a', shape);
  await using session = await runtime.load(toOnnx({ outputs: { y: matmul(a, input('b', shape)) } }));
  const random = createRandom(0);
  const matrix = () => float32(Array.from({ length: size * size }, random.normal), shape);
  const feeds = { a: matrix(), b: matrix() };
  const { minMs } = await timed(() => session.run(feeds), runs * 3);
  return size ** 3 / minMs / 1e6;
}
