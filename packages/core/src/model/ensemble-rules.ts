/** What the members of an ensemble must have in common, and how to say that they do not. */
import { shorten } from '../onnx/invalid-bundle.ts';
import { layoutFrom } from '../skeleton/layout.ts';
import { KinegraphError } from '../tensor/error.ts';
import type { Manifest } from './manifest.ts';
import { type Member, operatorSets } from './merge-graphs.ts';

/** The oldest version of ONNX's operators in which the nodes of a fusion mean what they are meant to. */
const oldestVersion = 13n;

/** A member that differs from one before it. */
interface Difference {
  readonly member: Member;
  readonly from: Member;
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  readonly hint: string;
}

const inputHint =
  'Members see the same input and know the same classes; only what their graphs make of the input may differ.';
const operatorHint = 'Export both with the same release.';

/**
 * Checks that bundles can be members of one ensemble.
 *
 * @throws `invalid-argument` naming two that differ, and in what; `unsupported` for one that is an ensemble, or of old operators.
 */
export function checkTogether(where: string, members: readonly Member[]): void {
  for (const member of members) checkAlone(where, member);
  const [first, ...others] = members as readonly [Member, ...Member[]];
  const found = others.map((member) => inputDifference(first, member)).find(Boolean) ?? operatorDifference(members);
  if (!found) return;
  const { member, from, what, expected, actual, hint } = found;
  throw new KinegraphError({
    code: 'invalid-argument',
    where: `${where}: ${member.name}`,
    expected: `${what} as in ${from.name}, ${shorten(expected)}`,
    actual: shorten(actual),
    hint,
  });
}

function checkAlone(where: string, { name, manifest, model }: Member): void {
  const refuse = (expected: string, actual: string, hint: string) =>
    new KinegraphError({ code: 'unsupported', where: `${where}: ${name}`, expected, actual, hint });
  if (manifest.members) {
    throw refuse('a bundle of one network', `an ensemble of ${manifest.members.length}`, 'Give its members instead.');
  }
  const version = operatorSets(model).get('') ?? 0n;
  if (version >= oldestVersion) return;
  throw refuse(`ONNX operators of version ${oldestVersion} or newer`, `${version}`, 'Convert the model.');
}

function inputDifference(from: Member, member: Member): Difference | undefined {
  const [a, b] = [from.manifest, member.manifest];
  const difference =
    listDifference('joint', a.input.layout.joints, b.input.layout.joints) ??
    traitDifference(traitsOf(a), traitsOf(b)) ??
    listDifference('label', a.labels, b.labels);
  return difference && { member, from, ...difference, hint: inputHint };
}

/** What the host goes by. Parents and bones are not among it: they are of use to the graph, and each member has its own. */
function traitsOf({ task, input: { layout, ...input } }: Manifest): Readonly<Record<string, unknown>> {
  return { task, ...input, 'center joint': layout.joints[layoutFrom(layout).center] };
}

function traitDifference(expected: ReturnType<typeof traitsOf>, actual: ReturnType<typeof traitsOf>) {
  const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));
  const what = Object.keys({ ...expected, ...actual }).find((key) => text(expected[key]) !== text(actual[key]));
  return what === undefined ? undefined : { what, expected: text(expected[what]), actual: text(actual[what]) };
}

/** Joints and labels count by their places, so the first place that differs says most. */
function listDifference(what: string, expected: readonly string[], actual: readonly string[]) {
  if (expected.length !== actual.length) {
    return { what: `${what}s`, expected: `${expected.length}`, actual: `${actual.length}` };
  }
  const place = expected.findIndex((name, index) => name !== actual[index]);
  if (place < 0) return undefined;
  return { what: `${what} ${place}`, expected: `"${expected[place]}"`, actual: `"${actual[place]}"` };
}

/** A graph has one version of each operator set. */
function operatorDifference(members: readonly Member[]): Difference | undefined {
  const known = new Map<string, { readonly version: bigint; readonly from: Member }>();
  for (const member of members) {
    for (const [domain, version] of operatorSets(member.model)) {
      const { version: expected, from } = known.get(domain) ?? { version, from: member };
      const what = `the version of ${domain || 'ONNX'} operators`;
      if (expected !== version) {
        return { member, from, what, expected: `${expected}`, actual: `${version}`, hint: operatorHint };
      }
      known.set(domain, { version, from });
    }
  }
  return undefined;
}
