/** Checks what a caller feeds against what a model declares, before an engine sees it. */
import { type ErrorCode, KinegraphError } from '../tensor/error.ts';
import { checkShape, type DType, elementCount, formatShape, type Tensor } from '../tensor/tensor.ts';
import type { TensorSpec } from './contract.ts';

/** Sizes that symbolic axes have taken so far, with the input that decided. */
export type SymbolicSizes = Map<string, { readonly size: number; readonly input: string }>;

const arrayOf: Readonly<Record<DType, string>> = {
  float32: 'Float32Array',
  float16: 'Uint16Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
};

/**
 * Checks that `feeds` holds exactly the tensors that `specs` ask for. NaN and infinite values pass: they are the
 * model's business.
 *
 * @param sizes - symbolic sizes known already; those of the feeds are added
 * @throws `invalid-argument` for missing, unknown or mistyped feeds, `invalid-shape` for wrong shapes
 */
export function checkFeeds(
  where: string,
  specs: readonly TensorSpec[],
  feeds: Readonly<Record<string, Tensor>>,
  sizes: SymbolicSizes = new Map(),
): void {
  if (typeof feeds !== 'object' || feeds === null)
    throw failed('invalid-argument', where, 'an object of tensors by input name', `${feeds}`);
  const wanted = specs.map(({ name }) => name);
  const unknown = Object.keys(feeds).filter((name) => !wanted.includes(name));
  const missing = wanted.filter((name) => !Object.hasOwn(feeds, name));
  if (unknown.length > 0 || missing.length > 0) {
    const faults = [
      ...(missing.length > 0 ? [`no ${quoted(missing)}`] : []),
      ...(unknown.length > 0 ? [`unknown ${quoted(unknown)}`] : []),
    ];
    throw failed('invalid-argument', where, `the tensors ${quoted(wanted)}`, faults.join(' and '));
  }
  for (const spec of specs) checkTensor(where, spec, feeds[spec.name], sizes);
}

/**
 * Checks one tensor against its spec: record, element type, axes, sizes, and length and type of the data.
 *
 * @throws `invalid-argument` or `invalid-shape`
 */
export function checkTensor(where: string, spec: TensorSpec, value: unknown, sizes: SymbolicSizes): void {
  const { name, dtype } = spec;
  const given = (value ?? {}) as Partial<Tensor>;
  if (!given.dtype || !Array.isArray(given.shape) || !ArrayBuffer.isView(given.data)) {
    throw failed('invalid-argument', where, `"${name}" to be a tensor { dtype, shape, data }`, describe(value));
  }
  if (given.dtype !== dtype) {
    throw failed('invalid-argument', where, `"${name}" to be ${dtype} ${formatShape(spec.shape)}`, `${given.dtype}`);
  }
  const array = Object.prototype.toString.call(given.data).slice(8, -1);
  if (array !== arrayOf[dtype]) {
    throw failed('invalid-argument', where, `the data of "${name}" (${dtype}) to be a ${arrayOf[dtype]}`, `a ${array}`);
  }
  checkShape(`${where} "${name}"`, given.shape);
  checkFit(where, spec, given.shape, sizes);
  const count = elementCount(given.shape);
  if (given.data.length !== count) {
    const expected = `${count} elements in "${name}" of shape ${formatShape(given.shape)}`;
    throw failed('invalid-shape', where, expected, `${given.data.length}`);
  }
}

/**
 * Checks a shape against a spec and notes the sizes of its symbolic axes; an axis with an empty name may have any size.
 *
 * @throws `invalid-shape`
 */
export function checkFit(where: string, spec: TensorSpec, shape: readonly number[], sizes: SymbolicSizes): void {
  const { name } = spec;
  const mismatch = () =>
    failed('invalid-shape', where, `"${name}" of shape ${formatShape(spec.shape)}`, formatShape(shape));
  if (shape.length !== spec.shape.length) throw mismatch();
  for (const [axis, declared] of spec.shape.entries()) {
    const size = shape[axis]!;
    if (typeof declared === 'number') {
      if (size !== declared) throw mismatch();
    } else if (declared !== '') {
      const bound = sizes.get(declared);
      if (bound === undefined) sizes.set(declared, { size, input: name });
      else if (bound.size !== size) {
        const expected = `"${name}" of shape ${formatShape(spec.shape)} with ${declared} = ${bound.size}, as in "${bound.input}"`;
        throw failed('invalid-shape', where, expected, formatShape(shape));
      }
    }
  }
}

/** `"a", "b" and 3 more`, or `nothing`. */
export function quoted(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, 12).map((name) => `"${name}"`);
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `an object with ${quoted(Object.keys(value))}` : `${value}`;
}

function failed(code: ErrorCode, where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code, where, expected, actual });
}
