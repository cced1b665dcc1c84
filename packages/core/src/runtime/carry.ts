/** Checks at load which outputs feed which inputs on the next run, and with what they start. */
import { KinegraphError } from '../tensor/error.ts';
import { formatShape, type Tensor } from '../tensor/tensor.ts';
import type { LoadOptions, TensorSpec } from './contract.ts';
import { checkTensor, quoted, type SymbolicSizes } from './feeds.ts';

/** One carried tensor: it leaves a run as `output` and enters the next as `input`. */
export interface CarriedTensor {
  readonly output: string;
  readonly input: TensorSpec;
  /** The value before the first run. */
  readonly first: Tensor;
}

/**
 * Resolves the `carry` and `state` options against the model.
 *
 * @throws `invalid-argument` for unknown or doubled names, other element types and missing or surplus state;
 * `invalid-shape` for shapes that can never fit
 */
export function resolveCarry(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  { carry = {}, state = {} }: Pick<LoadOptions, 'carry' | 'state'>,
): readonly CarriedTensor[] {
  const pairs = Object.entries(carry);
  const sizes: SymbolicSizes = new Map();
  const taken = new Set<string>();
  const carried = pairs.map(([outputName, inputName]) => {
    const output = specOf(outputs, outputName, 'an output');
    const input = specOf(inputs, inputName, 'an input');
    if (taken.has(input.name)) throw failed(`one output for the input "${input.name}"`, 'two');
    taken.add(input.name);
    checkPair(output, input);
    const first = Object.hasOwn(state, input.name) ? state[input.name] : undefined;
    if (first === undefined) {
      throw failed(`a first value of every carried input in state`, `none for "${input.name}"`);
    }
    checkTensor('load state', input, first, sizes);
    return { output: output.name, input, first };
  });
  const surplus = Object.keys(state).filter((name) => !taken.has(name));
  if (surplus.length > 0) {
    throw failed(`state of the carried inputs ${quoted([...taken])}`, `${quoted(surplus)} as well`);
  }
  return carried;
}

function specOf(specs: readonly TensorSpec[], name: string, what: string): TensorSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) throw failed(`${what} among ${quoted(specs.map((each) => each.name))}`, `"${name}"`);
  return spec;
}

function checkPair(output: TensorSpec, input: TensorSpec): void {
  const expected = `"${output.name}" to be like "${input.name}", ${input.dtype} ${formatShape(input.shape)}`;
  const actual = `${output.dtype} ${formatShape(output.shape)}`;
  if (output.dtype !== input.dtype) throw failed(expected, actual);
  // Engines report an output of unknown rank as a scalar; such a one is checked when it comes out of a run.
  const known = output.shape.length > 0;
  const fits =
    output.shape.length === input.shape.length &&
    output.shape.every((size, axis) => {
      const other = input.shape[axis];
      return typeof size === 'string' || typeof other === 'string' || size === other;
    });
  if (known && !fits) throw failed(expected, actual, 'invalid-shape');
}

function failed(expected: string, actual: string, code: 'invalid-argument' | 'invalid-shape' = 'invalid-argument') {
  return new KinegraphError({ code, where: 'load carry', expected, actual });
}
