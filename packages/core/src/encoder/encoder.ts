/** The encoder contract: a function from skeleton values to features, with a name, options and taps. */
import { reshape } from '../graph/ops/reshape.ts';
import { transpose } from '../graph/ops/transpose.ts';
import { describeShape, type Value } from '../graph/value.ts';
import type { Scope } from '../nn/scope.ts';
import type { Layout } from '../skeleton/layout.ts';
import { KinegraphError } from '../tensor/error.ts';

/** Settings of an encoder: plain JSON, stored in the bundle. */
export type EncoderOptions = Readonly<Record<string, unknown>>;

/** What an encoder is built for. */
export interface EncoderContext<O extends EncoderOptions> {
  readonly layout: Layout;
  readonly options: O;
  /** M, the second size of `x`. */
  readonly persons: number;
}

/** A configured skeleton encoder. */
export interface Encoder {
  /** For example `ctrgcn`, or `acme/tiny` outside this project. */
  readonly id: string;
  readonly options: EncoderOptions;
  /**
   * Builds the encoder in a scope.
   *
   * @param x `[B, M, C, T, V]`
   * @returns features `[B, M, width, T', V']`
   */
  build(scope: Scope, x: Value, layout: Layout): Value;
}

/** What {@link defineEncoder} takes. */
export interface EncoderDefinition<O extends EncoderOptions> {
  readonly id: string;
  /** Every option with its default. */
  readonly defaults: O;
  /** Builds the layers: `x` is `[B, M, C, T, V]`, the result `[B, M, width, T', V']`. */
  build(scope: Scope, x: Value, context: EncoderContext<O>): Value;
}

/**
 * Declares an encoder.
 *
 * @returns a factory that takes some of the options and returns the configured encoder.
 * @throws `invalid-argument` if the factory is given an option that the encoder does not have.
 * @example
 * ```ts
 * export const tiny = defineEncoder({
 *   id: 'acme/tiny',
 *   defaults: { width: 48 },
 *   build(scope, x, { options, persons }) {
 *     const folded = foldPersons(x); // [B*M, C, V, T]
 *     return unfoldPersons(relu(pointwise(scope.child('mix'), folded, options.width)), persons);
 *   },
 * });
 * const encoder = tiny({ width: 64 });
 * ```
 */
export function defineEncoder<O extends EncoderOptions>(
  definition: EncoderDefinition<O>,
): (options?: Partial<O>) => Encoder {
  const { id, defaults } = definition;
  return (given = {}) => {
    const unknown = Object.keys(given).filter((key) => !Object.hasOwn(defaults, key));
    if (unknown.length > 0) {
      throw new KinegraphError({
        code: 'invalid-argument',
        where: id,
        expected: `options among ${Object.keys(defaults).join(', ')}`,
        actual: unknown.join(', '),
      });
    }
    const options = Object.freeze({ ...defaults, ...given });
    return Object.freeze({
      id,
      options,
      build(scope: Scope, x: Value, layout: Layout): Value {
        if (x.shape.length !== 5 || x.shape[4] !== layout.joints.length) {
          throw new KinegraphError({
            code: 'invalid-shape',
            where: `encoder ${id}`,
            expected: `x [B, M, C, T, ${layout.joints.length}] for layout ${layout.id}`,
            actual: describeShape(x.shape),
          });
        }
        return definition.build(scope, x, { layout, options, persons: x.shape[1] as number });
      },
    });
  };
}

/**
 * Folds persons into the batch and puts time last, where convolutions over time and products over joints are fastest.
 *
 * @param x `[B, M, C, T, V]`
 * @returns `[B*M, C, V, T]`
 */
export function foldPersons(x: Value): Value {
  const [b, m, c, t, v] = x.shape as [number, number, number, number, number];
  return reshape(transpose(x, [0, 1, 2, 4, 3]), [b * m, c, v, t]);
}

/**
 * Undoes {@link foldPersons}.
 *
 * @param y `[B*M, C', V', T']`
 * @param persons M
 * @returns `[B, M, C', T', V']`
 */
export function unfoldPersons(y: Value, persons: number): Value {
  const [n, c, v, t] = y.shape as [number, number, number, number];
  // Transposed last, so that the engine can drop it where a mean over frames and joints follows.
  return transpose(reshape(y, [n / persons, persons, c, v, t]), [0, 1, 2, 4, 3]);
}

/**
 * Taps a folded value: whoever asked for it sees `[B, M, C, T, V]`, and what they put in its place is folded again.
 *
 * @param y `[B*M, C, V, T]`
 */
export function tapFolded(scope: Scope, name: string, y: Value, persons: number): Value {
  const shown = unfoldPersons(y, persons);
  const result = scope.tap(name, shown);
  return result === shown ? y : foldPersons(result);
}
