/** Shift-GCN: its state dict, its shifts in place, and the encoder contract. */
import { createRandom, ntu25 } from '@kinegraph/core';
import { createScope, input, type ScopeRecord } from '@kinegraph/core/graph';
import { syntheticDataset, testEncoder } from '@kinegraph/core/testing';
import { classification, createTrainer, sgd } from '@kinegraph/core/train';
import { coco17, createRuntime, hand21, kinect20, openModel } from '@kinegraph/node';
import { afterAll, describe, expect, it } from 'vitest';
import { shiftgcn } from './shiftgcn.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const build = (options: Parameters<typeof shiftgcn>[0] = {}, frames = 64, training = true) => {
  const record = createScope({ training, random: createRandom(0) });
  const y = shiftgcn(options).build(record.scope, input('x', [2, 2, 3, frames, 25]), ntu25);
  return { record, y };
};

const countOf = ({ parameters }: ScopeRecord, prefix: string) =>
  parameters.filter(({ name }) => name.startsWith(prefix)).reduce((sum, { initial }) => sum + initial.data.length, 0);

describe('shiftgcn', () => {
  it('has 693,107 parameters with 60 classes (spec distillation §2)', () => {
    const { record } = build();
    expect(countOf(record, '') + 256 * 60 + 60).toBe(693_107);
    const blocks = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) => countOf(record, `l${i}.`));
    expect(blocks).toEqual([8587, 13_632, 13_632, 13_632, 51_008, 43_648, 43_648, 183_936, 152_832, 152_832]);
  });

  it('has the names and shapes of the original state dict', () => {
    const { record } = build();
    const shapes = new Map([...record.parameters, ...record.buffers].map(({ name, initial }) => [name, initial.shape]));
    const block = (i: number) => [...shapes].filter(([name]) => name.startsWith(`l${i}.`));
    const norm = (name: string, size: number) =>
      ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [size]] as const);
    const temporal = [
      ...norm('l5.tcn1.bn', 128),
      ...norm('l5.tcn1.bn2', 128),
      ...['shift_in.xpos', 'shift_in.ypos', 'shift_out.xpos', 'shift_out.ypos'].map(
        (n) => [`l5.tcn1.${n}`, [128]] as const,
      ),
      ['l5.tcn1.temporal_linear.weight', [128, 128, 1, 1]],
      ['l5.tcn1.temporal_linear.bias', [128]],
    ] as const;
    expect(new Map(block(5))).toEqual(
      new Map<string, readonly number[]>([
        ['l5.gcn1.Linear_weight', [64, 128]],
        ['l5.gcn1.Linear_bias', [1, 1, 128]],
        ['l5.gcn1.Feature_Mask', [1, 25, 64]],
        ...norm('l5.gcn1.bn', 25 * 128),
        ['l5.gcn1.down.0.weight', [128, 64, 1, 1]],
        ['l5.gcn1.down.0.bias', [128]],
        ...norm('l5.gcn1.down.1', 128),
        ...temporal,
        ['l5.residual.conv.weight', [128, 64, 1, 1]],
        ['l5.residual.conv.bias', [128]],
        ...norm('l5.residual.bn', 128),
      ]),
    );
    expect(shapes.get('data_bn.weight')).toEqual([150]);
    expect(block(1).some(([name]) => name.startsWith('l1.residual'))).toBe(false);
    expect(block(6).some(([name]) => /down|residual/.test(name))).toBe(false);
  });

  it('starts its shifts as published', () => {
    const { record } = build();
    const valuesOf = (name: string) =>
      record.parameters.flatMap((parameter) => (parameter.name.endsWith(name) ? [...parameter.initial.data] : []));
    const [xpos, ypos] = [valuesOf('xpos'), valuesOf('ypos')];
    expect(xpos.length).toBe(2816);
    expect(Math.max(...xpos.map(Math.abs))).toBeLessThanOrEqual(1e-8);
    expect(Math.max(...ypos.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(Math.max(...ypos)).toBeGreaterThan(0.99);
    expect(Math.min(...ypos)).toBeLessThan(-0.99);
  });

  it.each([
    [64, 16],
    [100, 25],
    [50, 13],
    [7, 2],
    [1, 1],
  ])('makes %i frames into %i', (frames, expected) => {
    expect(build({ width: 4 }, frames, false).y.shape).toEqual([2, 2, 16, expected, 25]);
  });

  it('keeps the encoder contract', async () => {
    await testEncoder(shiftgcn({ width: 8, stages: [1, 1] }), { runtime });
  });

  it('keeps it on other layouts and lengths', async () => {
    const layouts = [hand21, kinect20, coco17];
    await testEncoder(shiftgcn({ width: 6, stages: [1, 1] }), { runtime, layouts, frames: 9 });
  });

  it('trains its shifts at a fixed speed with the sign of their gradient', async () => {
    const labels = ['wave', 'squat'] as const;
    const samples = syntheticDataset({ actions: labels, subjects: 1, clipsPerSubject: 1 });
    const trainer = createTrainer({
      runtime,
      encoder: shiftgcn({ width: 4, stages: [1], shiftGradient: 'sign' }),
      task: classification(labels),
      input: { layout: samples[0]?.clip.layout ?? ntu25, frames: 8 },
      optimizer: sgd({ momentum: 0 }),
    });
    const before = await trainer.weights();
    for await (const _ of trainer.fit(samples, { epochs: 1, batch: 2, rate: 0.5 }));
    const after = await trainer.weights();
    for (const name of ['l1.tcn1.shift_in', 'l1.tcn1.shift_out']) {
      expect(after[`${name}.xpos`]).toEqual(before[`${name}.xpos`]);
      const [first, last] = [before, after].map((weights) => weights[`${name}.ypos`]?.data as Float32Array);
      const moved = Array.from(last as Float32Array, (y, i) => Math.abs(y - (first?.[i] as number)));
      expect(moved).toEqual(moved.map(() => expect.closeTo(0.005, 6)));
    }
  });

  it('ships in a bundle for any batch', async () => {
    const actions = ['wave', 'squat'] as const;
    const samples = syntheticDataset({ actions, subjects: 2, clipsPerSubject: 1 });
    const layout = samples[0]?.clip.layout ?? ntu25;
    const trainer = createTrainer({
      runtime,
      encoder: shiftgcn({ width: 8, stages: [1, 1] }),
      task: classification(actions),
      input: { layout, frames: 15 },
    });
    for await (const _ of trainer.fit(samples, { epochs: 1, batch: 2, rate: 0.05 }));
    await using model = await openModel(await trainer.export(), { runtime });
    expect(model.manifest.encoder.options).toEqual({ width: 8, stages: [1, 1], shiftGradient: 'exact' });
    for (const batch of [1, 3]) {
      const data = Float32Array.from({ length: batch * 3 * 15 * layout.joints.length }, (_, i) => Math.sin(i));
      const { logits } = await model.session.run({
        positions: { dtype: 'float32', shape: [batch, 1, 3, 15, layout.joints.length], data },
      });
      expect(logits?.shape).toEqual([batch, 2]);
    }
  });

  it.each([
    [{ shiftGradient: 'none' as 'sign' }, "encoder shiftgcn: expected shiftGradient 'exact' or 'sign', got \"none\"."],
    [{ width: 0 }, 'encoder shiftgcn: expected a width of at least 1, got 0. Use width 1.'],
  ])('refuses %j', (options, message) => {
    expect(() => build(options)).toThrow(message);
  });
});
