/** The same skeleton, hung up at another joint. */
import { jointIndex, type Layout, layoutFrom } from './layout.ts';

/**
 * A layout with the same joints and edges whose root, and center, is another joint: edges on the way from there to the old root point the
 * other way. Joints keep their order, so clips in one layout fit the other, and are remapped without a change.
 *
 * Bones turn with the edges; those that a layout defines apart from its edges stay where their joint has kept its parent.
 *
 * @throws `not-found` if the layout has no such joint
 * @example
 * ```ts
 * import { ntu25, reroot } from '@kinegraph/node';
 *
 * const layout = reroot(ntu25, 'spine_mid'); // the tree of InfoGCN's k-modes
 * ```
 */
export function reroot(layout: Layout, joint: string): Layout {
  const root = jointIndex(layout, joint);
  const parents = [...layout.parents];
  for (let at = root, next = -1; at >= 0; ) {
    const parent = layout.parents[at] as number;
    parents[at] = next;
    next = at;
    at = parent;
  }
  const kept = layout.bones.filter(([end]) => parents[end] === layout.parents[end]);
  const turned = parents.flatMap((parent, end) =>
    parent < 0 || parent === layout.parents[end] ? [] : [[end, parent] as const],
  );
  return layoutFrom({
    id: `${layout.id}@${joint.replaceAll(' ', '_')}`,
    joints: layout.joints,
    parents,
    center: root,
    bones: [...kept, ...turned],
  });
}
