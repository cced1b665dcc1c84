/** Skeleton layouts as data: which joints there are, in which order, and how they hang together. */
import { KinegraphError } from '../tensor/error.ts';
import { badOption, checkOptions } from '../tensor/options.ts';

/** A named skeleton: a tree of joints with what follows from it. Plain data, so it survives JSON. */
export interface Layout {
  readonly id: string;
  /** Names in index order; `left_` and `right_` prefixes mark mirrored pairs. */
  readonly joints: readonly string[];
  /** Index of each joint's parent, the neighbor nearer the body's center; -1 for the one root. */
  readonly parents: readonly number[];
  /** Index of each joint's left or right partner; its own index if it has none. */
  readonly mirror: readonly number[];
  /** The joint that graph distances are measured from; the root unless said otherwise. */
  readonly center: number;
  /** Pairs of the bone stream, at most one a joint; a joint without a pair has a zero bone. */
  readonly bones: readonly (readonly [joint: number, parent: number])[];
}

/** What a {@link Layout} is rebuilt from: the part of it that a bundle stores. Every layout is one. */
export interface LayoutRecord {
  readonly id: string;
  readonly joints: readonly string[];
  readonly parents: readonly number[];
  readonly center?: number;
  readonly bones?: readonly (readonly [joint: number, parent: number])[];
}

/** What {@link defineLayout} takes beside the tree. */
export interface LayoutOptions<Joint extends string> {
  /** The joint that graph distances are measured from. Default: the root. */
  readonly center?: Joint;
  /** Bones that differ from the tree's edges; `null` for a zero bone. */
  readonly bones?: { readonly [joint in Joint]?: Joint | null };
}

/** The most joints that a layout may have. */
export const maxJoints = 1024;

/**
 * Defines a skeleton as one object from joint to parent; the order of keys is the order of joints.
 *
 * A parent that is not a joint does not compile, and throws where types are not checked.
 *
 * @throws `invalid-layout` unless there is exactly one root (`null`), no cycle, and every name starts with a letter.
 * @example
 * const arm = defineLayout('arm', { shoulder: null, elbow: 'shoulder', wrist: 'elbow' });
 * arm.parents; // [-1, 0, 1]
 */
export function defineLayout<Joint extends string>(
  id: string,
  tree: { readonly [joint in Joint]: NoInfer<Joint> | null },
  options: LayoutOptions<NoInfer<Joint>> = {},
): Layout {
  checkOptions('defineLayout', options, ['center', 'bones']);
  const joints = Object.keys(tree) as Joint[];
  const indexOf = new Map<string, number>(joints.map((joint, index) => [joint, index]));
  const find = (name: string | null, role: string) => {
    if (name === null) return -1;
    const index = indexOf.get(name);
    if (index === undefined) {
      refuse(id, `a ${role} that is one of the joints`, JSON.stringify(name), `Joints: ${joints.join(', ')}.`);
    }
    return index;
  };
  const parents = joints.map((joint) => find(tree[joint], `parent of ${joint}`));
  const bones: [number, number][] = [];
  for (const [index, joint] of joints.entries()) {
    const parent = options.bones?.[joint];
    const end = parent === undefined ? (parents[index] as number) : find(parent, `bone of ${joint}`);
    if (end >= 0) bones.push([index, end]);
  }
  for (const joint of Object.keys(options.bones ?? {})) find(joint, 'bone');
  const center = options.center === undefined ? {} : { center: find(options.center, 'center') };
  return layoutFrom({ id, joints, parents, bones, ...center });
}

/**
 * Rebuilds a layout from plain JSON, trusting nothing.
 *
 * @throws `invalid-layout` if the record is not a tree of distinct, named joints with one root.
 */
export function layoutFrom(record: LayoutRecord): Layout {
  if (typeof record !== 'object' || record === null) refuse('', 'an object', String(record));
  const { id, joints, parents } = record;
  if (typeof id !== 'string' || !/^[\w.@/-]{1,100}$/.test(id)) {
    refuse('', 'an id of 1 to 100 letters, digits and . @ / - _', JSON.stringify(id) ?? 'none');
  }
  if (!Array.isArray(joints) || joints.length < 1 || joints.length > maxJoints) {
    refuse(id, `1 to ${maxJoints} joints`, Array.isArray(joints) ? `${joints.length}` : typeof joints);
  }
  const indexOf = checkNames(id, joints);
  const root = checkTree(id, joints, parents);
  const center = record.center ?? root;
  checkIndex(id, 'center', center, joints.length);
  const bones = record.bones ?? parents.flatMap((parent, joint) => (parent < 0 ? [] : [[joint, parent] as const]));
  checkBones(id, joints, bones);
  return {
    id,
    joints: [...joints],
    parents: [...parents],
    mirror: joints.map((name, index) => indexOf.get(partnerName(name)) ?? index),
    center,
    bones: bones.map(([joint, parent]) => [joint, parent] as const).sort(([a], [b]) => a - b),
  };
}

/** Throws `invalid-argument` for what is no layout, for callers whose types are not checked. */
export function checkLayout(where: string, layout: LayoutRecord): void {
  if (Array.isArray(layout?.joints) && Array.isArray(layout.parents)) return;
  throw badOption(where, 'a layout such as ntu25', JSON.stringify(layout)?.slice(0, 60) ?? 'none');
}

/**
 * The index of a named joint.
 *
 * @throws `not-found` with the names that there are.
 */
export function jointIndex(layout: Layout, name: string): number {
  const index = layout.joints.indexOf(name);
  if (index < 0) {
    throw new KinegraphError({
      code: 'not-found',
      where: `layout ${layout.id}`,
      expected: `one of ${layout.joints.join(', ')}`,
      actual: JSON.stringify(name),
    });
  }
  return index;
}

/** Whether two layouts have the same joints in the same order, so that positions need no remapping. */
export function sameJoints(a: LayoutRecord, b: LayoutRecord): boolean {
  return (
    a.joints === b.joints || (a.joints.length === b.joints.length && a.joints.every((name, i) => name === b.joints[i]))
  );
}

function partnerName(name: string): string {
  if (name.startsWith('left_')) return `right_${name.slice('left_'.length)}`;
  if (name.startsWith('right_')) return `left_${name.slice('right_'.length)}`;
  return name;
}

function checkNames(id: string, joints: readonly string[]): Map<string, number> {
  const indexOf = new Map<string, number>();
  for (const [index, name] of joints.entries()) {
    // A name such as "0" would also be moved to the front of an object's keys, and so change the order of joints.
    if (typeof name !== 'string' || !/^[A-Za-z][\w .-]{0,63}$/.test(name)) {
      refuse(id, 'joint names of 1 to 64 characters that start with a letter', JSON.stringify(name) ?? 'none');
    }
    if (indexOf.has(name)) refuse(id, 'every joint once', `"${name}" twice`);
    indexOf.set(name, index);
  }
  return indexOf;
}

/** Checks that the parents make one tree, and returns its root. */
function checkTree(id: string, joints: readonly string[], parents: readonly number[]): number {
  if (!Array.isArray(parents) || parents.length !== joints.length) {
    refuse(id, `${joints.length} parents`, Array.isArray(parents) ? `${parents.length}` : typeof parents);
  }
  for (const parent of parents) {
    if (parent !== -1) checkIndex(id, 'parent', parent, joints.length);
  }
  const roots = joints.filter((_, index) => parents[index] === -1);
  if (roots.length !== 1) refuse(id, 'exactly one root', roots.length ? roots.join(', ') : 'none');
  for (const [index, name] of joints.entries()) {
    let ancestor = index;
    for (let steps = 0; ancestor >= 0; steps++) {
      if (steps > joints.length) refuse(id, 'a tree', `a cycle through "${name}"`);
      ancestor = parents[ancestor] as number;
    }
  }
  return parents.indexOf(-1);
}

function checkBones(id: string, joints: readonly string[], bones: LayoutRecord['bones'] & object): void {
  if (!Array.isArray(bones)) refuse(id, 'bones as a list of pairs', typeof bones);
  const seen = new Set<number>();
  for (const bone of bones) {
    if (!Array.isArray(bone) || bone.length !== 2)
      refuse(id, 'bones as [joint, parent]', JSON.stringify(bone) ?? 'none');
    for (const end of bone) checkIndex(id, 'bone end', end, joints.length);
    if (bone[0] === bone[1] || seen.has(bone[0]))
      refuse(id, 'one bone a joint, to another joint', JSON.stringify(bone));
    seen.add(bone[0]);
  }
}

function checkIndex(id: string, what: string, index: number, joints: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= joints) {
    refuse(id, `a ${what} from 0 to ${joints - 1}`, JSON.stringify(index) ?? 'none');
  }
}

function refuse(id: string, expected: string, actual: string, hint?: string): never {
  throw new KinegraphError({
    code: 'invalid-layout',
    where: id ? `layout ${id}` : 'layout',
    expected,
    actual,
    ...(hint ? { hint } : {}),
  });
}
