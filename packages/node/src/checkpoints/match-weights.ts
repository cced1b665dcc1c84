/** Fitting a checkpoint to a network: every tensor that the network has, in its shape, and no others. */
import { elementCount, KinegraphError, type Tensor, tensor } from '@kinegraph/core';
import type { CheckpointTensor } from './checkpoint-tensor.ts';
import { nearestName } from './nearest-name.ts';

/** Looking for names that were meant is left out where there are more of them than this. */
const maxCompared = 3000;

/**
 * The weights of a network, by name, from a checkpoint whose names are this library's.
 *
 * Sizes of 1 at the end of a shape do not count: a 1x1 convolution is a linear layer.
 *
 * @param network the network's parameters and buffers by name.
 * @throws `invalid-data` with all missing and unexpected names and all differences of shape; or for a value that is no number.
 */
export function matchWeights(
  where: string,
  network: Readonly<Record<string, Pick<Tensor, 'shape'>>>,
  checkpoint: ReadonlyMap<string, CheckpointTensor>,
): Record<string, Tensor<'float32'>> {
  const wanted = Object.entries(network);
  const missing = wanted.filter(([name]) => !checkpoint.has(name)).map(([name, { shape }]) => ({ name, shape }));
  const unexpected = [...checkpoint]
    .filter(([name]) => !Object.hasOwn(network, name))
    .map(([name, { shape }]) => ({ name, shape }));
  const different = wanted.flatMap(([name, { shape }]) => {
    const found = checkpoint.get(name)?.shape;
    return found === undefined || isSame(shape, found) ? [] : [{ name, shape, found }];
  });
  if (missing.length + unexpected.length + different.length > 0) {
    throw mismatch(where, wanted.length, { missing, unexpected, different });
  }
  return Object.fromEntries(
    wanted.map(([name, { shape }]) => [
      name,
      finite(where, name, (checkpoint.get(name) as CheckpointTensor).read(), shape),
    ]),
  );
}

interface Named {
  readonly name: string;
  readonly shape: readonly number[];
}

interface Mismatches {
  readonly missing: readonly Named[];
  readonly unexpected: readonly Named[];
  readonly different: readonly (Named & { readonly found: readonly number[] })[];
}

/** Whether two shapes are equal but for sizes of 1 at the end. */
function isSame(a: readonly number[], b: readonly number[]): boolean {
  const shared = Math.min(a.length, b.length);
  return elementCount(a) === elementCount(b) && a.slice(0, shared).every((size, axis) => size === b[axis]);
}

function finite(where: string, name: string, { data }: Tensor<'float32'>, shape: readonly number[]): Tensor<'float32'> {
  const odd = data.findIndex((value) => !Number.isFinite(value));
  if (odd < 0) return tensor('float32', shape, data);
  throw new KinegraphError({
    code: 'invalid-data',
    where,
    expected: `finite numbers in "${name}"`,
    actual: `${data[odd]} at ${odd}`,
    hint: 'Its training has diverged, or the file is damaged.',
  });
}

function mismatch(where: string, total: number, mismatches: Mismatches): KinegraphError {
  const { missing, unexpected, different } = mismatches;
  const counts = [
    [missing.length, 'missing'],
    [unexpected.length, 'unexpected'],
    [different.length, 'of another shape'],
  ] as const;
  const sections = [
    section('missing', missing.map(describer(unexpected, 'the checkpoint has'))),
    section('unexpected', unexpected.map(describer(missing, 'the network has'))),
    section(
      'of another shape',
      different.map(({ name, shape, found }) => `${name} ${show(shape)}, in the checkpoint ${show(found)}`),
    ),
  ];
  return new KinegraphError({
    code: 'invalid-data',
    where,
    expected: `the ${total} tensors of the network`,
    actual: counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(', '),
    hint: `\n${sections.join('')}${advice(total, mismatches)}`,
  });
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title} (${lines.length}):\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** Says a name and, where there is one, what is near it on the other side. */
function describer(others: readonly Named[], whose: string): (named: Named) => string {
  const compared = others.length <= maxCompared ? others : [];
  return ({ name, shape }) => {
    const alike = compared.filter((other) => isSame(shape, other.shape)).map((other) => other.name);
    const near = nearestName(name, alike);
    return `${name} ${show(shape)}${near === undefined ? '' : `; ${whose} ${near}`}`;
  };
}

const show = (shape: readonly number[]) => `[${shape.join(', ')}]`;

/** The most frequent reasons, by what they leave behind. */
function advice(total: number, { missing, unexpected, different }: Mismatches): string {
  if (2 * missing.length > total)
    return 'Few names fit: these are the weights of another encoder, or --source is another.';
  const isAbout = (part: RegExp) => different.some(({ name }) => part.test(name));
  const given = [
    isAbout(/^(fc|decoder)\./)
      ? 'The head has another shape: --labels must have as many classes as the checkpoint.'
      : '',
    isAbout(/(^|\.)data_bn\./) ? 'data_bn has another shape: its channels are persons x joints x coordinates.' : '',
    missing.length > 0 && unexpected.length > 0 ? 'Some names are others: --map renames.' : '',
  ].filter((reason) => reason !== '');
  return given.length > 0 ? given.join(' ') : 'Check --encoder and its options, --layout and --persons.';
}
