/** The seeded source of every random draw; its state can be saved, so that a resumed run repeats exactly. */
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded generator of random numbers. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of it. */
  next(): number;
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** A whole number in [0, count). */
  integer(count: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** A new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** The state, to be given to {@link resumeRandom}. */
  state(): readonly number[];
}

/** A generator that repeats the same draws for the same seed on every machine. */
export function createRandom(seed: number): Random {
  return wrap(xoroshiro128plus(scramble(seed | 0)));
}

/** Spreads neighboring seeds over all bits (the finalizer of MurmurHash3); the generator's first draws would otherwise resemble each other. */
function scramble(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Continues a generator from a saved {@link Random.state}. */
export function resumeRandom(state: readonly number[]): Random {
  return wrap(xoroshiro128plusFromState(state));
}

interface Generator {
  next(): number;
  getState(): readonly number[];
}

function wrap(generator: Generator): Random {
  const next = () => (generator.next() >>> 0) / 2 ** 32;
  const integer = (count: number) => Math.floor(next() * count);
  return {
    next,
    uniform: (low, high) => low + (high - low) * next(),
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle(items) {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [result[i], result[j]] = [result[j] as (typeof result)[number], result[i] as (typeof result)[number]];
      }
      return result;
    },
    state: () => generator.getState(),
  };
}
