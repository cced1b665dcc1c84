import { readFileSync } from 'node:fs';
import { KinegraphError } from '@kinegraph/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerGlobals } from './container-globals.ts';
import type { PickleGlobal } from './pickle-global.ts';
import { readPickle } from './read-pickle.ts';

/** What Python 3.11's own `pickle` writes, by protocol, in base64: some plain values, and an object that runs `echo` when it is read. */
const written = JSON.parse(readFileSync(new URL('./fixtures/python-pickles.json', import.meta.url), 'utf8')) as {
  readonly values: Readonly<Record<string, string>>;
  readonly evil: Readonly<Record<string, string>>;
};
const protocols = ['0', '1', '2', '3', '4', '5'];
const decode = (base64 = '') => new Uint8Array(Buffer.from(base64, 'base64'));
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const plain = (bytes: Uint8Array) => readPickle(bytes, { globals: containerGlobals }).value;
const read = (text: string, globals: Readonly<Record<string, PickleGlobal>> = {}) =>
  readPickle(latin1(text), { globals }).value;

/** A file made of a short program and many repetitions. */
function repeated(start: string, part: string, count: number, end: string): Uint8Array {
  return latin1(start + part.repeat(count) + end);
}

/** Whether reading ends in a value or in an error of ours, nothing else. */
function isHandled(bytes: Uint8Array): boolean {
  try {
    readPickle(bytes, { globals: containerGlobals, persistent: (id) => id });
    return true;
  } catch (error) {
    return KinegraphError.is(error, 'invalid-data');
  }
}

describe('readPickle', () => {
  it.each(protocols)('reads protocol %s', (protocol) => {
    const bytes = decode(written.values[protocol]);
    const { value, next } = readPickle(bytes, { globals: containerGlobals });
    expect(next).toBe(bytes.length);
    const { shared, ordered, ...rest } = Object.fromEntries(value as Map<string, unknown>);
    expect(rest).toEqual({
      none: null,
      booleans: [true, false],
      integers: [0, -1, 255, 256, 65535, 65536, -(2 ** 31), 2 ** 31, 2 ** 53 - 1],
      large: [2n ** 53n, -(2n ** 70n), 2n ** 64n],
      floats: [1.5, -0, Number.POSITIVE_INFINITY],
      text: 'é☃😀\n\\x',
      empty: ['', new Uint8Array(0), [], [], new Map()],
      bytes: [Uint8Array.of(0, 255, 10), Uint8Array.of(97, 98)],
      tuples: [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
      keys: new Map<unknown, unknown>([
        ['__proto__', 1],
        ['constructor', 2],
        [3, 4],
      ]),
      sets: [new Set([1, 2]), new Set([3])],
      long: new Array(1001).fill(0),
    });
    expect([...(ordered as Map<string, number>)]).toEqual([
      ['x', 1],
      ['y', 2],
    ]);
    const [first, second] = shared as [unknown, unknown];
    expect(first).toBe(second);
  });

  it('reads the text of Python 2 as Latin-1, and its literals', () => {
    expect(read("S'a\\xe9\\n\\t\\\\ \\'\\101'\n.")).toBe("aé\n\t\\ 'A");
    expect(read('T\x02\x00\x00\x00\xff\x00.')).toBe('ÿ\0');
    expect(read('Va\\u2603\\U0001f600\\\n.')).toBe('a☃😀\\');
    expect(read('I01\n.')).toBe(true);
    expect(read('L-12345678901234567890L\n.')).toBe(-12345678901234567890n);
    expect(read('F1e-3\n.')).toBe(0.001);
  });

  it('starts anywhere and says where it ended', () => {
    expect(readPickle(latin1('xxK\x05.yy'), { globals: {}, offset: 2 })).toEqual({ value: 5, next: 5 });
  });

  it('calls what it was given, and only that', () => {
    const calls: unknown[] = [];
    const point: PickleGlobal = (...args) => {
      calls.push(args);
      return { args, setState: (state: unknown) => calls.push(state) };
    };
    const globals = { 'shapes.Point': point };
    for (const program of ['cshapes\nPoint\n(K\x01K\x02tR.', '(ishapes\nPoint\n.', '(cshapes\nPoint\nK\x01o.']) {
      read(program, globals);
    }
    read('\x80\x04\x8c\x06shapes\x8c\x05Point\x93K\x01\x85\x81K\x09b.', globals);
    read('\x80\x04cshapes\nPoint\n)}\x92.', globals);
    expect(calls).toEqual([[1, 2], [], [1], [1], 9, []]);
    expect(read('cshapes\nPoint\n.', globals)).toBe(point);
    const persistent = (id: unknown) => `<${id}>`;
    expect(readPickle(latin1('P7\n.'), { globals, persistent }).value).toBe('<7>');
    expect(readPickle(latin1('K\x07Q.'), { globals, persistent }).value).toBe('<7>');
  });

  it.each(protocols)('refuses a call of the system in protocol %s', (protocol) => {
    const bytes = decode(written.evil[protocol]);
    expect(() => plain(bytes)).toThrow(
      /pickle byte \d+: expected only objects that its reader knows, got "(posix|os).system"/,
    );
    expect(() => readPickle(bytes, { globals: {}, advice: 'Do this.', where: 'a.pkl' })).toThrow(
      /^a\.pkl: .* Do this\.$/,
    );
  });

  it.each([
    ['c__builtin__\neval\n.', /"__builtin__.eval"/],
    ['cObject\nprototype\n.', /"Object.prototype"/],
    ['\x8c\x00\x8c\x09__proto__\x93.', /".__proto__"/],
    ['K\x01K\x02\x93.', /a global named by text, got number/],
    ['K\x01)R.', /a call of a global, got a call of a number/],
    ['ccollections\nOrderedDict\nK\x01R.', /arguments in a tuple, got a number/],
    ['ccollections\nOrderedDict\n)}U\x01aK\x01s\x92.', /no keyword arguments, got a dictionary/],
    ['}}b.', /an object that takes a state, got a dictionary/],
    ['K\x01K\x02a.', /a list to add to, got a number/],
    ['](K\x01K\x02u.', /a dictionary to add to, got a list/],
    ['}(K\x01u.', /keys and values in pairs, got 1/],
    ['](K\x01\x90.', /a set to add to, got a list/],
    ['K\x05P1\n.', /values in the pickle itself, got a persistent id/],
    ['h\x00.', /a remembered value, got number 0, which there is not/],
    ['q\x00.', /a value on the stack, got none/],
    ['t.', /a mark on the stack, got none/],
    ['(K\x01.', /one value at the end, got 1/],
    ['K\x01K\x02.', /one value at the end, got 2/],
    ['.', /one value at the end, got 0/],
    ['(K\x01\x86.', /2 values on the stack, got 1/],
    ['\x80\x06.', /protocol 0 to 5, got 6/],
    ['\x82\x01.', /an opcode of protocols 0 to 5, got 0x82\. Extension registries/],
    ['\x97.', /an opcode of protocols 0 to 5, got 0x97/],
    ['', /1 more bytes, got 0\. The file has been cut short or damaged/],
    ["S'a\n.", /text in quotes, got "'a"/],
    ['Iten\n.', /a whole number, got "ten"/],
    ['F\n.', /a number, got ""/],
    ['c_codecs\nencode\nX\x01\x00\x00\x00aU\x05utf-8\x86R.', /text in latin1/],
  ])('refuses %j', (program, message) => {
    expect(() => read(program, containerGlobals)).toThrow(message);
  });

  it('survives truncation at any byte and changes of any byte', () => {
    for (const protocol of protocols) {
      const bytes = decode(written.values[protocol]);
      for (let length = 0; length < Math.min(bytes.length, 600); length++) {
        expect(() => plain(bytes.subarray(0, length))).toThrow(KinegraphError);
      }
    }
    const change = fc.record({
      protocol: fc.constantFrom(...protocols),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bit: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(change, ({ protocol, place, bit }) => {
        const bytes = decode(written.values[protocol]);
        const at = Math.floor(place * bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        return isHandled(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('survives any bytes', () => {
    const opcodes = [
      ...'NIJKMFGSTUVX]})(tldaesub012pqrghjcRio.PQ\x80\x81\x85\x86\x87\x88\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x93\x94\x95\x96',
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(fc.constantFrom(...opcodes, '\0', '\x01', '\n', '0', 'a'), { maxLength: 60 })
        .map((parts) => latin1(parts.join(''))),
    );
    fc.assert(fc.property(bytes, isHandled), { numRuns: 2000 });
  });

  it.each([
    ['lengths that lie', latin1('X\xff\xff\xff\xffabc.'), /4294967295 more bytes, got 4/],
    ['lengths beyond any file', latin1('\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc.'), /a length that a file can have/],
    ['frames that lie', latin1('\x80\x04\x95\xff\xff\xff\xff\0\0\0\0K\x01.'), /4294967295 more bytes, got 3/],
    [
      'huge integers',
      latin1(`\x8b\x00\x00\x10\x00${'1'.repeat(2 ** 20)}.`),
      /an integer of at most 1024 bytes, got 1048576/,
    ],
    ['huge integers in text', latin1(`L${'1'.repeat(10_000)}L\n.`), /a number of at most 2500 digits, got 10001/],
    ['a stack that grows', repeated('', 'N', 5_000_000, '.'), /at most 4194304 values at a time/],
    ['marks upon marks', repeated('', '(', 20_000, '.'), /containers at most 10000 deep/],
    [
      'endless arguments',
      repeated('ccollections\nOrderedDict\n(', 'N', 100_000, 'tR.'),
      /at most 64 arguments, got 100000/,
    ],
    [
      'one text copied many times',
      repeated(
        `c_codecs\nencode\nq\x00X\x00\x00\x01\x00${'a'.repeat(2 ** 16)}U\x06latin1\x86q\x010`,
        'h\x00h\x01R0',
        10_000,
        'N.',
      ),
      /calls with data of their own, got the same data many times/,
    ],
  ])('stops at %s', (_, bytes, message) => {
    expect(() => plain(bytes)).toThrow(message);
  });

  it('reads deep values without recursion', () => {
    let depth = 0;
    for (let value = plain(repeated('N', '\x85', 1_000_000, '.')); Array.isArray(value); [value] = value) depth += 1;
    expect(depth).toBe(1_000_000);
  });
});
