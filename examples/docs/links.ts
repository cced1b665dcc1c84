/** Follows the links between the documents of this repository. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Links of Markdown files to files and headings that are not there, as `file: link`. */
export function brokenLinks(patterns: readonly string[]): string[] {
  const files = globSync([...patterns], { cwd: root, exclude: (name) => name === 'node_modules' || name === 'api' });
  return files.toSorted().flatMap((file) => {
    const links = Array.from(read(file).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link);
    const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(file, link));
    return broken.map((link) => `${file}: ${link}`);
  });
}

function leadsSomewhere(file: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(target).includes(heading);
}

/** Headings as GitHub writes them in addresses. */
function headingsOf(file: string): string[] {
  return Array.from(read(file).matchAll(/^#+ (.*)$/gm), ([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');
