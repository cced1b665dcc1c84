/** What is known of a graph's edges, and where skeletons lie, changes how a graph convolution is computed, not what comes out. */
import { adjacency, createRandom, elementCount, float32, ntu25, type Tensor, zeros } from '@kinegraph/core';
import {
  constant,
  createScope,
  defaultUniform,
  gradients,
  input,
  multiply,
  reduceSum,
  reshape,
  toOnnx,
  transpose,
  type Value,
} from '@kinegraph/core/graph';
import { createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { graphConvolution } from './graph-convolution.ts';
import { placeSideBySide, takeApart } from './side-by-side.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const [skeletons, width, c, t] = [2, 40, 48, 3] as const;

const draw = (shape: readonly number[], seed: number): Tensor<'float32'> => {
  const random = createRandom(seed);
  return float32(
    Array.from({ length: elementCount(shape) }, () => random.normal()),
    shape,
  );
};

/** Each sender of each subset sends to two joints. */
function edgesFrom(senders: readonly (readonly number[])[], v: number): Tensor<'float32'> {
  const edges = zeros('float32', [senders.length, v, v]);
  for (const [subset, from] of senders.entries()) {
    for (const joint of from) {
      for (const to of [joint, (joint + 3) % v]) edges.data[(subset * v + joint) * v + to] = 1;
    }
  }
  return edges;
}

interface Way {
  readonly training: boolean;
  readonly known?: boolean;
  readonly together?: boolean;
}

/** The result of a graph convolution and its gradients, and the size of its model. */
async function convolve(edges: Tensor<'float32'>, { training, known = false, together = false }: Way) {
  const v = edges.shape[1] as number;
  const { scope, parameters, buffers } = createScope({ training, random: createRandom(0) });
  const [x, graph] = [input('x', [skeletons, v, c, t]), input('graph', edges.shape)];
  const first = {
    conv: scope.child('conv'),
    norm: scope.child('norm'),
    weight: defaultUniform(c),
    bias: defaultUniform(c),
  };
  const placed = together ? placeSideBySide(x) : transpose(x, [0, 2, 1, 3]);
  const layer = known ? { ...first, edges } : first;
  const convolved = graphConvolution(placed, multiply(graph, constant(edges)), width, layer);
  const apart = () => takeApart(convolved, { joints: v, persons: skeletons });
  const y = together ? reshape(transpose(apart(), [0, 1, 2, 4, 3]), [skeletons, width, v, t]) : convolved;
  const wanted = [x, graph, ...parameters.map(({ value }) => value)];
  const slopes = training ? gradients(reduceSum(multiply(y, input('factors', y.shape)), { keep: false }), wanted) : [];
  const bytes = toOnnx({ outputs: { y, ...Object.fromEntries(slopes.map((slope, i) => [`d${i}`, slope as Value])) } });
  const feeds: Record<string, Tensor> = {
    x: draw(x.shape, 1),
    graph: draw(graph.shape, 2),
    factors: draw(y.shape, 3),
    ...Object.fromEntries([...parameters, ...buffers].map(({ name, initial }) => [name, initial])),
  };
  await using session = await runtime.load(bytes);
  const taken = session.inputs.map(({ name }) => [name, feeds[name] as Tensor] as const);
  return { results: await session.run(Object.fromEntries(taken)), size: bytes.length };
}

type Results = Awaited<ReturnType<typeof convolve>>['results'];

function expectSame(found: Results, expected: Results): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) {
    const values = Array.from(data, Number);
    const largest = Math.max(1, ...values.map(Math.abs));
    const error = Math.max(...values.map((value, i) => Math.abs(value - Number(found[name]?.data[i]))));
    expect(error / largest, name).toBeLessThan(1e-5);
  }
}

describe('graphConvolution', () => {
  it.each([
    [
      'the partition of ST-GCN, where five joints send in one subset',
      adjacency(ntu25, 'spatial-configuration-legacy'),
      true,
    ],
    ['the partition of its paper, where most joints send in all', adjacency(ntu25, 'spatial-configuration'), false],
    ['one sender in each subset', edgesFrom([[0], [4], [8]], 9), true],
    ['a subset without edges', edgesFrom([[0, 1, 2, 3, 4, 5, 6], [2], []], 7), true],
    ['no edges', edgesFrom([[], []], 5), false],
  ])('%s: results and gradients as with unknown edges', async (_, edges, cheaper) => {
    for (const training of [false, true]) {
      const known = await convolve(edges, { training, known: true });
      const unknown = await convolve(edges, { training });
      expectSame(known.results, unknown.results);
      expect(known.size !== unknown.size).toBe(cheaper);
    }
  });

  it.each([false, true])(
    'skeletons side by side: results and gradients as one by one, training %s',
    async (training) => {
      const edges = adjacency(ntu25, 'spatial-configuration-legacy');
      const { results } = await convolve(edges, { training, together: true, known: true });
      expectSame(results, (await convolve(edges, { training })).results);
    },
  );
});
