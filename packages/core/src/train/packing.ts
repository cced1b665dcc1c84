/**
 * Many parameters as a few long tensors: an update is then a handful of nodes and a step a handful of carried tensors, where onnxruntime
 * would need seconds to open thousands of them.
 */
import { reshape } from '../graph/ops/reshape.ts';
import { concat, slice } from '../graph/ops/shape.ts';
import { input, type Value } from '../graph/value.ts';
import type { Buffer, Parameter } from '../nn/scope.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Optimizer } from './optimizers.ts';

/** Float32 tensors by name. */
export type Weights = Readonly<Record<string, Tensor<'float32'>>>;

/** Tensors that are one in a step. */
interface Joined {
  readonly name: string;
  readonly value: Value;
  readonly members: readonly Pick<Parameter, 'name' | 'value'>[];
}

/** Running means of one share, which move together. */
export interface StatisticsPack extends Joined {
  readonly share: number;
  readonly members: readonly Buffer[];
}

/** Parameters that are updated together. */
export interface Pack extends Joined {
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Whether its parameters are frozen at first. */
  readonly frozen: boolean;
  readonly members: readonly Parameter[];
}

/** Elements from which on a parameter is a pack of its own: copying it into a longer one would cost more than its own nodes. */
const alone = 65_536;

/**
 * Packs parameters of one kind each: decaying or not, of one axis or more, frozen at first or not, of one group of the optimizer. A pack of
 * matrices has shape `[1, size]`, of vectors `[size]`. A large parameter is flat and by itself: onnxruntime's broadcasts are many times
 * slower over shapes that end in 1. An optimizer that is not elementwise gets each parameter in its own shape.
 *
 * @param freeze names of the parameters that are frozen at first
 */
export function packParameters(
  parameters: readonly Parameter[],
  { elementwise, groupOf }: Pick<Optimizer, 'elementwise' | 'groupOf'>,
  freeze: readonly string[] = [],
): Pack[] {
  const held = new Set(freeze);
  if (!elementwise) {
    return parameters.map((parameter) => ({ ...parameter, frozen: held.has(parameter.name), members: [parameter] }));
  }
  const kindOf = ({ name, decay, value }: Parameter) =>
    [
      decay ? 'decaying' : 'constant',
      ...(held.has(name) ? ['frozen'] : []),
      ...(groupOf ? [groupOf(name)] : []),
      ...(elementCount(value.shape) >= alone ? [name] : []),
      value.shape.length > 1 ? 'matrices' : 'vectors',
    ].join('.');
  return [...new Set(parameters.map(kindOf))].map((kind) => {
    const members = parameters.filter((parameter) => kindOf(parameter) === kind);
    const size = sizeOf(members);
    const name = `parameters.${kind}`;
    const shape = kind.endsWith('matrices') ? [1, size] : [size];
    const [{ decay, name: own }] = members as [Parameter];
    return { name, value: input(name, shape), decay, frozen: held.has(own), members };
  });
}

/** Packs the buffers that are running means, those of one share together. */
export function packStatistics(buffers: readonly Buffer[]): StatisticsPack[] {
  const shares = [...new Set(buffers.flatMap(({ blended }) => (blended ? [blended.share] : [])))];
  return shares.map((share) => {
    const members = buffers.filter(({ blended }) => blended?.share === share);
    const name = `statistics.${share}`;
    return { name, value: input(name, [sizeOf(members)]), share, members };
  });
}

/** One value for each tensor of a pack as one value of the pack's shape. */
export function joinPack({ value }: Joined, parts: readonly Value[]): Value {
  if (parts.length === 1) return reshape(parts[0] as Value, value.shape);
  const flat = parts.map((part) => reshape(part, [elementCount(part.shape)]));
  return reshape(concat(flat, 0), value.shape);
}

/** The parameters of packs as parts of the packs' values, by name; for those that are inputs themselves, nothing. */
export function splitPacks(packs: readonly Joined[]): Record<string, Value> {
  return Object.fromEntries(
    packs.flatMap(({ value, members }) => {
      if (members.some((member) => member.value === value)) return [];
      const flat = reshape(value, [elementCount(value.shape)]);
      return places(members).map(({ name, start, end, shape }) => [name, reshape(slice(flat, 0, start, end), shape)]);
    }),
  );
}

/** Packs tensors on the host. */
export function packTensors(packs: readonly Joined[], weights: Weights): Record<string, Tensor<'float32'>> {
  return Object.fromEntries(
    packs.map(({ name, value, members }) => {
      const data = new Float32Array(elementCount(value.shape));
      for (const member of places(members)) data.set(weights[member.name]?.data ?? [], member.start);
      return [name, tensor('float32', value.shape, data)];
    }),
  );
}

/**
 * The opposite of {@link packTensors}.
 *
 * @param prefix of the packs' names in the state, for example `average.`
 */
export function unpackTensors(
  packs: readonly Joined[],
  state: Weights,
  prefix = '',
): Record<string, Tensor<'float32'>> {
  return Object.fromEntries(
    packs.flatMap(({ name, members }) => {
      const data = state[`${prefix}${name}`]?.data as Float32Array;
      return places(members).map(({ name: own, start, end, shape }) => [
        own,
        tensor('float32', shape, data.slice(start, end)),
      ]);
    }),
  );
}

function sizeOf(members: Joined['members']): number {
  return members.reduce((sum, { value }) => sum + elementCount(value.shape), 0);
}

function places(members: Joined['members']) {
  let next = 0;
  return members.map(({ name, value: { shape } }) => {
    const start = next;
    next += elementCount(shape);
    return { name, shape, start, end: next };
  });
}
