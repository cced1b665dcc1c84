/** An encoder and a task joined into one graph: what training and recognition have in common. */
import type { Encoder } from '../encoder/encoder.ts';
import { type PreprocessOptions, preprocess } from '../encoder/preprocess.ts';
import { input, type Value } from '../graph/value.ts';
import { inputName } from '../model/bundle.ts';
import { checkOptions } from '../model/options.ts';
import { createScope, type ScopeRecord } from '../nn/scope.ts';
import { checkSpec, type InputSpec, inputShape } from '../skeleton/input.ts';
import type { Layout } from '../skeleton/layout.ts';
import { KinegraphError } from '../tensor/error.ts';
import { createRandom, type Random } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Features, LossTerms, Recording, Task } from './task.ts';

/** What a model sees: how clips become tensors (on the host), and what the graph does to them first. */
export interface NetworkInput extends Omit<PreprocessOptions, 'confidence'> {
  /** The joints; clips in other layouts are remapped. */
  readonly layout: Layout;
  /** T: frames after sampling. */
  readonly frames: number;
  /** M; 1 by default. */
  readonly persons?: number;
  /** Coordinates of a joint; 3 by default. */
  readonly dimensions?: 2 | 3;
  /** Whether confidence is one more channel; false by default. */
  readonly confidence?: boolean;
  /** How clips of any length become `frames` frames; `crop-resize` by default. */
  readonly sampling?: InputSpec['sampling'];
  /** What is done to the whole clip before frames are sampled; nothing by default. */
  readonly normalize?: NonNullable<InputSpec['normalize']>;
  /** The frame rate to bring clips to before sampling; frames are taken as they come by default. */
  readonly fps?: number;
  /** The unit to bring clips to; as they come by default. */
  readonly unit?: NonNullable<InputSpec['unit']>;
}

const inputOptions = [
  ...['layout', 'frames', 'persons', 'dimensions', 'confidence', 'sampling', 'normalize', 'fps', 'unit'],
  ...['center', 'align', 'streams'],
];

/** The host's part of a network's input, as a bundle stores it. */
export function inputSpec(network: NetworkInput): InputSpec {
  checkOptions('input', network, inputOptions);
  const { layout, frames, persons = 1, dimensions = 3, confidence = false, sampling = 'crop-resize' } = network;
  const { id, joints, parents, center, bones } = layout;
  const spec: InputSpec = {
    layout: { id, joints, parents, center, bones },
    frames,
    persons,
    dimensions,
    confidence,
    sampling,
    ...(network.normalize !== undefined && { normalize: network.normalize }),
    ...(network.fps !== undefined && { fps: network.fps }),
    ...(network.unit !== undefined && { unit: network.unit }),
  };
  checkSpec(spec);
  return spec;
}

/** What `buildNetwork` takes. */
export interface NetworkOptions<S extends Recording, R> {
  readonly encoder: Encoder;
  readonly task: Task<S, R>;
  readonly input: NetworkInput;
  readonly batch: number;
  readonly training: boolean;
  readonly random: Random;
  readonly weights?: Readonly<Record<string, Tensor>>;
}

/** A network and everything that was declared while it was built. */
export interface Network {
  readonly record: ScopeRecord;
  readonly features: Features;
  readonly outputs: Readonly<Record<string, Value>>;
}

/**
 * Builds preprocessing, encoder and task outputs.
 *
 * @throws `not-found` if the task asks for a tap that the encoder does not have
 */
export function buildNetwork<S extends Recording, R>(options: NetworkOptions<S, R>): Network {
  const { encoder, task, batch, input: network, ...scopeOptions } = options;
  const positions = input(inputName, [batch, ...inputShape(inputSpec(network))]);
  const encode = ({ scope }: ScopeRecord) =>
    encoder.build(scope, preprocess(positions, network.layout, network), network.layout);
  const tap = (name: string): Value => record.taps.get(name) ?? missingTap(encoder, task.id, record, name);
  const rewrites = typeof task.rewrites === 'function' ? task.rewrites(tapNames(encode)) : (task.rewrites ?? {});
  const rewrite = Object.fromEntries(
    Object.entries(rewrites).map(([name, change]) => [name, (value: Value) => change(record.scope, value, tap)]),
  );
  const record = createScope({ ...scopeOptions, rewrite });
  const encoded = encode(record);
  for (const name of Object.keys(rewrite)) tap(name);
  const features: Features = { positions, encoded, taps: [...record.taps.keys()], tap };
  return { record, features, outputs: task.outputs(record.scope, features) };
}

/** The taps that an encoder passes, found by building it once without keeping anything. */
function tapNames(encode: (record: ScopeRecord) => Value): readonly string[] {
  const trial = createScope({ training: false, random: createRandom(0) });
  encode(trial);
  return [...trial.taps.keys()];
}

/** A network with the terms of its task's loss. */
export interface Objective extends Network {
  readonly terms: LossTerms;
}

/** The name of the input that a target of the task is fed to. */
export const targetInput = (target: string): string => `target.${target}`;

/** Builds the network as it is trained, with the loss; see `buildNetwork`. */
export function buildObjective<S extends Recording, R>(options: Omit<NetworkOptions<S, R>, 'training'>): Objective {
  const { task, batch } = options;
  const network = buildNetwork({ ...options, training: true });
  const targets = Object.fromEntries(
    Object.entries(task.targetSpecs(batch)).map(([name, { shape, dtype }]) => [
      name,
      input(targetInput(name), shape, dtype),
    ]),
  );
  return { ...network, terms: task.loss(network.record.scope, network.features, network.outputs, targets) };
}

/**
 * What a network declares: its parameters and buffers with their first values, those of training-only branches included.
 *
 * @throws `invalid-argument` if weights are given and none of them belongs to the network
 */
export function declareNetwork<S extends Recording, R>(
  options: Omit<NetworkOptions<S, R>, 'training' | 'batch'>,
): Pick<ScopeRecord, 'parameters' | 'buffers'> {
  const { parameters, buffers } = buildObjective({ ...options, batch: 2 }).record;
  const names = new Set([...parameters, ...buffers].map(({ name }) => name));
  const given = Object.keys(options.weights ?? {});
  if (given.length === 0 || given.some((name) => names.has(name))) return { parameters, buffers };
  throw new KinegraphError({
    code: 'invalid-argument',
    where: 'weights',
    expected: `names such as ${[...names].slice(0, 3).join(', ')}`,
    actual: given.slice(0, 3).join(', '),
    hint: 'Rename them to the names of this encoder.',
  });
}

/** The first values of `declareNetwork` by name. */
export function initialWeights<S extends Recording, R>(
  options: Omit<NetworkOptions<S, R>, 'training' | 'batch'>,
): Record<string, Tensor<'float32'>> {
  const { parameters, buffers } = declareNetwork(options);
  return Object.fromEntries([...parameters, ...buffers].map(({ name, initial }) => [name, initial]));
}

function missingTap(encoder: Encoder, task: string, { taps }: ScopeRecord, name: string): never {
  throw new KinegraphError({
    code: 'not-found',
    where: `task ${task} on encoder ${encoder.id}`,
    expected: taps.size > 0 ? `a tap among ${[...taps.keys()].join(', ')}` : 'an encoder with taps',
    actual: `"${name}"`,
  });
}
