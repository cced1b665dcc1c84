/** One set of layers used twice: the second use finds what the first declared. */
import type { Scope, Value } from '@kinegraph/core/graph';

/** A scope that shows what is declared in it as taps, by full name. */
export function showing(scope: Scope): Scope {
  const show = (value: Value) => scope.tap(value.path, value);
  return {
    ...scope,
    child: (name) => showing(scope.child(name)),
    param: (...declaration) => show(scope.param(...declaration)),
    buffer: (...declaration) => show(scope.buffer(...declaration)),
    noise: (...declaration) => show(scope.noise(...declaration)),
  };
}

/**
 * A scope in which the layers that were built in a {@link showing} one can be built again, with the same parameters and noise.
 *
 * @param tap throws for a layer that was not
 */
export function reusing(scope: Scope, tap: (name: string) => Value): Scope {
  const find = (name: string) => tap(scope.path ? `${scope.path}.${name}` : name);
  return {
    ...scope,
    child: (name) => reusing(scope.child(name), tap),
    param: find,
    buffer: find,
    noise: find,
    // State changes once a step.
    assign() {},
    blend() {},
    tap: (_, value) => value,
  };
}
