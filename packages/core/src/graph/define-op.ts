/** How an operator is declared: its ONNX type, its shape rule and its gradient rule side by side. */
import { KinegraphError } from '../tensor/error.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import { describeShape, type Value } from './value.ts';

/** Compile-time settings of one application of an op. */
export type Attributes = Readonly<Record<string, unknown>>;

/** An ONNX attribute as written to the file: whole numbers as INT, lists as INTS, text as STRING, `{ float }` as FLOAT. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

/** Shape and element type of a result. */
export interface Signature {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Throws an `invalid-shape` error that names the op and the parameter it was applied to. */
export type Fail = (expected: string, actual: string, hint?: string) => never;

/** What a gradient rule is given. */
export interface GradientContext<A extends Attributes> {
  readonly inputs: readonly Value[];
  readonly output: Value;
  /** Gradient of the loss with respect to {@link output}, of the same shape (for lazy ops: of one that broadcasts to it, of the same rank). */
  readonly gradient: Value;
  readonly attributes: A;
  /** Which inputs lie on a path to a target; others may be answered with `null`. */
  readonly wanted: readonly boolean[];
}

/**
 * Gradients of the inputs, one each, `null` where there is none. A gradient may have any shape that broadcasts with the
 * input's: the driver sums away axes along which the input was broadcast, and expands smaller gradients only when needed.
 */
export type GradientRule<A extends Attributes> = (context: GradientContext<A>) => readonly (Value | null)[];

/** The rules of an op. */
export interface OpRules<A extends Attributes> {
  /** Checks the inputs and gives the result's shape and type. */
  infer(inputs: readonly Value[], attributes: A, fail: Fail): Signature;
  /** The gradient rule; `null` for ops whose result does not depend smoothly on any input. */
  readonly gradient: GradientRule<A> | null;
  /** Whether its rule takes gradients of the result's rank that are not yet expanded to its shape, if no input was broadcast. */
  readonly lazy?: boolean;
  /** How many inputs are written to the ONNX node; the others only take part in gradients. All by default. */
  readonly written?: number;
  /** How attributes are written to ONNX: as node attributes and as trailing constant inputs. */
  encode?(attributes: A, inputs: readonly Value[]): OnnxEncoding;
}

/** Node attributes and trailing constant inputs (`null` leaves an optional input out). */
export interface OnnxEncoding {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly inputs?: readonly (Tensor | null)[];
}

/** An op with its rules; {@link Value}s refer to it. */
export interface Op extends OpRules<Attributes> {
  /** The ONNX operator type. */
  readonly type: string;
}

/**
 * Declares an op of the standard ONNX operator set.
 *
 * @returns a function that applies the op to values and throws `invalid-shape` on the caller's line if they do not fit.
 * @example
 * ```ts
 * const tanh = defineOp('Tanh', {
 *   infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
 *   gradient: ({ output, gradient }) => [multiply(gradient, subtract(1, multiply(output, output)))],
 * });
 * ```
 */
export function defineOp<A extends Attributes>(
  type: string,
  rules: OpRules<A>,
): (inputs: readonly Value[], attributes: A) => Value {
  const op = { type, ...rules } as unknown as Op;
  return (inputs, attributes) => {
    const path = inputs.reduce((found, value) => value.path || found, '');
    const fail: Fail = (expected, actual, hint) => {
      throw new KinegraphError({
        code: 'invalid-shape',
        where: path ? `${path}: ${type}` : type,
        expected,
        actual,
        ...(hint !== undefined && { hint }),
      });
    };
    const { shape, dtype } = rules.infer(inputs, attributes, fail);
    return { shape, dtype, source: { kind: 'op', op, inputs, attributes }, path };
  };
}

/** Fails unless all inputs have one element type; returns it. */
export function sameType(inputs: readonly Value[], fail: Fail): DType {
  const [first] = inputs;
  if (!first || !inputs.every((value) => value.dtype === first.dtype)) {
    return fail('inputs of one element type', inputs.map((value) => value.dtype).join(' and '), 'Use cast().');
  }
  return first.dtype;
}

/** Turns negative axes into positive ones and fails if one is out of range or repeated. */
export function resolveAxes(axes: readonly number[], rank: number, fail: Fail): number[] {
  const resolved = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  if (resolved.some((axis) => axis < 0 || axis >= rank) || new Set(resolved).size !== resolved.length) {
    fail(`distinct axes below ${rank}`, `[${axes.join(', ')}]`);
  }
  return resolved;
}

/** `[2, 3] and [4]`, for error messages. */
export function describeShapes(inputs: readonly Value[]): string {
  return inputs.map((value) => describeShape(value.shape)).join(' and ');
}
