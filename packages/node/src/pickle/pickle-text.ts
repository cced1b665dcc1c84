/** Text as the oldest pickle protocols write it: Python literals on a line. */
import type { PickleSource } from './pickle-source.ts';

/** The text of a Python 2 string literal, as `repr` writes it. */
export function unquote(literal: string, refuse: PickleSource['refuse']): string {
  const [, quote, body] = /^(['"])(.*)\1$/s.exec(literal.trim()) ?? [];
  if (quote === undefined || body === undefined) throw refuse('text in quotes', JSON.stringify(literal.slice(0, 40)));
  return body.replace(/\\(x[\da-fA-F]{2}|[0-7]{1,3}|.)/gs, (_, code: string) => decode(code));
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

function decode(code: string): string {
  if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
  return escapes[code] ?? code;
}

/** Text in Python's raw-unicode-escape encoding: Latin-1, and `\uXXXX` or `\UXXXXXXXX` for all else. */
export function rawUnicode(line: string): string {
  return line.replace(
    /\\(?:u([\da-fA-F]{4})|U(00(?:0[\da-fA-F]|10)[\da-fA-F]{4}))/g,
    (_, short?: string, long?: string) => String.fromCodePoint(Number.parseInt(short ?? (long as string), 16)),
  );
}
