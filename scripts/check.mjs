/** The house rules that no other tool checks; CONTRIBUTING.md says what they are for. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ignoredFolders = new Set(['node_modules', 'dist', 'api', '.git', '.turbo', '.cache', 'report']);
const textFile = /\.(ts|mjs|js|json|md|html|css|yaml|proto|txt)$/;
/** @type {string[]} */
const problems = [];

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name).replaceAll('\\', '/');
    if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Source of a package: what ships. */
const shipped = (/** @type {string} */ path) =>
  /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|\/fixtures\/|\/onnx_pb\.ts$/.test(path);
const packageFile = (/** @type {string} */ path) => /^packages\/.*\.ts$/.test(path);
const core = (/** @type {string} */ path) => shipped(path) && path.startsWith('packages/core/');
const anyText = (/** @type {string} */ path) => textFile.test(path) && path !== 'scripts/check.mjs';
const written = (/** @type {string} */ path) => anyText(path) && !path.endsWith('.test.ts');

/** A pattern that must not occur in the files that `where` picks. */
const forbidden = [
  { where: shipped, pattern: /\bthrow new (Type|Range|Syntax|Aggregate)?Error\(/, rule: 'throw KinegraphError only' },
  { where: packageFile, pattern: /\bMath\.random\b/, rule: 'draw from a seeded Random that is passed in' },
  { where: core, pattern: /\bDate\.now\b|\bnew Date\b/, rule: 'core has no clock' },
  { where: anyText, pattern: /\/work\/|\/tmp\/brief/, rule: 'no path of one machine' },
  {
    where: written,
    pattern: /\b(colour|normalis|optimis|recognis|initialis|serialis|centre[ds]?\b|licence)/i,
    rule: 'American spelling',
  },
];

/**
 * Exported declarations without a doc comment; of an overloaded function, the first signature has it.
 *
 * @param {string} text
 */
function undocumented(text) {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const name = /^export (?:declare |abstract |async )*(?:function\*?|const|class|interface|type|enum) (\w+)/.exec(
      line,
    )?.[1];
    if (!name || lines[index - 1]?.endsWith('*/')) return [];
    const overloaded = lines.slice(0, index).some((earlier) => earlier.startsWith(`export function ${name}`));
    return overloaded ? [] : [{ name, line: index + 1 }];
  });
}

const files = filesBelow('.');
for (const path of files) {
  const text = textFile.test(path) ? readFileSync(path, 'utf8') : '';
  for (const { where, pattern, rule } of forbidden) {
    if (!where(path)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      if (pattern.test(line)) problems.push(`${path}:${index + 1}: ${rule}: ${line.trim()}`);
    }
  }
  if (shipped(path)) {
    for (const { name, line } of undocumented(text)) problems.push(`${path}:${line}: ${name} has no doc comment`);
  }
  if (shipped(path) && !text.startsWith('/**'))
    problems.push(`${path}:1: begin with a comment that says what lives here`);
  if (shipped(path) && /^(utils?|helpers?|misc|common)\.ts$/.test(basename(path)))
    problems.push(`${path}: name the thing`);
  if (/^packages\/[^/]+\/src\/.+\/index\.ts$/.test(path)) problems.push(`${path}: no index below the entries`);
}

const reasons = readFileSync('docs/decisions/dependencies.md', 'utf8');
for (const path of files.filter((file) => basename(file) === 'package.json')) {
  const { dependencies, devDependencies, peerDependencies } = JSON.parse(readFileSync(path, 'utf8'));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies })) {
    if (!/^\d+\.\d+\.\d+$/.test(version)) problems.push(`${path}: ${name} is not pinned to one version`);
    if (!name.startsWith('@kinegraph/') && !reasons.includes(`\`${name}\``)) {
      problems.push(`${path}: docs/decisions/dependencies.md gives no reason for ${name}`);
    }
  }
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
