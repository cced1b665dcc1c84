/** Runs an encoder with a linear head on golden weights, in the way the golden figures were made. */
import { readFileSync } from 'node:fs';
import { filled, int64 } from '@kinegraph/core';
import {
  createScope,
  type Encoder,
  gradients,
  input,
  linear,
  multiply,
  reduceSum,
  sqrt,
  toOnnx,
  type Value,
} from '@kinegraph/core/graph';
import { buildStep, classification, crossEntropy, poolFeatures, sgd } from '@kinegraph/core/train';
import { createRandom, createRuntime, type Layout, type Tensor } from '@kinegraph/node';
import { goldenInput, goldenWeights } from './weights.ts';

interface Summary {
  readonly shape: readonly number[];
  readonly l2: number;
  readonly at: readonly number[];
  readonly values: readonly number[];
}

interface Gradients {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, { readonly l2: number }>>;
}

interface Logits {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** One file of golden figures. */
export interface Golden {
  readonly input: { readonly shape: readonly [number, number, number, number, number] };
  readonly labels: readonly number[];
  readonly parameterCount: number;
  readonly tensors: readonly (readonly [string, readonly number[]])[];
  readonly eval: { readonly logits: Logits; readonly taps: Readonly<Record<string, Summary>> };
  readonly evalGradient: Gradients;
  readonly train: Gradients & { readonly logits: Logits; readonly running: Readonly<Record<string, Summary>> };
  readonly sgd: { readonly lr: number; readonly weightDecay: number; readonly losses: readonly number[] };
}

/** Reads a file of this folder. */
export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Golden;
}

/** The name that a tensor of the original state dict has here: the head of ST-GCN is a 1x1 convolution `fcn`, which is the layer `fc`. */
export function nameHere(name: string): string {
  return name.replace(/^fcn\./, 'fc.');
}

function weightsHere({ tensors }: Golden): Record<string, Tensor<'float32'>> {
  return Object.fromEntries(Object.entries(goldenWeights(tensors)).map(([name, weight]) => [nameHere(name), weight]));
}

/** What the encoder computed where the golden file has figures. */
export interface Computed {
  readonly names: readonly string[];
  readonly parameterCount: number;
  readonly logits: Float32Array;
  readonly loss: number;
  readonly norms: Readonly<Record<string, number>>;
  readonly running: Readonly<Record<string, Float32Array>>;
  readonly taps: Readonly<Record<string, Tensor>>;
}

/** Forward, loss and all gradients, in evaluation or training mode. */
export async function compute(golden: Golden, encoder: Encoder, layout: Layout, training: boolean): Promise<Computed> {
  const positions = goldenInput(golden.input.shape);
  const record = createScope({ training, random: createRandom(0), weights: weightsHere(golden) });
  const x = input('positions', positions.shape);
  const encoded = encoder.build(record.scope, x, layout);
  const pooled = poolFeatures({ encoded, positions: x, taps: [], tap: () => x });
  const logits = linear(record.scope.child('fc'), pooled, golden.eval.logits.shape[1] as number);
  const loss = crossEntropy(logits, input('classes', [golden.labels.length], 'int64'));
  const { parameters, buffers, taps } = record;
  const slopes = gradients(
    loss,
    parameters.map(({ value }) => value),
  );
  const norm = (value: Value) => sqrt(reduceSum(multiply(value, value)));
  const bytes = toOnnx({
    outputs: {
      logits,
      loss,
      ...Object.fromEntries(parameters.map(({ name }, i) => [`norm ${name}`, norm(slopes[i] as Value)])),
      ...Object.fromEntries(buffers.flatMap(({ name, next }) => (next ? [[`next ${name}`, next]] : []))),
      ...Object.fromEntries([...taps].map(([name, value]) => [`tap ${name}`, value])),
    },
    weights: Object.fromEntries([...parameters, ...buffers].map(({ name, initial }) => [name, initial])),
  });
  await using runtime = createRuntime();
  await using session = await runtime.load(bytes);
  const results = await session.run({ positions, classes: int64(golden.labels) });
  const pick = <T>(prefix: string, of: (value: Tensor) => T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(results).flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), of(value)]] : [],
      ),
    );
  return {
    names: [...parameters, ...buffers].map(({ name }) => name),
    parameterCount: parameters.reduce((sum, { initial }) => sum + initial.data.length, 0),
    logits: results.logits?.data as Float32Array,
    loss: results.loss?.data[0] as number,
    norms: pick('norm ', ({ data }) => data[0] as number),
    running: pick('next ', ({ data }) => data as Float32Array),
    taps: pick('tap ', (value) => value),
  };
}

/** Losses of four steps of Nesterov SGD by the training step itself. */
export async function descend(golden: Golden, encoder: Encoder, layout: Layout): Promise<number[]> {
  const [batch, , frames, , persons] = golden.input.shape;
  const classes = golden.eval.logits.shape[1] as number;
  const step = buildStep({
    encoder,
    task: classification(Array.from({ length: classes }, (_, i) => `${i}`)),
    input: { layout, frames, persons },
    batch,
    optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: golden.sgd.weightDecay }),
    random: createRandom(0),
    weights: weightsHere(golden),
  });
  await using runtime = createRuntime();
  await using session = await runtime.load(step.bytes, { carry: step.carry, state: step.state });
  const feeds = {
    positions: goldenInput(golden.input.shape),
    'target.classes': int64(golden.labels),
    rate: filled([], golden.sgd.lr),
  };
  const losses: number[] = [];
  for (const _ of golden.sgd.losses) {
    const { loss } = await session.run(feeds, { fetch: ['loss'] });
    losses.push(loss?.data[0] as number);
  }
  return losses;
}
