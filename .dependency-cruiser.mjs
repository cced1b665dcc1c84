/**
 * The direction of dependencies: packages form a star around core, and inside core the arrows run one way.
 * docs/decisions/0001-star-dependency.md says why.
 */

/**
 * What each folder of core may import besides itself.
 *
 * @type {Record<string, string[]>}
 */
const arrows = {
  tensor: [],
  skeleton: ['tensor'],
  formats: ['tensor', 'skeleton'],
  onnx: ['tensor'],
  runtime: ['tensor'],
  model: ['tensor', 'skeleton', 'onnx', 'runtime'],
  graph: ['tensor', 'onnx'],
  nn: ['tensor', 'graph'],
  encoder: ['tensor', 'skeleton', 'graph', 'nn'],
  train: ['tensor', 'skeleton', 'runtime', 'model', 'graph', 'nn', 'encoder'],
  testing: ['tensor', 'skeleton', 'formats', 'onnx', 'runtime', 'model', 'graph', 'nn', 'encoder', 'train'],
};

/**
 * The folders behind each entry file of core.
 *
 * @type {Record<string, string[]>}
 */
const entries = {
  index: ['tensor', 'skeleton', 'formats', 'runtime', 'model'],
  graph: ['graph', 'nn', 'encoder'],
  train: ['train'],
  runtime: ['runtime', 'model'],
  testing: ['testing'],
};

const core = '^packages/core/src';
/** Tests and what they share: not shipped. */
const test = '\\.test\\.ts$|/(fixtures|goldens)/';

/** @param {string[]} folders */
const inside = (folders) => `${core}/(${folders.join('|')})/`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'a cycle that types alone close does no harm at run time',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-dependencies-only',
      comment: 'shipped code imports only what its own package.json lists under dependencies',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: test },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: '^packages/' },
    },
    {
      name: 'star',
      comment:
        'a package imports core and no other package of this repository; the kinegraph command is an application and names its encoders',
      severity: 'error',
      from: {
        path: '^packages/([^/]+)/',
        pathNot: `${test}|^packages/[^/]+/browser/|^packages/node/src/cli/encoders\\.ts$`,
      },
      to: { path: '^packages/', pathNot: '^packages/($1|core)/' },
    },
    {
      name: 'through-the-front-door',
      comment: "another package's files are reached through its entries only, except that tests may share fixtures",
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/[^/]+/src/[^/]+/', pathNot: '^packages/$1/|/fixtures/' },
    },
    {
      name: 'onnxruntime-node-in-node-only',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/node/' },
      to: { path: 'node_modules/onnxruntime-node' },
    },
    {
      name: 'onnxruntime-web-in-web-only',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/web/' },
      to: { path: 'node_modules/onnxruntime-web' },
    },
    {
      name: 'no-onnxruntime-in-core',
      severity: 'error',
      from: { path: core },
      to: { path: 'node_modules/onnxruntime' },
    },
    {
      name: 'no-host-in-core-and-encoders',
      severity: 'error',
      from: { path: '^packages/(core|encoders)/src', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: { pathNot: test },
      to: { path: test },
    },
    {
      name: 'index-is-not-imported',
      comment:
        'index.ts is a table of contents; esbuild also drops its `export *` if another file of the package imports it',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/', pathNot: test },
      to: { path: '^packages/$1/src/index\\.ts$' },
    },
    {
      name: 'core-entries-are-not-imported',
      severity: 'error',
      from: { path: `${core}/`, pathNot: test },
      to: { path: `${core}/(${Object.keys(entries).join('|')})\\.ts$` },
    },
    ...Object.entries(arrows).map(([folder, allowed]) => ({
      name: `core-${folder}`,
      comment: `core/${folder} may import ${allowed.join(', ') || 'nothing else of core'}`,
      severity: /** @type {const} */ ('error'),
      from: { path: `${core}/${folder}/`, pathNot: test },
      to: { path: `${core}/.+/`, pathNot: inside([folder, ...allowed]) },
    })),
    ...Object.entries(entries).map(([entry, folders]) => ({
      name: `core-entry-${entry}`,
      comment: `core/${entry}.ts shows ${folders.join(', ')}`,
      severity: /** @type {const} */ ('error'),
      from: { path: `${core}/${entry}\\.ts$` },
      to: { path: `${core}/`, pathNot: inside(folders) },
    })),
    {
      name: 'core-folders',
      comment: 'every file of core is an entry or lies in a folder whose arrows are given here',
      severity: 'error',
      from: {},
      to: {
        path: `${core}/`,
        pathNot: [inside(Object.keys(arrows)), `${core}/(${Object.keys(entries).join('|')})\\.ts$`, '\\.d\\.ts$'],
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^packages/[^/]+/(dist|bin)/', '^packages/[^/]+/[^/]+\\.config\\.ts$'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['kinegraph-source', 'types', 'import', 'node', 'default'],
    },
  },
};
