/** HTML by template, where everything that is put in is escaped unless it was made by the same template. */

/** A piece of safe HTML. Only {@link html} makes one, so data cannot pose as it. */
export class Html {
  readonly #text: string;

  constructor(strings: readonly string[], parts: readonly Part[]) {
    this.#text = strings.reduce((text, string, index) => text + write(parts[index - 1]) + string);
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template takes: text and numbers are escaped, lists are joined, `undefined` is nothing. */
export type Part = string | number | Html | undefined | readonly Part[];

/**
 * A template of HTML.
 *
 * @example
 * html`<p title="${'"'}">${'<b>'}</p>`.toString(); // '<p title="&quot;">&lt;b&gt;</p>'
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings, parts);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function write(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.toString();
  if (typeof part === 'object') return part.map(write).join('');
  return String(part).replaceAll(/[&<>"']/g, (character) => escapes[character] as string);
}
