/** Parameters side by side in one vector, so that an update is a few large operations in place of thousands of small ones. */
import { concat, reshape, slice } from '../graph/ops/shape.ts';
import type { Value } from '../graph/value.ts';
import type { Parameter } from '../nn/scope.ts';
import { elementCount, zeros } from '../tensor/tensor.ts';

/** Parameters that are updated alike. */
export interface Pack {
  /** Stands for all members: their values one after the other, `[n]` for vectors and `[1, n]` for tensors of more axes. */
  readonly parameter: Parameter;
  readonly members: readonly Parameter[];
}

/** Groups parameters by what an optimizer may treat differently: whether they decay, and whether they are vectors. */
export function packParameters(parameters: readonly Parameter[]): Pack[] {
  const groups = new Map<string, Parameter[]>();
  for (const parameter of parameters) {
    const { decay, value } = parameter;
    const name = `${value.shape.length > 1 ? 'tensors' : 'vectors'}${decay ? '' : '-without-decay'}`;
    groups.set(name, [...(groups.get(name) ?? []), parameter]);
  }
  return [...groups].map(([name, members]) => {
    const decay = (members[0] as Parameter).decay;
    const value = join(
      members,
      members.map((member) => member.value),
    );
    return { parameter: { name, value, decay, initial: zeros('float32', value.shape) }, members };
  });
}

/** One value for each member as one vector of the pack's shape. */
export function join(members: readonly Parameter[], values: readonly Value[]): Value {
  const flat = concat(
    values.map((value) => reshape(value, [-1])),
    0,
  );
  const vectors = (members[0] as Parameter).value.shape.length <= 1;
  return vectors ? flat : reshape(flat, [1, -1]);
}

/** The opposite of {@link join}. */
export function split({ members }: Pack, joined: Value): Value[] {
  const flat = reshape(joined, [-1]);
  let start = 0;
  return members.map(({ value }) => {
    const end = start + elementCount(value.shape);
    const part = reshape(slice(flat, 0, start, end), value.shape);
    start = end;
    return part;
  });
}
