/** Finds the code in the documentation: blocks of Markdown, examples of doc comments, scripts of pages. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** A piece of code in a document. */
export interface Snippet {
  /** From the repository's root. */
  readonly file: string;
  /** Of the code's first line in the file, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The `ts` blocks of Markdown files. */
export const markdownSnippets = (pattern: string) => matchesIn(pattern, /^```ts\n(.*?)^```$/gms);

/** The inline scripts of HTML files. */
export const htmlSnippets = (pattern: string) => matchesIn(pattern, /<script type="module">\n(.*?)<\/script>/gs);

/** The `@example` blocks of doc comments. */
export function commentSnippets(pattern: string): Snippet[] {
  return matchesIn(pattern, /^ *(\/\*\*.*?\*\/)/gms).flatMap(({ file, line, code: comment }) => {
    const rows = comment.split('\n').map((row) => row.replace(/^ *\*(\/| ?)/, ''));
    return rows.flatMap((row, start) => {
      if (!row.startsWith('@example')) return [];
      const rest = rows.slice(start + 1);
      const end = rest.findIndex((next) => /^@\w/.test(next));
      // A fence becomes an empty line, so that lines keep their numbers.
      const code = rest.slice(0, end < 0 ? undefined : end).map((text) => text.replace(/^```.*/, ''));
      return [{ file, line: line + start, code: code.join('\n') }];
    });
  });
}

/** What the first group of a pattern matches in files. */
function matchesIn(files: string, pattern: RegExp): Snippet[] {
  const exclude = (name: string) => name === 'node_modules' || name === 'dist';
  const found = globSync(files, { cwd: root, exclude }).toSorted();
  return found.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return Array.from(text.matchAll(pattern), ({ index, 1: code = '' }) => ({
      file,
      line: text.slice(0, index).split('\n').length + 1,
      code,
    }));
  });
}
