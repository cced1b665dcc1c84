/** What `npm run bench -- one-shot` can be told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Stream } from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';
import type { CrossglgOptions } from '@kinegraph/crossglg';
import { ctrgcn, infogcn, stgcnpp } from '@kinegraph/encoders';
import type { Classes } from '@kinegraph/node';

/** The ablation: neither half, one, the other, both. */
export const variants = {
  bare: { globalToLocal: false, localToGlobal: false },
  g2l: { localToGlobal: false },
  l2g: { globalToLocal: false },
  both: {},
} as const satisfies Readonly<Record<string, Partial<CrossglgOptions>>>;

/** A row of the ablation. */
export type Variant = keyof typeof variants;

const encoders = { ctrgcn, stgcnpp, infogcn };

/** Everything that a figure depends on except the machine: the key by which a run is known to be done. */
export interface OneShotSettings {
  readonly data: string;
  /** Data sets whose classes are all novel; none for the every-third split of the data itself. */
  readonly test: readonly string[];
  readonly classes: Extract<Classes, 'label' | 'label-correct'>;
  /** Whether novel classes are chosen among the base classes, to try settings without looking at the real ones. */
  readonly validate: boolean;
  /** How many subjects of the base classes are held out of training, for the threshold. */
  readonly hold: number;
  /** Training takes only so many clips of each class and subject. */
  readonly limit: number;
  readonly width: number;
  readonly stages: readonly number[];
  readonly frames: number;
  readonly streams: readonly Stream[];
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly warmup: number;
  readonly weightDecay: number;
  readonly augment: boolean;
  /** Options of the method beside those of the variant. */
  readonly method: Partial<CrossglgOptions>;
}

/** What the arguments say. */
export interface OneShotPlan {
  readonly settings: OneShotSettings;
  readonly encoders: readonly (keyof typeof encoders)[];
  readonly variants: readonly Variant[];
  readonly seeds: readonly number[];
  readonly threads: number;
  /** Where finished runs are appended, and found again. */
  readonly log: string;
  readonly json: boolean;
}

/** Help for people. */
export const oneShotUsage = `npm run bench -- one-shot [options]: CrossGLG's ablation under a one-shot protocol

  --data wmft-kinect2     a folder of $KINEGRAPH_SHARED/data
  --test A,B              train on all classes of --data and recognize those of other folders instead
  --classes label         or label-correct
  --encoder ctrgcn        several: ctrgcn,stgcnpp,infogcn
  --variants bare,g2l,l2g,both
  --seeds 5               seeds 1 to 5; or a list: 3,4
  --width 32  --stages 2,2,2  --frames 32  --streams joint,bone,joint-motion
  --epochs 40  --batch 16  --rate 0.1  --warmup 5  --weight-decay 0.0004  --no-augment
  --method '{"globalToLocal":{"literal":true}}'   options of crossglg
  --validate              novel classes among the base classes: for choosing settings
  --hold 0                subjects of base classes held out for the threshold
  --limit 0               training takes only so many clips of each class and subject (0: all)
  --threads 1  --log one-shot.jsonl  --json`;

/** Reads the arguments after `one-shot`; undefined if help was asked for. */
export function readOneShotArguments(args: readonly string[]): OneShotPlan | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      data: { type: 'string', default: 'wmft-kinect2' },
      test: { type: 'string', default: '' },
      classes: { type: 'string', default: 'label' },
      encoder: { type: 'string', default: 'ctrgcn' },
      variants: { type: 'string', default: Object.keys(variants).join() },
      seeds: { type: 'string', default: '5' },
      width: { type: 'string', default: '32' },
      stages: { type: 'string', default: '2,2,2' },
      frames: { type: 'string', default: '32' },
      streams: { type: 'string', default: 'joint,bone,joint-motion' },
      epochs: { type: 'string', default: '40' },
      batch: { type: 'string', default: '16' },
      rate: { type: 'string', default: '0.1' },
      warmup: { type: 'string', default: '5' },
      'weight-decay': { type: 'string', default: '0.0004' },
      augment: { type: 'boolean', default: true },
      method: { type: 'string', default: '{}' },
      validate: { type: 'boolean', default: false },
      hold: { type: 'string', default: '0' },
      limit: { type: 'string', default: '0' },
      threads: { type: 'string', default: '1' },
      log: { type: 'string', default: 'one-shot.jsonl' },
    },
  });
  if (values.help) return undefined;
  const numbers = (text: string) => text.split(',').map(Number);
  return {
    settings: {
      data: values.data,
      test: values.test === '' ? [] : values.test.split(','),
      classes: values.classes as OneShotSettings['classes'],
      validate: values.validate,
      hold: Number(values.hold),
      limit: Number(values.limit),
      width: Number(values.width),
      stages: numbers(values.stages),
      frames: Number(values.frames),
      streams: values.streams.split(',') as Stream[],
      epochs: Number(values.epochs),
      batch: Number(values.batch),
      rate: Number(values.rate),
      warmup: Math.min(Number(values.warmup), Number(values.epochs)),
      weightDecay: Number(values['weight-decay']),
      augment: values.augment,
      method: JSON.parse(values.method) as Partial<CrossglgOptions>,
    },
    encoders: values.encoder.split(',').map((name) => known('encoder', name, encoders)),
    variants: values.variants.split(',').map((name) => known('variant', name, variants)),
    seeds: values.seeds.includes(',')
      ? numbers(values.seeds)
      : Array.from({ length: Number(values.seeds) }, (_, i) => i + 1),
    threads: Number(values.threads),
    log: values.log,
    json: values.json,
  };
}

function known<K extends string>(what: string, name: string, record: Readonly<Record<K, unknown>>): K {
  if (Object.hasOwn(record, name)) return name as K;
  throw new Error(`${what}: expected one of ${Object.keys(record).join(', ')}, got ${name}`);
}

/** An encoder of the size that the settings say. */
export function encoderOf(name: keyof typeof encoders, { width, stages }: OneShotSettings): Encoder {
  return encoders[name]({ width, stages });
}

/** The folder of a data set. */
export function dataFolder(name: string): string {
  return join(process.env.KINEGRAPH_SHARED ?? join('..', 'shared'), 'data', name);
}

/** The figures of runs that a log has, by their keys. */
export function readLog(file: string): ReadonlyMap<string, OneShotRun> {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return new Map();
  }
  const runs = text.split('\n').filter((line) => line.endsWith('}'));
  return new Map(runs.map((line) => JSON.parse(line) as OneShotRun).map((run) => [run.key, run]));
}

/** One trained and measured network. */
export interface OneShotRun {
  readonly key: string;
  readonly encoder: string;
  readonly variant: Variant;
  readonly seed: number;
  /** By the data set that queries come from. */
  readonly figures: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
