/** Checkpoints: everything that a training run needs to go on as if it had never stopped, as one safetensors file. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { checkJson, type JsonReader, parseJson } from '../model/json.ts';
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import { KinegraphError } from '../tensor/error.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Where a run stands, and what it was started with. */
export interface RunRecord {
  /** What `fit` was called with; it must be called with the same to go on. */
  readonly plan: RunPlan;
  /** Epochs that are over, validation included. */
  readonly epoch: number;
  /** Steps done in the current epoch. */
  readonly step: number;
  /** State of the random source before the current epoch's order was drawn; empty until then. */
  readonly order: readonly number[];
  /** Sums of the current epoch's losses, by term; `loss` is the whole. */
  readonly sums: Readonly<Record<string, number>>;
  /** Epochs since the score last rose. */
  readonly stale: number;
}

/** The part of `fit`'s arguments that decides what each step does. */
export interface RunPlan {
  readonly epochs: number;
  readonly batch: number;
  readonly accumulate: number;
  /** Training samples. */
  readonly samples: number;
  /** The rate at the start of each epoch. */
  readonly rates: readonly number[];
  /** Names of the parameters that are frozen during the first epochs. */
  readonly freeze?: { readonly epochs: number; readonly parameters: readonly string[] };
}

/** The best epoch so far. */
export interface Best {
  readonly epoch: number;
  readonly score: number;
  readonly weights: Readonly<Record<string, Tensor<'float32'>>>;
}

/** The whole state of a trainer. */
export interface Checkpoint {
  /** What is trained: encoder, task, input and optimizer as JSON. */
  readonly identity: string;
  /** Weights, moments, averages and summed gradients. */
  readonly state: Readonly<Record<string, Tensor<'float32'>>>;
  readonly random: readonly number[];
  readonly run: RunRecord | undefined;
  readonly best: Best | undefined;
}

const metadataKey = 'kinegraph.checkpoint';
const digestKey = 'kinegraph.sha256';
const reader: JsonReader = { where: 'checkpoint', code: 'invalid-data' };

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const drawnState = v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(64));
const randomState = v.pipe(drawnState, v.minLength(1));
const headerSchema = v.strictObject({
  format: v.literal(1),
  identity: v.string(),
  random: randomState,
  run: v.exactOptional(
    v.strictObject({
      plan: v.strictObject({
        epochs: whole,
        batch: whole,
        accumulate: whole,
        samples: whole,
        rates: v.array(v.number()),
        freeze: v.exactOptional(v.strictObject({ epochs: whole, parameters: v.array(v.string()) })),
      }),
      epoch: whole,
      step: whole,
      order: drawnState,
      sums: v.record(v.string(), v.number()),
      stale: whole,
    }),
  ),
  best: v.exactOptional(v.strictObject({ epoch: whole, score: v.number() })),
});

/** Writes a checkpoint; {@link readCheckpoint} gives back every bit of it. */
export function writeCheckpoint({ identity, state, random, run, best }: Checkpoint): Uint8Array {
  const header: v.InferInput<typeof headerSchema> = {
    format: 1,
    identity,
    random: [...random],
    ...(run && { run: { ...run, plan: copyPlan(run.plan), order: [...run.order] } }),
    ...(best && { best: { epoch: best.epoch, score: best.score } }),
  };
  const tensors = new Map<string, Tensor>([...prefixed('state.', state), ...prefixed('best.', best?.weights ?? {})]);
  const json = JSON.stringify(header);
  return writeSafetensors(tensors, { [metadataKey]: json, [digestKey]: digest(json, tensors) });
}

/**
 * Reads a checkpoint.
 *
 * @throws `invalid-data` for a file that is cut short, changed or no checkpoint
 */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  const json = metadata[metadataKey];
  if (json === undefined) {
    throw new KinegraphError({
      ...reader,
      expected: 'a file of trainer.checkpoint()',
      actual: 'a safetensors file without training state',
      hint: 'Weights alone start a new training: createTrainer({ weights }).',
    });
  }
  if (metadata[digestKey] !== digest(json, tensors)) {
    throw new KinegraphError({
      ...reader,
      expected: 'the numbers that were saved',
      actual: 'others',
      hint: 'The file is damaged: take an older checkpoint.',
    });
  }
  const { identity, random, run, best } = checkJson(headerSchema, parseJson(json, reader), reader);
  const groups = { 'state.': {}, 'best.': {} } as Record<string, Record<string, Tensor<'float32'>>>;
  for (const [name, tensor] of tensors) {
    const prefix = Object.keys(groups).find((start) => name.startsWith(start));
    if (!prefix || tensor.dtype !== 'float32') {
      throw new KinegraphError({
        ...reader,
        expected: 'float32 tensors of state',
        actual: `${tensor.dtype} "${name}"`,
      });
    }
    (groups[prefix] as Record<string, Tensor>)[name.slice(prefix.length)] = tensor;
  }
  return {
    identity,
    random,
    run,
    state: groups['state.'] as Record<string, Tensor<'float32'>>,
    best: best && { ...best, weights: groups['best.'] as Record<string, Tensor<'float32'>> },
  };
}

/**
 * Checks that a checkpoint is of the same network, optimizer and task.
 *
 * @throws `invalid-data`
 */
export function checkIdentity(own: string, { identity }: Checkpoint): void {
  if (identity === own) return;
  throw new KinegraphError({
    code: 'invalid-data',
    where: 'resume',
    expected: `a checkpoint of ${own}`,
    actual: `one of ${identity}`,
    hint: 'Create the trainer with the same options as before.',
  });
}

/**
 * Checks that a run goes on with what it was started with.
 *
 * @throws `invalid-argument` naming what differs
 */
export function checkPlan(before: RunPlan, now: RunPlan): void {
  for (const key of ['epochs', 'batch', 'accumulate', 'samples', 'rates', 'freeze'] as const) {
    if (JSON.stringify(before[key]) === JSON.stringify(now[key])) continue;
    throw new KinegraphError({
      code: 'invalid-argument',
      where: 'fit',
      expected: `${key} as in the checkpoint, ${JSON.stringify(before[key]) ?? 'none'}`,
      actual: JSON.stringify(now[key]) ?? 'none',
      hint: 'To start over with the weights alone: createTrainer({ weights: await trainer.weights() }).',
    });
  }
}

function copyPlan({ rates, freeze, ...plan }: RunPlan) {
  const frozen = freeze && { freeze: { ...freeze, parameters: [...freeze.parameters] } };
  return { ...plan, rates: [...rates], ...frozen };
}

/** sha-256 of a text, shortened to what tells texts apart. */
export function digestText(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, 16);
}

/** Over the header and each tensor's name, shape and numbers, in order of name. */
function digest(json: string, tensors: ReadonlyMap<string, Tensor>): string {
  const hash = sha256.create().update(utf8ToBytes(json));
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(utf8ToBytes(JSON.stringify([name, shape])));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return bytesToHex(hash.digest());
}

function prefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): [string, Tensor][] {
  return Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor]);
}
