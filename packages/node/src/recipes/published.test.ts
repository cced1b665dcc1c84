import { readFile } from 'node:fs/promises';
import { coco17, createRandom, fusionWeights, kinect20, type Layout, ntu25 } from '@kinegraph/core';
import { randomClip } from '@kinegraph/core/testing';
import { classification, createTrainer, initialWeights, type Progress } from '@kinegraph/core/train';
import { afterAll, describe, expect, it } from 'vitest';
import { encoderOf } from '../cli/encoder-option.ts';
import { encoders } from '../cli/encoders.ts';
import { protocols } from '../cli/split.ts';
import { fitOptionsOf, inputOf, optimizerOf, type TrainArguments, taskOptionsOf } from '../cli/training-options.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { createRuntime } from '../runtime.ts';
import { recipes } from './published.ts';
import type { Recipe } from './recipe.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const labels = ['wave', 'squat'];
const all: [string, Recipe][] = Object.entries(recipes);

/** Two recordings as the recipe's data set has them: of different lengths, with joints and a second person missing at times. */
function tinyData({ data, settings: { persons } }: Recipe): Dataset {
  const image = data.startsWith('HRNet');
  const layout: Layout = image ? coco17 : data === 'NW-UCLA' ? kinect20 : ntu25;
  const samples = labels.map((label, i) => ({
    clip: randomClip(layout, { persons, frames: 11 + 90 * i, seed: i, missing: 0.05, dimensions: image ? 2 : 3 }),
    label,
    id: label,
    subject: i,
    extra: {},
  }));
  return {
    name: data,
    license: 'CC0-1.0',
    source: 'a program',
    fps: 30,
    unit: 'meter',
    layout,
    labels,
    samples,
    skipped: [],
  };
}

describe.each(all)('%s', (_, recipe) => {
  const { settings } = recipe;
  const dataset = tinyData(recipe);
  const args: TrainArguments = {
    ...settings,
    ...{ data: '', classes: 'label', protocol: 'all', out: '', seed: 1, segments: 1, precision: 'float32' },
    ...{ width: 8, stages: [1], batch: 2 },
  };

  it('takes a training step', async () => {
    const trainer = createTrainer({
      runtime,
      encoder: encoderOf(args),
      task: classification(labels, taskOptionsOf(args)),
      input: inputOf(args, dataset),
      optimizer: optimizerOf(args),
    });
    const options = fitOptionsOf(args, dataset, { test: [] });
    let news: Progress | undefined;
    for await (news of trainer.fit(dataset.samples, options)) break;
    expect(news?.loss).toBeGreaterThan(0);
    expect(news?.steps).toBe(settings.repeat);
    expect(news?.rate).toBeCloseTo(settings.rate / Math.max(1, settings.warmup), 12);
  });

  it('is within its own limits, and says whose it is', () => {
    expect(Object.keys(encoders)).toContain(settings.encoder);
    expect(settings.warmup).toBeLessThan(settings.epochs);
    if (settings.schedule === 'step') expect(Math.max(...(settings.drops ?? []))).toBeLessThan(settings.epochs);
    else expect(settings.drops).toBeUndefined();
    if (settings.testClips > 1) expect(settings.sampling).toBe('uniform');
    expect(recipe.source).toMatch(/ et al\., .*20\d\d; [\w.-]+\/[\w-]+/);
    for (const [protocol, top1] of Object.entries(recipe.reported ?? {})) {
      expect(protocols).toContain(protocol);
      expect(top1).toBeGreaterThan(50);
      expect(top1).toBeLessThan(100);
    }
    if (!recipe.fusion) return;
    expect(recipe.fusion.streams).toEqual(expect.arrayContaining([...settings.streams]));
    const published = fusionWeights[recipe.fusion.weights];
    if (recipe.fusion.streams.some((stream) => stream.endsWith('motion'))) expect(published).toHaveProperty('motion');
  });
});

describe('recipes', () => {
  it('cover all published encoders', () => {
    const published = Object.keys(encoders).filter((id) => id !== 'mlp');
    expect(new Set(all.map(([, { settings }]) => settings.encoder))).toEqual(new Set(published));
  });

  it('name the parameters that they freeze, or decay otherwise, as the encoders do', () => {
    for (const [name, { settings }] of all) {
      const { encoder, freeze, decays = {} } = settings;
      const parts = [...Object.keys(decays), ...(freeze ? [freeze.parameters] : [])];
      if (parts.length === 0) continue;
      const small = encoderOf({ encoder, width: 8, stages: [1] } as unknown as TrainArguments);
      const input = { layout: ntu25, frames: 8 };
      const names = Object.keys(
        initialWeights({ encoder: small, task: classification(labels), input, random: createRandom(0) }),
      );
      for (const part of parts) expect(names.join(), `${name}: ${part}`).toContain(part);
    }
  });

  it('are the table of the guide', async () => {
    const guide = await readFile(new URL('../../../../docs/guide/recipes.md', import.meta.url), 'utf8');
    const rows = all.map(([name, recipe]) => tableRow(name, recipe));
    const written = guide.split('\n').filter((line) => /^\| `.*\|$/.test(line) && line.split('|').length === 12);
    expect(written).toEqual(rows);
  });
});

/** A recipe as the guide's table has it. */
function tableRow(name: string, { data, settings: s }: Recipe): string {
  const decay = [`${s.weightDecay}`, ...Object.entries(s.decays ?? {}).map(([part, amount]) => `${part} ${amount}`)];
  const cells = [
    `\`${name}\``,
    data,
    `${s.frames} ${s.sampling}`,
    s.normalize.join(', ') || 'none',
    s.augment.join(', '),
    `${s.rate} ${s.schedule === 'step' ? `÷ 10 at ${s.drops?.join(', ')}` : s.schedule}`,
    s.warmup === 0 ? 'none' : `${s.warmup}`,
    s.repeat === 1 ? `${s.epochs}` : `${s.epochs} × ${s.repeat}`,
    s.accumulate === 1 ? `${s.batch}` : `${s.batch} × ${s.accumulate}`,
    decay.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}
