import { describe, expect, it } from 'vitest';
import { faceForward } from '../../skeleton/align.ts';
import { type InputSpec, prepare } from '../../skeleton/input.ts';
import { coco17, ntu25 } from '../../skeleton/layouts.ts';
import { center, scaleBody } from '../../skeleton/normalize.ts';
import { syntheticActions } from './actions.ts';
import { type SyntheticSample, syntheticDataset } from './dataset.ts';

describe('syntheticDataset', () => {
  it('has every subject perform every action so many times', () => {
    const samples = syntheticDataset({
      actions: ['wave', 'sit'],
      subjects: 3,
      clipsPerSubject: 2,
      frames: 5,
      layout: coco17,
    });
    expect(samples.map(({ id }) => id).slice(0, 5)).toEqual([
      'synthetic/1/wave/0',
      'synthetic/1/wave/1',
      'synthetic/1/sit/0',
      'synthetic/1/sit/1',
      'synthetic/2/wave/0',
    ]);
    expect(samples).toHaveLength(12);
    expect(samples[7]).toMatchObject({ label: 'sit', subject: 2, clip: { layout: coco17, fps: 30 } });
  });

  it('gives each clip the same whatever else is asked for, and another for another seed', () => {
    const options = { frames: 5, clipsPerSubject: 1 } as const;
    const few = syntheticDataset({ ...options, actions: ['kick'], subjects: 1, seed: 3 });
    const many = syntheticDataset({ ...options, actions: ['wave', 'kick'], subjects: 2, seed: 3 });
    expect(many[1]).toEqual(few[0]);
    expect(syntheticDataset({ ...options, actions: ['kick'], subjects: 1, seed: 4 })[0]).not.toEqual(few[0]);
    expect(new Set(many.map(({ clip }) => clip.positions.data.join())).size).toBe(4);
  });

  it('refuses empty sets', () => {
    expect(() => syntheticDataset({ actions: [] })).toThrow('syntheticDataset: expected actions of at least 1, got 0');
    expect(() => syntheticDataset({ subjects: 0 })).toThrow('subjects of at least 1, got 0');
    expect(() => syntheticDataset({ clipsPerSubject: 1.5 })).toThrow('clipsPerSubject of at least 1, got 1.5');
  });

  it('can be learned: the nearest performance of other people is mostly the same action', () => {
    const spec: InputSpec = {
      layout: ntu25,
      frames: 16,
      persons: 1,
      dimensions: 3,
      confidence: false,
      sampling: 'crop-resize',
    };
    const features = ({ clip }: SyntheticSample) => prepare(scaleBody(faceForward(center(clip))), spec).data;
    const samples = syntheticDataset({ subjects: 8, clipsPerSubject: 2, seed: 5 });
    const known = samples
      .filter(({ subject }) => subject % 2 === 1)
      .map((sample) => ({ label: sample.label, at: features(sample) }));
    const asked = samples.filter(({ subject }) => subject % 2 === 0);
    const right = asked.filter((sample) => {
      const at = features(sample);
      const distance = (other: Float32Array) => other.reduce((sum, x, i) => sum + (x - (at[i] as number)) ** 2, 0);
      const [nearest] = known
        .map(({ label, at: other }) => ({ label, far: distance(other) }))
        .sort((a, b) => a.far - b.far);
      return nearest?.label === sample.label;
    });
    expect(asked).toHaveLength(4 * 2 * syntheticActions.length);
    expect(right.length / asked.length).toBeGreaterThan(0.85);
  });
});
