/** What a caller of the pickle reader supplies: the functions that a pickle may call. */

/** A function that a pickle may call, or mention as a value. It receives the arguments as the reader has built them. */
export type PickleGlobal = (...args: readonly unknown[]) => unknown;

/** What a {@link PickleGlobal} returns if the pickle goes on to give its object a state. */
export interface PickleObject {
  /** Takes what Python passes to `__setstate__`. */
  setState(state: unknown): void;
}

/** Options of `readPickle`. */
export interface ReadPickleOptions {
  /** All that the pickle may name, by `module.name`, for example `collections.OrderedDict`. */
  readonly globals: Readonly<Record<string, PickleGlobal>>;
  /** Resolves persistent ids; they are refused without it. */
  readonly persistent?: (id: unknown) => unknown;
  /** Where the pickle starts; 0 by default. */
  readonly offset?: number;
  /** What to do about a pickle that names anything else: a sentence for the error. */
  readonly advice?: string;
  /** Names the file in errors; `readPickle` by default. */
  readonly where?: string;
}
