/** What each opcode of a pickle does, by its byte: https://github.com/python/cpython/blob/main/Lib/pickletools.py has the list. */
import { kindOf, type Machine } from './pickle-machine.ts';
import { narrow, type PickleSource } from './pickle-source.ts';
import { rawUnicode, unquote } from './pickle-text.ts';

type Operation = (machine: Machine) => void;

/** Pushes what is read. */
const push =
  (read: (source: PickleSource) => unknown): Operation =>
  (machine) =>
    machine.push(read(machine.source));

/** Takes `count` values, or those since the last mark, and pushes what is made of them. */
const replace =
  (count: number | 'marked', make: (values: unknown[], machine: Machine) => unknown): Operation =>
  (machine) =>
    machine.push(make(take(machine, count), machine));

/** Takes `count` values, or those since the last mark, and adds them to the container below. */
const extend =
  (count: number | 'marked', add: (container: unknown, values: unknown[], machine: Machine) => void): Operation =>
  (machine) => {
    const values = take(machine, count);
    add(machine.top(), values, machine);
  };

const take = (machine: Machine, count: number | 'marked') =>
  count === 'marked' ? machine.popMarked() : machine.pop(count);

function addItems(list: unknown, values: unknown[], { source }: Machine): void {
  if (!Array.isArray(list)) throw source.refuse('a list to add to', kindOf(list));
  for (const value of values) list.push(value);
}

function addEntries(map: unknown, values: unknown[], { source }: Machine): void {
  if (!(map instanceof Map)) throw source.refuse('a dictionary to add to', kindOf(map));
  if (values.length % 2 !== 0) throw source.refuse('keys and values in pairs', `${values.length} of them`);
  for (let i = 0; i < values.length; i += 2) map.set(values[i], values[i + 1]);
}

function addMembers(set: unknown, values: unknown[], { source }: Machine): void {
  if (!(set instanceof Set)) throw source.refuse('a set to add to', kindOf(set));
  for (const value of values) set.add(value);
}

function mapOf(values: unknown[], machine: Machine): Map<unknown, unknown> {
  const map = new Map();
  addEntries(map, values, machine);
  return map;
}

/** `cls.__new__(cls, *args, **kwargs)`; no plain data has keyword arguments. */
function construct([callee, args, kwargs]: unknown[], machine: Machine): unknown {
  if (kwargs instanceof Map ? kwargs.size > 0 : kwargs !== undefined) {
    throw machine.source.refuse('no keyword arguments', kindOf(kwargs));
  }
  return machine.call(callee, args);
}

/** An integer in decimal; protocols 0 and 1 write booleans as 00 and 01. */
function parseInteger(source: PickleSource): number | bigint | boolean {
  const text = source.numberLine();
  if (text === '00' || text === '01') return text === '01';
  const digits = text.replace(/L$/, '');
  if (!/^[-+]?\d+$/.test(digits)) throw source.refuse('a whole number', JSON.stringify(text.slice(0, 40)));
  return narrow(BigInt(digits.replace(/^\+/, '')));
}

function parseFloat64(source: PickleSource): number {
  const text = source.numberLine();
  const special: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };
  const value = special[text] ?? (text.trim() === '' ? Number.NaN : Number(text));
  if (Number.isNaN(value) && text !== 'nan') throw source.refuse('a number', JSON.stringify(text.slice(0, 40)));
  return value;
}

const memoIndex = (source: PickleSource) => Number(parseInteger(source));
const call = replace(2, ([callee, args], machine) => machine.call(callee, args));
const parseGlobal = (machine: Machine) => machine.global(machine.source.line(), machine.source.line());

/** By the character that the opcode is. */
const table: Readonly<Record<string, Operation>> = {
  // Constants.
  N: push(() => null),
  '\x88': push(() => true),
  '\x89': push(() => false),
  I: push(parseInteger),
  L: push(parseInteger),
  J: push((source) => source.integer(4)),
  K: push((source) => source.unsigned(1)),
  M: push((source) => source.unsigned(2)),
  '\x8a': push((source) => source.integer(source.unsigned(1))),
  '\x8b': push((source) => source.integer(source.unsigned(4))),
  F: push(parseFloat64),
  G: push((source) => source.float()),

  // Text and bytes; T, U and S are the strings of Python 2.
  S: push((source) => unquote(source.line(), source.refuse)),
  T: push((source) => source.latin1(source.unsigned(4))),
  U: push((source) => source.latin1(source.unsigned(1))),
  V: push((source) => rawUnicode(source.line())),
  X: push((source) => source.text(source.unsigned(4))),
  '\x8c': push((source) => source.text(source.unsigned(1))),
  '\x8d': push((source) => source.text(source.unsigned(8))),
  B: push((source) => source.bytes(source.unsigned(4))),
  C: push((source) => source.bytes(source.unsigned(1))),
  '\x8e': push((source) => source.bytes(source.unsigned(8))),
  '\x96': push((source) => source.bytes(source.unsigned(8))),

  // Containers.
  ']': push(() => []),
  '}': push(() => new Map()),
  ')': push(() => []),
  '\x8f': push(() => new Set()),
  l: replace('marked', (values) => values),
  t: replace('marked', (values) => values),
  d: replace('marked', mapOf),
  '\x91': replace('marked', (values) => new Set(values)),
  '\x85': replace(1, (values) => values),
  '\x86': replace(2, (values) => values),
  '\x87': replace(3, (values) => values),
  a: extend(1, addItems),
  e: extend('marked', addItems),
  s: extend(2, addEntries),
  u: extend('marked', addEntries),
  '\x90': extend('marked', addMembers),

  // The stack and the memory.
  '(': (machine) => machine.mark(),
  '0': (machine) => machine.drop(),
  '1': (machine) => void machine.popMarked(),
  '2': (machine) => machine.push(machine.top()),
  p: (machine) => machine.remember(memoIndex(machine.source)),
  q: (machine) => machine.remember(machine.source.unsigned(1)),
  r: (machine) => machine.remember(machine.source.unsigned(4)),
  '\x94': (machine) => machine.remember('next'),
  g: (machine) => machine.push(machine.recall(memoIndex(machine.source))),
  h: (machine) => machine.push(machine.recall(machine.source.unsigned(1))),
  j: (machine) => machine.push(machine.recall(machine.source.unsigned(4))),

  // Globals and objects.
  c: (machine) => machine.push(parseGlobal(machine)),
  '\x93': replace(2, ([module, name], machine) => machine.global(module, name)),
  R: call,
  '\x81': call,
  '\x92': replace(3, construct),
  i: (machine) => {
    const callee = parseGlobal(machine);
    machine.push(machine.call(callee, machine.popMarked()));
  },
  o: replace('marked', ([callee, ...args], machine) => machine.call(callee, args)),
  b: extend(1, (object, [state], machine) => machine.setState(object, state)),
  P: (machine) => machine.push(machine.persistent(machine.source.line())),
  Q: replace(1, ([id], machine) => machine.persistent(id)),

  // What a file says about itself.
  '\x80': ({ source }) => {
    const protocol = source.unsigned(1);
    if (protocol > 5) throw source.refuse('protocol 0 to 5', `${protocol}`);
  },
  // A frame only helps buffered readers.
  '\x95': ({ source }) => source.expect(source.unsigned(8)),
};

/** Operations by opcode. */
export const operations: readonly (Operation | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => table[String.fromCharCode(code)],
);
