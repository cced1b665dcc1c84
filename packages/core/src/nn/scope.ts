/** The scope that layers are written against: it names parameters, holds state, and tells training from inference. */
import { add, multiply } from '../graph/ops/elementwise.ts';
import { describeShape, input, type Value } from '../graph/value.ts';
import { KinegraphError } from '../tensor/error.ts';
import type { Random } from '../tensor/random.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Initializer } from './initializers.ts';

/** A learned tensor. */
export interface Parameter {
  readonly name: string;
  readonly value: Value;
  /** Its first value. */
  readonly initial: Tensor<'float32'>;
  /** Whether weight decay applies. */
  readonly decay: boolean;
}

/** State that is not learned by gradients: running statistics, memory banks. */
export interface Buffer {
  readonly name: string;
  readonly value: Value;
  readonly initial: Tensor<'float32'>;
  /** What it becomes after the step, if anything assigned to it. */
  next: Value | undefined;
  /** What {@link Scope.blend} was told, if that is how `next` came about. */
  blended: Blend | undefined;
}

/** How a running mean goes on. */
export interface Blend {
  /** What the step saw. */
  readonly seen: Value;
  /** The share of it in the mean. */
  readonly share: number;
}

/** Options of {@link Scope.param}. */
export interface ParameterOptions {
  /** Whether weight decay applies; true by default. */
  readonly decay?: boolean;
}

/**
 * Where a layer lives. Names join with dots and equal those of the PyTorch state dict that the layer corresponds to, so that
 * published weights load by name; the path is also the address in every error.
 */
export interface Scope {
  readonly path: string;
  /** Whether the graph is being built to train (batch statistics, dropout) or to recognize. */
  readonly training: boolean;
  /** The scope `path.name`. */
  child(name: string | number): Scope;
  /** A learned float32 tensor. */
  param(name: string, shape: readonly number[], initializer: Initializer, options?: ParameterOptions): Value;
  /** A float32 tensor that the graph may replace after each step with {@link Scope.assign}. */
  buffer(name: string, shape: readonly number[], initializer: Initializer): Value;
  /** What a buffer of this model starts from: the weights that were given, otherwise what its initializer made. */
  first(buffer: Value): Tensor<'float32'>;
  /** Sets what a buffer of this model becomes after the step. */
  assign(buffer: Value, next: Value): void;
  /** Makes a buffer a running mean: after the step it is `(1 - share) * buffer + share * seen`. The trainer moves all of one share at once. */
  blend(buffer: Value, seen: Value, share: number): void;
  /** Uniform noise in [0, 1), drawn anew for each step by the trainer from its seeded generator. */
  noise(name: string, shape: readonly number[]): Value;
  /** Shows a value under a name to whoever asked for it; returns the value, or what replaces it. */
  tap(name: string, value: Value): Value;
}

/** A running mean after the step. */
export function moved(running: Value, { seen, share }: Blend): Value {
  return add(multiply(running, 1 - share), multiply(seen, share));
}

/** Of a buffer that nothing is assigned to. */
const unchanged = { next: undefined, blended: undefined };

/** A value that a task put in the place of a tap, from the tapped value. */
export type TapRewrite = (value: Value) => Value;

/** Options of {@link createScope}. */
export interface ScopeOptions {
  readonly training: boolean;
  /** Draws the initial values. */
  readonly random: Random;
  /** Values to start from in place of the initializers, by full name. */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Taps to rewrite, by name. */
  readonly rewrite?: Readonly<Record<string, TapRewrite>>;
}

/** A root scope with everything that was declared in it. */
export interface ScopeRecord {
  readonly scope: Scope;
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly Buffer[];
  readonly noises: readonly Value[];
  readonly taps: ReadonlyMap<string, Value>;
}

/** Starts a model: a root scope and the record that fills up while layers are built in it. */
export function createScope({ training, random, weights = {}, rewrite = {} }: ScopeOptions): ScopeRecord {
  const parameters: Parameter[] = [];
  const buffers: Buffer[] = [];
  const noises: Value[] = [];
  const taps = new Map<string, Value>();
  const taken = new Set<string>();

  const declare = (where: string, name: string, shape: readonly number[]): Value => {
    if (taken.has(name)) {
      throw new KinegraphError({
        code: 'invalid-argument',
        where,
        expected: 'each name once',
        actual: `"${name}" twice`,
        hint: 'Build each layer in a child scope of its own.',
      });
    }
    taken.add(name);
    return input(name, shape);
  };

  const initial = (name: string, shape: readonly number[], initializer: Initializer): Tensor<'float32'> => {
    const given = weights[name];
    if (!given) return tensor('float32', shape, initializer(shape, random));
    if (given.dtype !== 'float32' || given.data.length !== elementCount(shape)) {
      throw new KinegraphError({
        code: 'invalid-shape',
        where: name,
        expected: `float32 weights ${describeShape(shape)}`,
        actual: `${given.dtype} ${describeShape(given.shape)}`,
      });
    }
    return tensor('float32', shape, given.data);
  };

  const own = (buffer: Value, where: string): Buffer => {
    const entry = buffers.find(({ value }) => value === buffer);
    if (entry) return entry;
    throw new KinegraphError({
      code: 'invalid-argument',
      where,
      expected: 'a buffer of this model',
      actual: `the value ${buffer.path || 'without a name'}`,
      hint: 'Declare it with scope.buffer().',
    });
  };

  const at = (path: string): Scope => {
    const full = (name: string | number) => (path ? `${path}.${name}` : `${name}`);
    return {
      path,
      training,
      child: (name) => at(full(name)),
      param(name, shape, initializer, { decay = true } = {}) {
        const value = declare(path, full(name), shape);
        parameters.push({ name: full(name), value, initial: initial(full(name), shape, initializer), decay });
        return value;
      },
      buffer(name, shape, initializer) {
        const value = declare(path, full(name), shape);
        buffers.push({ name: full(name), value, initial: initial(full(name), shape, initializer), ...unchanged });
        return value;
      },
      first: (buffer) => own(buffer, `${path}: first`).initial,
      assign(buffer, next) {
        Object.assign(own(buffer, `${path}: assign`), { next, blended: undefined });
      },
      blend(buffer, seen, share) {
        const blended = { seen, share };
        Object.assign(own(buffer, `${path}: blend`), { next: moved(buffer, blended), blended });
      },
      noise(name, shape) {
        const value = declare(path, full(name), shape);
        noises.push(value);
        return value;
      },
      tap(name, value) {
        const shown = rewrite[name]?.(value) ?? value;
        taps.set(name, shown);
        return shown;
      },
    };
  };
  return { scope: at(''), parameters, buffers, noises, taps };
}
