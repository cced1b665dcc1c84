/** Readers of option values; what they refuse becomes a usage error that names the option. */
import { InvalidArgumentError } from 'commander';

/** A whole number from `lowest` up. */
export function whole(lowest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < lowest) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${lowest}.`);
    }
    return value;
  };
}

/** A number in a closed range. */
export function numberWithin(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= lowest && value <= highest)) {
      throw new InvalidArgumentError(`It must be a number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** A number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Items between commas, each read by `item`. */
export function listOf<T>(item: (text: string) => T): (text: string) => T[] {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.includes('')) throw new InvalidArgumentError('It must be a list with commas, without spaces.');
    return parts.map(item);
  };
}

/** Numbers by name: `name=number` between commas, each number from `lowest` to `highest`. */
export function numbersByName(lowest: number, highest: number): (text: string) => Record<string, number> {
  const read = numberWithin(lowest, highest);
  return (text) =>
    Object.fromEntries(
      text.split(',').map((item) => {
        const [, name, number] = /^\s*([^=\s]+)=(.+)$/.exec(item) ?? [];
        if (name === undefined || number === undefined) throw new InvalidArgumentError('It must be name=number,...');
        return [name, read(number)];
      }),
    );
}

/** One of several words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new InvalidArgumentError(`Choose among ${words.join(', ')}.`);
    return word;
  };
}
