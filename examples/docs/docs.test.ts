import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { brokenLinks } from './links.ts';
import { commentSnippets, htmlSnippets, markdownSnippets } from './snippets.ts';
import { problemsOf } from './type-check.ts';

const examples = commentSnippets('packages/*/src/**/*.ts');
const pages = [
  ...markdownSnippets('README.md'),
  ...markdownSnippets('docs/guide/*.md'),
  ...markdownSnippets('packages/*/README.md'),
  ...htmlSnippets('examples/browser/*.html'),
];

/** What most programs begin with. */
const frontDoor = [
  ...['open', 'createRuntime', 'classify', 'embed', 'createGallery', 'loadGallery', 'calibrateThreshold'],
  ...['clip', 'defineLayout', 'remap', 'readClipFile', 'readDataset', 'writeDataset', 'writeFileAtomic'],
  ...['createTrainer', 'classification', 'sgd', 'adamw', 'step', 'cosine', 'ctrgcn', 'stgcnpp'],
  ...['stgcn', 'agcn', 'aagcn', 'infogcn', 'shiftgcn', 'ensemble', 'reroot', 'crossglg', 'oneShotReport'],
  ...['defineEncoder', 'toOnnx', 'testEncoder', 'testTask', 'testRuntime', 'syntheticMotion', 'syntheticDataset'],
];

describe('code in the documentation', { timeout: 120_000 }, () => {
  it('compiles', () => {
    expect(problemsOf([...pages, ...examples])).toEqual([]);
  });

  it('is seen to be wrong where it is', () => {
    const wrong = { file: 'docs/guide/start.md', line: 7, code: 'const text = "";\nawait classify(model, text);\n' };
    expect(problemsOf([wrong])).toEqual([expect.stringMatching(/^docs\/guide\/start\.md:8: No overload matches/)]);
  });

  it.each(frontDoor)('has an example of %s', (name) => {
    const declaration = new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm');
    const own = examples.filter(({ file }) => declaration.test(readFileSync(file, 'utf8')));
    expect(own.map(({ code }) => code).join('\n')).toContain(`${name}(`);
  });
});

it('links in the documentation lead somewhere', () => {
  expect(brokenLinks(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'packages/*/README.md'])).toEqual([]);
});
