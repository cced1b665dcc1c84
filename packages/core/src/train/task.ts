/** The task contract: what a model is trained for, apart from which encoder looks at the skeletons. */
import type { Signature } from '../graph/define-op.ts';
import { gradients } from '../graph/gradients.ts';
import { add, multiply } from '../graph/ops/elementwise.ts';
import type { Value } from '../graph/value.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Scope } from '../nn/scope.ts';
import type { Clip } from '../skeleton/clip.ts';
import type { Random } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A clip with what is known about where it comes from. */
export interface Recording {
  readonly clip: Clip;
  /** Who is seen, for splits by person. */
  readonly subject?: number | string;
  /** Names the recording in errors. */
  readonly id?: string;
}

/** A labeled clip. */
export interface Sample extends Recording {
  /** A class by name, or by its position among the task's labels. */
  readonly label: number | string;
}

/** What the encoder made of a batch. */
export interface Features {
  /** The network's input as fed, `[B, M, C, T, V]`; missing joints and absent persons are 0. */
  readonly positions: Value;
  /** The encoder's result, `[B, M, width, T', V']`. */
  readonly encoded: Value;
  /** Names of the encoder's taps, in the order in which it passed them. */
  readonly taps: readonly string[];
  /**
   * A tapped value.
   *
   * @throws `not-found` listing the taps that there are
   */
  tap(name: string): Value;
}

/**
 * Puts another value in the place of a tap; may read the taps before it. What it shows by `scope.tap(name, value)`, later rewrites and the
 * loss can read by that name.
 */
export type Rewrite = (scope: Scope, value: Value, tap: Features['tap']) => Value;

/** Rewrites by the names of their taps. */
export type Rewrites = Readonly<Record<string, Rewrite>>;

/** Named scalars: the terms of a loss. */
export type LossTerms = Readonly<Record<string, Value>>;

/** The loss that is reported, and the gradients that the optimizer gets. */
export interface Combination {
  readonly loss: Value;
  /** One for each parameter, of its shape. */
  readonly gradients: readonly Value[];
}

/** Turns the terms of a loss into gradients. */
export type Combine = (terms: LossTerms, parameters: readonly Value[]) => Combination;

/**
 * What a model is trained for.
 *
 * `S` is a sample, `R` the report of an evaluation. `outputs` ship in the bundle; `loss` is built for training only, so a branch that
 * helps training cannot be exported by accident.
 */
export interface Task<S extends Recording = Sample, R = unknown> {
  readonly id: string;
  /** Element type and shape of the targets of a batch, by name. */
  targetSpecs(batch: number): Readonly<Record<string, Signature>>;
  /** The targets of a batch, on the host. */
  targets(samples: readonly S[], random: Random): Readonly<Record<string, Tensor>>;
  /**
   * Looks at all samples before any of them is used.
   *
   * @throws `invalid-data` for one that the task cannot use
   */
  check?(samples: readonly S[]): void;
  /**
   * Taps of the encoder to rewrite, in training and recognition alike; a function is told which taps the encoder has, in the order in which
   * it passes them.
   */
  readonly rewrites?: Rewrites | ((taps: readonly string[]) => Rewrites);
  /** Values that ship in the bundle, by name. */
  outputs(scope: Scope, features: Features): Readonly<Record<string, Value>>;
  /** Scalars to minimize, by name. */
  loss(
    scope: Scope,
    features: Features,
    outputs: Readonly<Record<string, Value>>,
    targets: Readonly<Record<string, Value>>,
  ): LossTerms;
  /** How the terms become gradients; their sum's by default. */
  readonly combine?: Combine;
  /** How good outputs are. `outputs` hold one row for each sample. */
  report(outputs: Readonly<Record<string, Tensor>>, samples: readonly S[]): R;
  /** The figure of a report by which the best epoch is chosen; higher is better. */
  score(report: R): number;
  /** The figures of a report that go into a bundle. */
  figures?(report: R): Readonly<Record<string, number>>;
  /** What a bundle says about the task. */
  manifest(): Pick<Manifest, 'task' | 'labels' | 'outputs'>;
}

/**
 * Minimizes the sum of the terms, each times its weight; a term without a weight counts once.
 *
 * @example
 * ```ts
 * const combine = weightedSum({ contrast: 0.1 });
 * ```
 */
export function weightedSum(weights: Readonly<Record<string, number>> = {}): Combine {
  return (terms, parameters) => {
    const weighted = Object.entries(terms).map(([name, term]) => {
      const weight = weights[name] ?? 1;
      return weight === 1 ? term : multiply(term, weight);
    });
    const loss = weighted.reduce((sum, term) => add(sum, term));
    return { loss, gradients: gradients(loss, parameters) };
  };
}
