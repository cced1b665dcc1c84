/** The shipped encoders pass the contract test that third parties run on theirs, and have the published numbers of parameters. */
import { coco17, type Layout, ntu25, openpose18 } from '@kinegraph/core';
import { createScope, type Encoder, input } from '@kinegraph/core/graph';
import { testEncoder } from '@kinegraph/core/testing';
import { createRandom, createRuntime } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { aagcn, agcn, ctrgcn, mlp, stgcn, stgcnpp } from './index.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const small = { width: 8, stages: [1, 1] };

it.each([
  stgcn(small),
  stgcn({ ...small, partition: 'distance', dropout: 0.3 }),
  stgcn({ ...small, partition: 'uniform', edgeImportance: false }),
  stgcnpp(small),
  agcn(small),
  aagcn(small),
  aagcn({ ...small, attention: false }),
  ctrgcn(small),
  mlp({ width: 8 }),
  mlp({ width: 8, layers: 1, dropout: 0 }),
])('$id $options', async (encoder) => {
  await expect(testEncoder(encoder, { runtime })).resolves.toBeUndefined();
});

it('names an option that an encoder does not have', () => {
  expect(() => ctrgcn({ depth: 3 })).toThrow('ctrgcn: expected options among width, stages, variant, got depth.');
});

it.each([{ width: 0 }, { width: 2.5 }, { layers: 0 }, { layers: Number.NaN }])(
  'refuses a perceptron of %j',
  (options) => {
    const [[name, count]] = Object.entries(options) as [[string, number]];
    expect(() => parametersOf(mlp(options), coco17)).toThrow(
      `encoder mlp: expected ${name}, a whole number of at least 1, got ${count}.`,
    );
  },
);

/** Names and sizes of an encoder's parameters, for two persons. */
function parametersOf(encoder: Encoder, layout: Layout, frames = 64): [name: string, size: number][] {
  const record = createScope({ training: true, random: createRandom(0) });
  encoder.build(record.scope, input('x', [2, 2, 3, frames, layout.joints.length]), layout);
  return record.parameters.map(({ name, initial }) => [name, initial.data.length]);
}

const total = (parameters: readonly (readonly [string, number])[]) =>
  parameters.reduce((sum, [, size]) => sum + size, 0);

describe('parameters', () => {
  it.each([
    ['ST-GCN, NTU-60', stgcn(), ntu25, 60, 3_098_832],
    ['ST-GCN, Kinetics', stgcn(), openpose18, 400, 3_177_140],
    ['2s-AGCN, NTU-60', agcn(), ntu25, 60, 3_469_510],
    ['2s-AGCN, NTU-120', agcn(), ntu25, 120, 3_484_930],
    ['2s-AGCN, Kinetics', agcn(), openpose18, 400, 3_547_776],
    ['AAGCN, NTU-60', aagcn(), ntu25, 60, 3_781_668],
    ['ST-GCN++, NTU-60', stgcnpp(), ntu25, 60, 1_403_144],
    ['ST-GCN++, COCO', stgcnpp(), coco17, 60, 1_393_016],
    ['ST-GCN++, OpenPose', stgcnpp(), openpose18, 60, 1_394_072],
    ['CTR-GCN, NTU-60', ctrgcn(), ntu25, 60, 1_446_672],
    ['CTR-GCN, NTU-120', ctrgcn(), ntu25, 120, 1_462_092],
  ])('%s', (_, encoder, layout, classes, expected) => {
    const head = (256 + 1) * classes;
    expect(total(parametersOf(encoder, layout)) + head).toBe(expected);
  });

  const three = (size: number) => [size, size, size];
  it.each([
    [
      stgcn(),
      (i: number) => `st_gcn_networks.${i}.`,
      [37_952, ...three(49_664), 181_632, 197_632, 197_632, 723_712, 788_480, 788_480],
    ],
    [
      stgcnpp(),
      (i: number) => `backbone.gcn.${i}.`,
      [13_371, ...three(24_699), 83_635, 91_059, 91_059, 323_963, 355_195, 355_195],
    ],
    [
      ctrgcn(),
      (i: number) => `l${i + 1}.`,
      [12_052, ...three(26_308), 78_084, 97_844, 97_844, 301_748, 382_228, 382_228],
    ],
  ])('$id, block by block', (encoder, prefix, expected) => {
    const parameters = parametersOf(encoder, ntu25);
    const blocks = expected.map((_, i) => total(parameters.filter(([name]) => name.startsWith(prefix(i)))));
    expect(blocks).toEqual(expected);
  });

  it('differ by what options leave out', () => {
    const [all, plain] = [aagcn(small), aagcn({ ...small, attention: false })].map((encoder) =>
      parametersOf(encoder, ntu25).map(([name]) => name),
    ) as [string[], string[]];
    const attention = all.filter((name) => !plain.includes(name));
    expect(attention.every((name) => /\.(conv_ta|conv_sa|fc1c|fc2c)\./.test(name))).toBe(true);
    expect(attention).toHaveLength(2 * 8);
    const edges =
      parametersOf(stgcn(small), ntu25).length - parametersOf(stgcn({ ...small, edgeImportance: false }), ntu25).length;
    expect(edges).toBe(2);
  });
});

describe('sizes', () => {
  it.each([
    [1, 1],
    [2, 1],
    [13, 4],
    [64, 16],
    [300, 75],
  ])('%d frames become %d, for any number of persons', (frames, expected) => {
    for (const encoder of [stgcn, agcn, aagcn]) {
      const { scope } = createScope({ training: false, random: createRandom(0) });
      const y = encoder({ width: 8, stages: [1, 1, 1] }).build(scope, input('x', [1, 5, 3, frames, 25]), ntu25);
      expect(y.shape).toEqual([1, 5, 32, expected, 25]);
    }
  });

  it('names the nearest width that an encoder has', () => {
    const build = (encoder: Encoder) => parametersOf(encoder, ntu25);
    expect(() => build(agcn({ width: 3 }))).toThrow(
      'encoder agcn: expected a width of at least 4, got 3. Use width 4.',
    );
    expect(() => build(aagcn({ width: 0 }))).toThrow(
      'encoder aagcn: expected a width of at least 4, got 0. Use width 4.',
    );
    expect(() => build(stgcn({ width: 2.4 }))).toThrow(
      'encoder stgcn: expected a width of at least 1, got 2.4. Use width 2.',
    );
  });

  it('refuses a dropout that drops everything, and an unknown partition', () => {
    expect(() => parametersOf(stgcn({ dropout: 1 }), ntu25)).toThrow('a rate of at least 0 and below 1, got 1');
    expect(() => parametersOf(stgcn({ partition: 'spacial' as 'spatial' }), ntu25)).toThrow('got "spacial"');
  });
});
