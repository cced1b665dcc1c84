/** Checks the types of snippets in one TypeScript program. What a snippet uses and neither imports nor declares is put in front of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Snippet } from './snippets.ts';

const root = join(import.meta.dirname, '..', '..');

/** Where names come from; of several entries that export one, the first. In the web package and its guide, web goes before node. */
const entries = [
  '@kinegraph/node',
  '@kinegraph/web',
  '@kinegraph/encoders',
  '@kinegraph/crossglg',
  '@kinegraph/crossglg/descriptions',
  '@kinegraph/crossglg/embeddings',
  '@kinegraph/core/train',
  '@kinegraph/core/graph',
  '@kinegraph/core/testing',
  '@kinegraph/core/runtime',
];

/** What the reader of a snippet has, or has made further up, and its type. */
const given = new Map<string, string>(
  Object.entries({
    bar: '{ value: number; update(share: number): void }',
    bytes: 'Uint8Array',
    clips: "import('@kinegraph/node').Clip[]",
    frames: 'number[][][]',
    it: "typeof import('vitest').it",
    keypoints: 'number[][][]',
    labels: 'string[]',
    landmarks: 'number[][][]',
    layout: "import('@kinegraph/node').Layout",
    model: "import('@kinegraph/node').Model",
    // Of transformers.js, which is not installed here.
    pipeline: '(task: string, model: string) => Promise<any>',
    positions: 'number[][][]',
    query: "import('@kinegraph/node').Clip",
    readFile: "typeof import('node:fs/promises').readFile",
    recordings: "import('@kinegraph/node').RecognizedRecording[]",
    runtime: "import('@kinegraph/node').Runtime",
    samples: "import('@kinegraph/node').LabeledSample[]",
    scope: "import('@kinegraph/core/graph').Scope",
    softplus: "import('@kinegraph/core/graph').Value",
    text: 'string',
    tiny: "(options?: { readonly width?: number }) => import('@kinegraph/core/graph').Encoder",
    trainer:
      "import('@kinegraph/core/train').Trainer<import('@kinegraph/node').LabeledSample, import('@kinegraph/core/train').ClassificationReport>",
    wave: "import('@kinegraph/node').Clip",
    writeFile: "typeof import('node:fs/promises').writeFile",
    x: "import('@kinegraph/core/graph').Value",
  }),
);

/** What is wrong with the types of snippets, as `file:line: message`. */
export function problemsOf(snippets: readonly Snippet[]): string[] {
  const options = compilerOptions();
  const exported = exportsOf(options);
  const placed = new Map(snippets.map((snippet, index) => [join(root, 'docs', `snippet-${index}.ts`), snippet]));
  const files = new Map(
    // In front of the first line, so that lines keep their numbers.
    Array.from(placed, ([name, snippet]) => [name, `export {}; ${preambleOf(snippet, exported)} ${snippet.code}`]),
  );
  const program = ts.createProgram([...files.keys()], options, hostWith(options, files));
  return Array.from(placed).flatMap(([name, { file, line }]) => {
    const source = program.getSourceFile(name);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const at = line + (source?.getLineAndCharacterOfPosition(start).line ?? 0);
      return `${file}:${at}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

/** As a strict user has them. Packages are seen as their sources, so that nothing has to be built. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  return {
    ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
    lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    noUncheckedIndexedAccess: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedModules: false,
    verbatimModuleSyntax: false,
  };
}

/** The names that each entry exports. */
function exportsOf(options: ts.CompilerOptions): ReadonlyMap<string, ReadonlySet<string>> {
  const name = join(root, 'docs', 'entries.ts');
  const code = entries.map((entry) => `import '${entry}';`).join('\n');
  const program = ts.createProgram([name], options, hostWith(options, new Map([[name, code]])));
  const checker = program.getTypeChecker();
  const imports = program.getSourceFile(name)?.statements.filter(ts.isImportDeclaration) ?? [];
  return new Map(
    imports.map(({ moduleSpecifier }, index) => {
      const symbol = checker.getSymbolAtLocation(moduleSpecifier);
      const names = symbol ? checker.getExportsOfModule(symbol).map((each) => each.name) : [];
      return [entries[index] as string, new Set(names)];
    }),
  );
}

/** Imports and declarations of what a snippet uses and does not say where from. */
function preambleOf({ file, code }: Snippet, exported: ReadonlyMap<string, ReadonlySet<string>>): string {
  const web = /^packages\/web|browser/.test(file) ? ['@kinegraph/web'] : [];
  const lines = Array.from(freeNames(code), (name) => {
    const entry = [...web, ...entries].find((each) => exported.get(each)?.has(name));
    if (entry) return `import { ${name} } from '${entry}';`;
    // A function that the package keeps for itself is explained by example in its own file.
    if (file.endsWith('.ts') && exportsName(file, name)) return `import { ${name} } from '${join(root, file)}';`;
    return given.has(name) ? `declare const ${name}: ${given.get(name)};` : '';
  });
  return lines.join(' ');
}

function exportsName(file: string, name: string): boolean {
  return new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm').test(readFileSync(join(root, file), 'utf8'));
}

/** Names that are used and not declared anywhere in the code. */
function freeNames(code: string): Set<string> {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isName = 'name' in parent && parent.name === node;
      const isMember = ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent);
      if (!isName || ts.isShorthandPropertyAssignment(parent)) used.add(node.text);
      else if (!isMember) declared.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.Latest, true));
  return new Set([...used].filter((name) => !declared.has(name)));
}

/** The usual host, with more files than there are on disk. */
function hostWith(options: ts.CompilerOptions, files: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (name) => files.has(name) || host.fileExists(name),
    getSourceFile(name, language, ...rest) {
      const code = files.get(name);
      if (code === undefined) return host.getSourceFile(name, language, ...rest);
      return ts.createSourceFile(name, code, language);
    },
  };
}
