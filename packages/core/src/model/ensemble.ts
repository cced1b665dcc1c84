/** Makes one bundle of several that see the same input, such as the streams of one encoder: still one file and one `classify`. */
import { KinegraphError } from '../tensor/error.ts';
import { badOption, checkOptions } from '../tensor/options.ts';
import { readBundle, sealBundle } from './bundle.ts';
import { checkTogether } from './ensemble-rules.ts';
import { fuseGraphs } from './fuse-graphs.ts';
import { chooseFusion, type FusionOptions } from './fusion-weights.ts';
import { type Manifest, type MemberRecord, manifestFormat, maxMemberName, maxMembers } from './manifest.ts';
import type { Member } from './merge-graphs.ts';

/** A bundle's bytes, with a name for errors and for the graph; `bundle-1`, `bundle-2`, … where there is none. */
export type EnsembleSource = Uint8Array | { readonly bytes: Uint8Array; readonly name: string };

/** What {@link ensemble} takes beside the bundles. */
export interface EnsembleOptions
  extends FusionOptions,
    Pick<Manifest, 'license' | 'data' | 'metrics' | 'command' | 'threshold'> {}

/** The largest protobuf file: 2 GiB less one byte. */
const maxBytes = 2 ** 31 - 1;
const where = 'ensemble';

/**
 * Makes one bundle of several, mostly one for each input stream. They must see the same input and know the same labels.
 *
 * Its logits are the weighted sum of the members' logits, or the logarithm of their weighted mean probability. Its embedding is the members'
 * embeddings side by side, scaled so that the cosine of two is the weighted mean of the members' cosines. An output that not all members have
 * is left out. License and data are those of the members unless given.
 *
 * @throws `invalid-bundle` or `unsupported` naming a member that cannot be read; `invalid-argument` naming two that do not go together, or
 * for bad weights.
 * @example
 * const members = await Promise.all(['joint.onnx', 'bone.onnx'].map(async (name) => ({ name, bytes: await readFile(name) })));
 * await writeFile('both.onnx', ensemble(members, { weights: [0.6, 0.4] }));
 */
export function ensemble(bundles: readonly EnsembleSource[], options: EnsembleOptions = {}): Uint8Array {
  checkOptions(where, options, ['weights', 'fuse', 'license', 'data', 'metrics', 'command', 'threshold']);
  const members = readMembers(bundles);
  checkTogether(where, members);
  const { weights: chosen, fuse: summed, ...notes } = options;
  const weighed = members.map(({ name, manifest: { streams } }) => ({ name, streams }));
  const { weights, fuse } = chooseFusion(where, weighed, chosen, summed);
  const outputs = (['logits', 'embedding'] as const).filter((output) =>
    members.every(({ manifest }) => manifest.outputs[output] !== undefined),
  );
  const [{ manifest }] = members as readonly [Member, ...Member[]];
  return sealBundle(fuseGraphs(members, { fuse, weights, outputs }), {
    format: manifestFormat,
    task: manifest.task,
    encoder: { id: 'ensemble', options: { fuse } },
    members: members.map((member, index) => recordOf(member, weights[index] as number)),
    input: manifest.input,
    labels: manifest.labels,
    outputs: Object.fromEntries(outputs.map((output) => [output, output])),
    ...stated('license', members),
    ...stated('data', members),
    ...notes,
  });
}

function readMembers(bundles: readonly EnsembleSource[]): readonly Member[] {
  if (!Array.isArray(bundles) || bundles.length < 2 || bundles.length > maxMembers) {
    const actual = Array.isArray(bundles) ? `${bundles.length}` : typeof bundles;
    throw badOption(where, `2 to ${maxMembers} bundles`, actual);
  }
  const sources = (bundles as readonly EnsembleSource[]).map((source, index) =>
    ArrayBuffer.isView(source) ? { bytes: source, name: `bundle-${index + 1}` } : source,
  );
  const total = sources.reduce((sum, source) => sum + (source?.bytes?.length ?? 0), 0);
  if (total > maxBytes) throw badOption(where, `at most ${maxBytes} bytes in all bundles`, `${total}`);
  const names = differentNames(sources.map(checkName));
  return sources.map(({ bytes }, index) => readMember(names[index] as string, bytes));
}

function readMember(name: string, bytes: Uint8Array): Member {
  try {
    return { ...readBundle(bytes), name };
  } catch (cause) {
    if (!KinegraphError.is(cause)) throw cause;
    const { code, expected, actual, hint } = cause;
    throw new KinegraphError({ code, where: `${where}: ${name}`, expected, actual, ...(hint && { hint }), cause });
  }
}

/** Slashes are for the graph, where they end a member's name. */
function checkName(source: { readonly name: string }): string {
  const name = source?.name;
  if (typeof name === 'string' && name !== '' && name.length <= maxMemberName && !name.includes('/')) return name;
  const expected = `bundles as bytes, or as { bytes, name } with a name of 1 to ${maxMemberName} characters without "/"`;
  throw badOption(where, expected, name === undefined ? typeof source : JSON.stringify(name));
}

/** The same bundle may come twice, and files of one name from two folders: `bone`, `bone-2`. */
function differentNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let different = name;
    for (let count = 2; used.has(different) || (different !== name && taken.has(different)); count++) {
      different = `${name}-${count}`;
    }
    used.add(different);
    return different;
  });
}

function recordOf({ name, manifest }: Member, weight: number): MemberRecord {
  const { encoder, streams, metrics, weights } = manifest;
  return { name, weight, encoder, ...(streams && { streams }), ...(metrics && { metrics }), weights };
}

/** What the members state, each text once. */
function stated(field: 'license' | 'data', members: readonly Member[]): { readonly [key in typeof field]?: string } {
  const texts = new Set(members.flatMap(({ manifest }) => manifest[field] ?? []));
  return texts.size > 0 ? { [field]: [...texts].join('; ') } : {};
}
