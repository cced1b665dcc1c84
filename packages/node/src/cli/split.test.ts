import { clip, defineLayout } from '@kinegraph/core';
import { describe, expect, it } from 'vitest';
import type { Dataset, LabeledSample } from '../datasets/dataset.ts';
import { ntu120Labels } from '../datasets/ntu-labels.ts';
import { protocolHelp, protocols, readOptionsFor, splitDataset } from './split.ts';

const layout = defineLayout('two', { hip: null, head: 'hip' });
const motion = clip(layout, new Float32Array(6));
const sample = (id: string, label: string, more: Partial<LabeledSample> = {}): LabeledSample => ({
  clip: motion,
  id,
  label,
  subject: 1,
  extra: {},
  ...more,
});
const dataset = (
  samples: readonly LabeledSample[],
  labels = [...new Set(samples.map(({ label }) => label))],
): Dataset => ({
  ...{ name: 'Some', license: 'CC0-1.0', source: 'this test', unit: 'meter', layout, labels, samples, skipped: [] },
});
const ids = (samples: readonly LabeledSample[]) => samples.map(({ id }) => id);
const ntu = (name: string) => sample(name, ntu120Labels[Number(name.slice(-3)) - 1] as string);

describe('splitDataset', () => {
  it('divides NTU RGB+D as published, and only what a protocol is about', () => {
    const old = ['S001C001P001R001A001', 'S001C002P003R001A060'].map(ntu);
    const both = [...old, ntu('S018C001P008R001A061'), ntu('S019C001P010R001A120')];
    const part = splitDataset(dataset(both, [...ntu120Labels]), 'ntu60-xsub');
    expect([ids(part.train), ids(part.test)]).toEqual([['S001C001P001R001A001'], ['S001C002P003R001A060']]);
    expect(part.labels).not.toContain(ntu120Labels[60]);
    expect(splitDataset(dataset(both), 'ntu120-xset').train.length).toBe(1);
    expect(splitDataset(dataset(old), 'ntu60-xview').test.length).toBe(1);
    expect(() => splitDataset(dataset(old), 'ntu120-xsub')).toThrow(
      /Some: expected a protocol of this data set: cross-subject, one-shot, all, ntu60-xsub, ntu60-xview, got "ntu120-xsub"\. .* NTU RGB\+D 120/,
    );
  });

  it('goes by what the recordings say', () => {
    const samples = ['train', 'test', 'test'].map((side, i) =>
      sample(`r${i}`, 'walk', { subject: 'eve', extra: { split: side, 'split:xsub': i === 1 ? 'train' : 'test' } }),
    );
    expect(ids(splitDataset(dataset(samples), 'split').train)).toEqual(['r0']);
    expect(ids(splitDataset(dataset(samples), 'xsub').train)).toEqual(['r1']);
    expect(() => splitDataset(dataset(samples), 'xview')).toThrow(
      /expected a protocol of this data set: split, all, xsub, got "xview"/,
    );
    expect(() => splitDataset(dataset(samples), 'cross-subject')).toThrow(
      /cross-subject needs subjects with whole numbers/,
    );
  });

  it('divides NW-UCLA by camera', () => {
    const samples = [1, 2, 3].map((view) => sample(`a01_s01_e00_v0${view}`, 'carry'));
    expect(ids(splitDataset(dataset(samples), 'nw-ucla-xview').test)).toEqual(['a01_s01_e00_v03']);
  });

  it('refuses an empty side, and names of no protocol', () => {
    expect(() => splitDataset(dataset([sample('a', 'walk')]), 'cross-subject')).toThrow(
      /recordings to test on, got none/,
    );
    for (const name of ['', 'toString', '__proto__']) {
      expect(() => splitDataset(dataset([sample('a', 'walk')]), name)).toThrow(/a protocol of this data set/);
    }
  });

  it('reads of NTU RGB+D what a protocol is about, and helps with each', () => {
    expect(readOptionsFor('ntu60-xsub')).toEqual({ ntu: { edition: 'ntu60' } });
    expect(readOptionsFor('cross-subject')).toEqual({});
    expect(protocolHelp.length).toBe(protocols.length + 1);
  });
});
