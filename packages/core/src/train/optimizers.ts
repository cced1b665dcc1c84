/** Optimizers as graph nodes: each turns a gradient into the parameter's next value; moments are buffers. */
import { add, divide, multiply, sqrt, subtract } from '../graph/ops/elementwise.ts';
import type { Value } from '../graph/value.ts';
import { checkOptions } from '../model/options.ts';
import { zero } from '../nn/initializers.ts';
import type { Parameter, Scope } from '../nn/scope.ts';
import { KinegraphError } from '../tensor/error.ts';

/** What an update is given: one parameter, or several of one group joined into one. */
export interface UpdatedParameter extends Parameter {
  /** The parameter's name, or that of one of the parameters. */
  readonly member: string;
}

/**
 * The next value of one parameter.
 *
 * @param scope a scope of the parameter's own, for moments
 */
export type Update = (scope: Scope, parameter: UpdatedParameter, gradient: Value) => Value;

/** An optimizer: an update rule with its settings. */
export interface Optimizer {
  readonly id: string;
  /**
   * Whether each element is updated by its own gradients alone. Then the rule is given many parameters as one long one, which is faster;
   * otherwise each by itself, in its own shape.
   */
  readonly elementwise?: boolean;
  /** The group of a parameter, by its name, where the rule differs between parameters; only those of one group are joined. */
  groupOf?(parameter: string): string;
  /** Plain JSON; a checkpoint resumes only under the same. */
  readonly options: Readonly<Record<string, number | boolean | Readonly<Record<string, number>>>>;
  /**
   * Starts the update of one step.
   *
   * @param scope for state that all parameters share
   * @param rate the learning rate, a scalar
   */
  begin(scope: Scope, rate: Value): Update;
}

/** Options that all optimizers share. */
export interface DecayOptions {
  /** Weight decay; 0 by default. */
  readonly weightDecay?: number;
  /** Whether parameters of one axis (biases, scales of normalizations) decay as well; true by default, as in PyTorch. */
  readonly decayVectors?: boolean;
}

/** Options of {@link sgd}. */
export interface SgdOptions extends DecayOptions {
  /** Share of the last step's direction that is kept; 0.9 by default. */
  readonly momentum?: number;
  /** Looks ahead along the momentum (Sutskever et al. 2013); true by default. */
  readonly nesterov?: boolean;
  /** Weight decay of the parameters whose names contain a key, in place of the general one; the first key that fits counts. */
  readonly decays?: Readonly<Record<string, number>>;
}

/**
 * Stochastic gradient descent with momentum, as PyTorch's `SGD`: weight decay is added to the gradient.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ momentum: 0.9, weightDecay: 4e-4 });
 * ```
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions('sgd', options, ['momentum', 'nesterov', 'weightDecay', 'decayVectors', 'decays']);
  const { momentum = 0.9, nesterov = true, weightDecay = 0, decayVectors = true, decays = {} } = options;
  checkShare('sgd', 'momentum', momentum);
  for (const amount of [weightDecay, ...Object.values(decays)]) checkDecay('sgd', amount);
  const decayOf = (name: string) =>
    decays[Object.keys(decays).find((part) => name.includes(part)) ?? ''] ?? weightDecay;
  const special = Object.keys(decays).length > 0;
  return {
    id: 'sgd',
    elementwise: true,
    ...(special && { groupOf: (name: string) => `decay ${decayOf(name)}` }),
    options: { momentum, nesterov, weightDecay, decayVectors, ...(special && { decays }) },
    begin: (_, rate) => (scope, parameter, gradient) => {
      const { value } = parameter;
      const decay = isDecaying(parameter, decayVectors) ? decayOf(parameter.member) : 0;
      const slope = decay === 0 ? gradient : add(gradient, multiply(value, decay));
      if (momentum === 0) return subtract(value, multiply(slope, rate));
      // PyTorch keeps the velocity. Kept times the momentum, as both the next step and Nesterov's look ahead use it, it costs one pass less.
      const inertia = scope.buffer('inertia', value.shape, zero);
      const velocity = add(inertia, slope);
      const next = multiply(velocity, momentum);
      scope.assign(inertia, next);
      return subtract(value, multiply(nesterov ? add(slope, next) : velocity, rate));
    },
  };
}

/** Options of {@link adamw}. */
export interface AdamwOptions extends DecayOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the denominator; 1e-8 by default. */
  readonly epsilon?: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's `AdamW`; weight decay is 0.01 by default.
 *
 * @example
 * ```ts
 * const optimizer = adamw({ weightDecay: 0.05, decayVectors: false });
 * ```
 */
export function adamw(options: AdamwOptions = {}): Optimizer {
  checkOptions('adamw', options, ['beta1', 'beta2', 'epsilon', 'weightDecay', 'decayVectors']);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, decayVectors = true } = options;
  checkShare('adamw', 'beta1', beta1);
  checkShare('adamw', 'beta2', beta2);
  checkDecay('adamw', weightDecay);
  return {
    id: 'adamw',
    elementwise: true,
    options: { beta1, beta2, epsilon, weightDecay, decayVectors },
    begin(shared, rate) {
      const firstScale = correction(shared, 'correction1', beta1);
      const size = divide(rate, firstScale);
      const root = sqrt(correction(shared, 'correction2', beta2));
      const keep = subtract(1, multiply(rate, weightDecay));
      return (scope, parameter, gradient) => {
        const { value } = parameter;
        const first = average(scope, 'first', gradient, beta1);
        const second = average(scope, 'second', multiply(gradient, gradient), beta2);
        const kept = weightDecay > 0 && isDecaying(parameter, decayVectors) ? multiply(value, keep) : value;
        return subtract(kept, multiply(divide(first, add(divide(sqrt(second), root), epsilon)), size));
      };
    },
  };
}

/** A running mean of `x`, not yet corrected for its start at 0. */
function average(scope: Scope, name: string, x: Value, beta: number): Value {
  const running = scope.buffer(name, x.shape, zero);
  const next = add(multiply(running, beta), multiply(x, 1 - beta));
  scope.assign(running, next);
  return next;
}

/** `1 - beta^t` at step t, as a recursion from 0: the power itself would lose its digits next to 1. */
function correction(scope: Scope, name: string, beta: number): Value {
  const running = scope.buffer(name, [], zero);
  const next = add(multiply(running, beta), 1 - beta);
  scope.assign(running, next);
  return next;
}

function isDecaying({ decay, value }: Parameter, vectors: boolean): boolean {
  return decay && (vectors || value.shape.length > 1);
}

function checkShare(where: string, name: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: `${name} of at least 0 and below 1`,
    actual: `${value}`,
  });
}

function checkDecay(where: string, value: number): void {
  if (value >= 0 && Number.isFinite(value)) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: 'a weightDecay of at least 0',
    actual: `${value}`,
  });
}
