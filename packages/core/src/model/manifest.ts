/** The manifest: what a bundle says about itself, as JSON beside the graph. */
import * as v from 'valibot';
import type { InputSpec } from '../skeleton/input.ts';
import { maxJoints } from '../skeleton/layout.ts';
import { normalizations } from '../skeleton/normalizations.ts';
import { samplings } from '../skeleton/sampling.ts';
import { KinegraphError } from '../tensor/error.ts';
import { checkJson, type JsonReader, parseJson } from './json.ts';

/** The manifest version that this release writes, and the newest that it reads. */
export const manifestFormat = 1;

/** What a bundle says about itself; stored under the ONNX metadata key `kinegraph`. */
export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly task: 'classification' | 'embedding';
  /** The definition that built the graph, and the options it was given; `ensemble` for several networks in one graph. */
  readonly encoder: EncoderRecord;
  /** Input streams that the graph derives from positions and puts side by side as channels; see `Stream`. */
  readonly streams?: readonly string[];
  /** The networks of an ensemble. */
  readonly members?: readonly MemberRecord[];
  /** How a clip becomes the network's input. */
  readonly input: InputSpec;
  /** Names of the classes, in the order of the logits. */
  readonly labels: readonly string[];
  /** Names of the graph's outputs: `logits` is `[batch, classes]`, `embedding` is `[batch, width]`. */
  readonly outputs: { readonly logits?: string; readonly embedding?: string };
  /** The matching threshold that was calibrated for this bundle's embedding, by cosine similarity. */
  readonly threshold?: number;
  /** SPDX expression, or a sentence. */
  readonly license?: string;
  /** The recordings it was trained on. */
  readonly data?: string;
  /** Figures measured on held-out recordings. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** The command that made it. */
  readonly command?: string;
  /** Lowercase hex of the weights' digest, which tells models apart. */
  readonly weights: { readonly sha256: string };
}

/** An encoder as a manifest has it. */
export interface EncoderRecord {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One network of an ensemble: what its own bundle said, and how much it counts. */
export interface MemberRecord {
  /** The start of its names in the graph, up to a slash. */
  readonly name: string;
  /** What its scores are multiplied by, above 0. */
  readonly weight: number;
  readonly encoder: EncoderRecord;
  readonly streams?: readonly string[];
  /** Figures of this network alone. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Of its own bundle. */
  readonly weights: { readonly sha256: string };
}

/** The most networks of an ensemble. */
export const maxMembers = 100;
/** The most characters of a member's name. */
export const maxMemberName = 100;

/** The most characters that a manifest may have. */
const maxLength = 2 ** 20;
const reader: JsonReader = { where: 'manifest', code: 'invalid-bundle' };

function text(longest: number) {
  const rule = `1 to ${longest} characters`;
  return v.pipe(v.string(), v.minLength(1, rule), v.maxLength(longest, rule));
}

function between(lowest: number, highest: number) {
  const rule = `a number from ${lowest} to ${highest}`;
  return v.pipe(v.number(), v.minValue(lowest, rule), v.maxValue(highest, rule));
}

function whole(lowest: number, highest: number) {
  return v.pipe(between(lowest, highest), v.integer('a whole number'));
}

const unique = v.check<string[], string>((items) => new Set(items).size === items.length, 'every label once');

const input: v.GenericSchema<unknown, InputSpec> = v.strictObject({
  layout: v.strictObject({
    id: text(100),
    joints: v.pipe(v.array(text(64)), v.maxLength(maxJoints)),
    parents: v.pipe(v.array(whole(-1, maxJoints)), v.maxLength(maxJoints)),
    center: v.exactOptional(whole(0, maxJoints)),
    bones: v.exactOptional(
      v.pipe(v.array(v.strictTuple([whole(0, maxJoints), whole(0, maxJoints)])), v.maxLength(maxJoints)),
    ),
  }),
  frames: whole(1, 100_000),
  persons: whole(1, 100),
  dimensions: v.picklist([2, 3]),
  confidence: v.boolean(),
  sampling: v.picklist(samplings),
  normalize: v.exactOptional(v.pipe(v.array(v.picklist(normalizations)), v.maxLength(normalizations.length))),
  fps: v.exactOptional(between(0.001, 100_000)),
  unit: v.exactOptional(v.picklist(['meter', 'millimeter', 'pixel', 'normalized'])),
});

const encoder = v.strictObject({ id: text(200), options: v.record(v.string(), v.unknown()) });
const streams = v.pipe(v.array(text(100)), v.minLength(1, 'at least one stream'), v.maxLength(100));
const metrics = v.record(text(100), v.pipe(v.number(), v.finite()));
const weights = v.strictObject({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 hex digits')) });

const member = v.strictObject({
  name: text(maxMemberName),
  weight: v.pipe(v.number(), v.finite(), v.gtValue(0, 'a number above 0')),
  encoder,
  streams: v.exactOptional(streams),
  metrics: v.exactOptional(metrics),
  weights,
});

const schema: v.GenericSchema<unknown, Manifest> = v.strictObject({
  format: v.literal(manifestFormat),
  task: v.picklist(['classification', 'embedding']),
  encoder,
  streams: v.exactOptional(streams),
  members: v.exactOptional(v.pipe(v.array(member), v.minLength(2, 'at least two members'), v.maxLength(maxMembers))),
  input,
  labels: v.pipe(v.array(text(200)), v.maxLength(100_000), unique),
  outputs: v.strictObject({ logits: v.exactOptional(text(200)), embedding: v.exactOptional(text(200)) }),
  threshold: v.exactOptional(between(-1, 1)),
  license: v.exactOptional(text(10_000)),
  data: v.exactOptional(text(10_000)),
  metrics: v.exactOptional(metrics),
  command: v.exactOptional(text(10_000)),
  weights,
});

/**
 * Reads a manifest, trusting nothing.
 *
 * @throws `invalid-bundle` naming the field that does not fit; `unsupported` for the format of a newer release.
 */
export function parseManifest(json: string): Manifest {
  if (json.length > maxLength) {
    throw new KinegraphError({ ...reader, expected: `at most ${maxLength} characters`, actual: `${json.length}` });
  }
  const value = parseJson(json, reader);
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof format === 'number' && format > manifestFormat) {
    throw new KinegraphError({
      code: 'unsupported',
      where: 'manifest',
      expected: `format ${manifestFormat}`,
      actual: `${format}`,
      hint: 'A newer release of Kinegraph made this bundle: update @kinegraph.',
    });
  }
  const manifest = checkJson(schema, value, reader);
  checkTask(manifest);
  return manifest;
}

/**
 * Writes a manifest as JSON that {@link parseManifest} is sure to read.
 *
 * @throws `invalid-bundle` naming the field that does not fit
 */
export function serializeManifest(manifest: Manifest): string {
  const json = JSON.stringify(manifest);
  parseManifest(json);
  return json;
}

function checkTask({ task, labels, outputs }: Manifest): void {
  const needed = task === 'classification' ? 'logits' : 'embedding';
  if (outputs[needed] === undefined) {
    throw new KinegraphError({ ...reader, expected: `outputs.${needed} for the task ${task}`, actual: 'none' });
  }
  if (outputs.logits !== undefined && labels.length === 0) {
    throw new KinegraphError({ ...reader, expected: 'a label for each logit', actual: 'no labels' });
  }
}
