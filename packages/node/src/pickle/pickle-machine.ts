/** The stack machine that a pickle is a program for: its stack, marks and memory, all of them bounded. */
import type { PickleGlobal, PickleObject, ReadPickleOptions } from './pickle-global.ts';
import type { PickleSource } from './pickle-source.ts';

/** Bounds on what a small hostile file can ask for. The reader's own time and memory are linear in the file's length in any case. */
const maxStack = 2 ** 22;
const maxMemo = 2 ** 23;
const maxMarks = 10_000;
const maxArguments = 64;
/** Calls may look at each byte of the file so often, which stops a file that passes one long text to a thousand calls. */
const maxReuse = 8;
const saveAgain =
  'A pickle can run any code by naming it, so nothing else is called. If you trust the file, save its data again without such objects.';

/** The state of one reading. */
export interface Machine {
  readonly source: PickleSource;
  push(value: unknown): void;
  /** Takes `count` values off the stack. */
  pop(count: number): unknown[];
  top(): unknown;
  mark(): void;
  /** Takes all values since the last mark, and the mark. */
  popMarked(): unknown[];
  /** Drops the last value or, if there is none since it, the last mark. */
  drop(): void;
  remember(index: number | 'next'): void;
  recall(index: number): unknown;
  /** The function that `globals` has for a name. */
  global(module: unknown, name: unknown): PickleGlobal;
  /** Calls a function that came from `globals`. */
  call(callee: unknown, args: unknown): unknown;
  /** Gives an object that a global has made its state. */
  setState(object: unknown, state: unknown): void;
  /** The object that a persistent id stands for. */
  persistent(id: unknown): unknown;
  /** The one value on the stack. */
  result(): unknown;
}

/** Makes a machine with an empty stack. */
export function pickleMachine(source: PickleSource, { globals, persistent, advice }: ReadPickleOptions): Machine {
  const { refuse } = source;
  const callable = new Set<unknown>(Object.values(globals));
  const memo = new Map<number, unknown>();
  const stack: unknown[] = [];
  /** Stack heights. */
  const marks: number[] = [];
  const floor = () => marks.at(-1) ?? 0;
  let allowance = maxReuse * source.length + 2 ** 16;

  const charge = (values: readonly unknown[]): void => {
    for (const value of values) allowance -= sizeOf(value) + (Array.isArray(value) ? sum(value.map(sizeOf)) : 0);
    if (allowance < 0) throw refuse('calls with data of their own', 'the same data many times');
  };

  const pop = (count: number): unknown[] => {
    if (stack.length - floor() >= count) return stack.splice(stack.length - count, count);
    throw refuse(`${count} values on the stack`, `${stack.length - floor()}`);
  };

  return {
    source,
    push(value) {
      if (stack.length >= maxStack) throw refuse(`at most ${maxStack} values at a time`, 'more');
      stack.push(value);
    },
    pop,
    top() {
      if (stack.length > floor()) return stack.at(-1);
      throw refuse('a value on the stack', 'none');
    },
    mark() {
      if (marks.length >= maxMarks) throw refuse(`containers at most ${maxMarks} deep`, 'more');
      marks.push(stack.length);
    },
    popMarked() {
      const start = marks.pop();
      if (start === undefined) throw refuse('a mark on the stack', 'none');
      return stack.splice(start);
    },
    drop() {
      if (stack.length > floor()) stack.pop();
      else if (marks.pop() === undefined) throw refuse('a value on the stack', 'none');
    },
    remember(index) {
      if (memo.size >= maxMemo) throw refuse(`at most ${maxMemo} remembered values`, 'more');
      memo.set(index === 'next' ? memo.size : index, this.top());
    },
    recall(index) {
      if (memo.has(index)) return memo.get(index);
      throw refuse('a remembered value', `number ${index}, which there is not`);
    },
    global(module, name) {
      if (typeof module !== 'string' || typeof name !== 'string') throw refuse('a global named by text', typeof name);
      const path = `${module}.${name}`;
      const found = Object.hasOwn(globals, path) ? globals[path] : undefined;
      if (found) return found;
      throw refuse('only objects that its reader knows', JSON.stringify(path.slice(0, 200)), advice ?? saveAgain);
    },
    call(callee, args) {
      if (!callable.has(callee)) throw refuse('a call of a global', `a call of ${kindOf(callee)}`);
      if (!Array.isArray(args)) throw refuse('arguments in a tuple', kindOf(args));
      if (args.length > maxArguments) throw refuse(`at most ${maxArguments} arguments`, `${args.length}`);
      charge(args);
      return (callee as PickleGlobal)(...args);
    },
    setState(object, state) {
      const target = object as Partial<PickleObject> | null | undefined;
      if (typeof target?.setState !== 'function') throw refuse('an object that takes a state', kindOf(object));
      charge(Array.isArray(state) ? state : [state]);
      target.setState(state);
    },
    persistent(id) {
      if (persistent) return persistent(id);
      throw refuse('values in the pickle itself', 'a persistent id', 'It refers to data outside of this file.');
    },
    result() {
      if (stack.length === 1 && marks.length === 0) return stack[0];
      throw refuse('one value at the end', `${stack.length}`);
    },
  };
}

/** How much a function that looks at all of a value would look at. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : 1;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What a value is, for errors. */
export function kindOf(value: unknown): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dictionary';
  if (value instanceof Set) return 'a set';
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
