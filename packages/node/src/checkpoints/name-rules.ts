/** How the names of published checkpoints become the names of this library: rules as data, for each place where weights are published. */
import { KinegraphError } from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';

/** Replaces what a pattern finds in a name; `null` lets the tensor go. */
export interface NameRule {
  readonly from: RegExp;
  /** With `$1`, `$<name>` as in `String.replace`; a function for what that cannot say. */
  readonly to: string | null | ((...found: string[]) => string);
}

/** Where a checkpoint comes from: the authors' own repositories (and this library), or PYSKL and MMAction2. */
export type CheckpointSource = 'original' | 'pyskl';

/** The sources, for messages. */
export const checkpointSources = ['original', 'pyskl'] as const satisfies readonly CheckpointSource[];

/**
 * What no network here needs: counts of batches, which a normalization without momentum would use, and the index tables of Shift-GCN.
 * The head of ST-GCN is a 1x1 convolution.
 */
const originalRules: readonly NameRule[] = [
  { from: /(^|\.)num_batches_tracked$/, to: null },
  { from: /\.gcn1\.shift_(in|out)$/, to: null },
  { from: /^fcn\./, to: 'fc.' },
];

const head: NameRule = { from: /^cls_head\.(fc_cls|fc)\./, to: 'fc.' };
/** The graph as a constant, kept beside the learned ones. */
const spareGraph: NameRule = { from: /^backbone\.A$/, to: null };

/** The names of PYSKL, in which MMAction2 writes as well, by encoder of this library. */
const pysklRules: Readonly<Record<string, readonly NameRule[]>> = {
  stgcnpp: [head, spareGraph],
  stgcn: [
    head,
    // Each block has the same constant graph, which the authors keep once.
    { from: /^backbone\.(?:gcn\.0\.gcn\.)?A$/, to: 'A' },
    { from: /^backbone\.gcn\.\d+\.gcn\.A$/, to: null },
    { from: /^backbone\.gcn\.(\d+)\.gcn\.PA$/, to: 'edge_importance.$1' },
    { from: /^backbone\.gcn\.(\d+)\.gcn\.conv\./, to: 'st_gcn_networks.$1.gcn.conv.' },
    { from: /^backbone\.gcn\.(\d+)\.gcn\.bn\./, to: 'st_gcn_networks.$1.tcn.0.' },
    { from: /^backbone\.gcn\.(\d+)\.tcn\.conv\./, to: 'st_gcn_networks.$1.tcn.2.' },
    { from: /^backbone\.gcn\.(\d+)\.tcn\.bn\./, to: 'st_gcn_networks.$1.tcn.3.' },
    { from: /^backbone\.gcn\.(\d+)\.residual\.conv\./, to: 'st_gcn_networks.$1.residual.0.' },
    { from: /^backbone\.gcn\.(\d+)\.residual\.bn\./, to: 'st_gcn_networks.$1.residual.1.' },
    { from: /^backbone\.data_bn\./, to: 'data_bn.' },
  ],
  aagcn: [
    head,
    spareGraph,
    { from: /^backbone\.gcn\.(\d+)\.gcn\.A$/, to: (_, block) => `l${Number(block) + 1}.gcn1.PA` },
    { from: /^backbone\.gcn\.(\d+)\.(gcn|tcn)\./, to: (_, block, part) => `l${Number(block) + 1}.${part}1.` },
    { from: /^backbone\.gcn\.(\d+)\.residual\./, to: (_, block) => `l${Number(block) + 1}.residual.` },
    { from: /^backbone\.data_bn\./, to: 'data_bn.' },
  ],
  ctrgcn: [
    head,
    spareGraph,
    { from: /^backbone\.net\.(\d+)\.gcn1\.A$/, to: (_, block) => `l${Number(block) + 1}.gcn1.PA` },
    { from: /^backbone\.net\.(\d+)\./, to: (_, block) => `l${Number(block) + 1}.` },
    { from: /^backbone\.data_bn\./, to: 'data_bn.' },
  ],
};

/** Where names say that they come from. */
export function guessSource(names: Iterable<string>): CheckpointSource {
  return [...names].some((name) => name.startsWith('cls_head.')) ? 'pyskl' : 'original';
}

/**
 * The rules for a source and an encoder.
 *
 * @throws `unsupported` for an encoder whose network is another one there, or that is not there.
 */
export function nameRules(
  source: CheckpointSource,
  { id, options }: Pick<Encoder, 'id' | 'options'>,
): readonly NameRule[] {
  const refuse = (expected: string, actual: string, hint?: string) =>
    new KinegraphError({
      code: 'unsupported',
      where: `checkpoint of ${source}`,
      expected,
      actual,
      ...(hint ? { hint } : {}),
    });
  if ('variant' in options && options.variant !== source) {
    const hint = `The two networks of this name differ: use --set variant=${source}.`;
    throw refuse(`the variant ${source} of ${id}`, `${options.variant}`, hint);
  }
  if (source === 'original') return originalRules;
  const rules = Object.hasOwn(pysklRules, id) ? pysklRules[id] : undefined;
  if (rules) return [...originalRules, ...rules];
  const hint =
    id === 'agcn' ? 'Its AGCN is AAGCN without attention: use --encoder aagcn --set attention=false.' : undefined;
  throw refuse(`an encoder among ${Object.keys(pysklRules).join(', ')}`, `"${id}"`, hint);
}

/**
 * Tensors under their names here: of the rules, the first that finds its pattern in a name replaces it, and the result is not looked at again.
 *
 * @throws `invalid-data` if two get the same name.
 */
export function rename<T>(tensors: ReadonlyMap<string, T>, rules: readonly NameRule[]): Map<string, T> {
  const renamed = new Map<string, T>();
  const origins = new Map<string, string>();
  for (const [name, tensor] of tensors) {
    const here = renameOne(name, rules);
    if (here === null) continue;
    const other = origins.get(here);
    if (other !== undefined) {
      const actual = `"${other}" and "${name}" both as "${here}"`;
      throw new KinegraphError({ code: 'invalid-data', where: 'names of a checkpoint', expected: 'each once', actual });
    }
    origins.set(here, name);
    renamed.set(here, tensor);
  }
  return renamed;
}

function renameOne(name: string, rules: readonly NameRule[]): string | null {
  const rule = rules.find(({ from }) => from.test(name));
  if (!rule) return name;
  // The two forms of the argument are two overloads.
  return typeof rule.to === 'string' ? name.replace(rule.from, rule.to) : rule.to && name.replace(rule.from, rule.to);
}

/**
 * Rules that a user has written: a JSON array of `{ "from": "regular expression", "to": "replacement" }`, where `"to": null` lets go.
 *
 * @throws `invalid-data` for anything else.
 */
export function parseRules(where: string, text: string): NameRule[] {
  const refuse = (actual: string, cause?: unknown) =>
    new KinegraphError({
      code: 'invalid-data',
      where,
      expected: 'rules such as [{ "from": "^encoder\\\\.", "to": "" }]',
      actual,
      cause,
    });
  const json = attempt(
    () => JSON.parse(text) as unknown,
    (cause) => refuse('no JSON', cause),
  );
  if (!Array.isArray(json)) throw refuse('no array');
  return json.map((rule: unknown, i) => {
    const { from, to } = (rule ?? {}) as { readonly from?: unknown; readonly to?: unknown };
    if (typeof from !== 'string' || (typeof to !== 'string' && to !== null)) throw refuse(`rule ${i} of another form`);
    return {
      from: attempt(
        () => new RegExp(from),
        (cause) => refuse(`${(cause as Error).message}`, cause),
      ),
      to,
    };
  });
}

function attempt<T>(action: () => T, fail: (cause: unknown) => KinegraphError): T {
  try {
    return action();
  } catch (cause) {
    throw fail(cause);
  }
}
