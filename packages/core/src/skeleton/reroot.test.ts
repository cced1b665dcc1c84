import { describe, expect, it } from 'vitest';
import { clip } from './clip.ts';
import { coco17, ntu25, openpose18 } from './layouts.ts';
import { remap } from './remap.ts';
import { reroot } from './reroot.ts';

const edges = ({ parents }: { readonly parents: readonly number[] }) =>
  parents
    .flatMap((parent, joint) => (parent < 0 ? [] : [`${Math.min(joint, parent)}-${Math.max(joint, parent)}`]))
    .sort();

describe('reroot', () => {
  it('makes the tree of InfoGCN from that of NTU (spec encoders §2)', () => {
    const { id, parents, center, bones, joints } = reroot(ntu25, 'spine_mid');
    expect(id).toBe('ntu25@spine_mid');
    expect(parents).toEqual(ntu25.parents.with(20, 1).with(1, -1));
    expect(center).toBe(1);
    expect(bones).toEqual(parents.flatMap((parent, joint) => (parent < 0 ? [] : [[joint, parent]])));
    expect(joints).toEqual(ntu25.joints);
  });

  it.each([ntu25, coco17, openpose18])('keeps the edges of $id, and comes back', (layout) => {
    for (const joint of layout.joints) {
      const turned = reroot(layout, joint);
      expect(turned.parents.indexOf(-1)).toBe(layout.joints.indexOf(joint));
      expect(edges(turned)).toEqual(edges(layout));
      const changed = turned.bones.filter(([end]) => turned.parents[end] !== layout.parents[end]);
      expect(changed.every(([end, other]) => other === turned.parents[end])).toBe(true);
      const root = layout.joints[layout.parents.indexOf(-1)] as string;
      expect(reroot(turned, root).parents).toEqual(layout.parents);
    }
  });

  it('keeps bones that differ from the edges', () => {
    const { bones } = reroot(coco17, 'left_shoulder');
    expect(bones).toContainEqual([11, 0]);
    expect(bones).toContainEqual([0, 5]);
  });

  it('takes clips of the other as they are', () => {
    const wave = clip(
      ntu25,
      Float32Array.from({ length: 75 }, (_, i) => i),
    );
    expect(remap(wave, reroot(ntu25, 'spine_mid')).positions).toBe(wave.positions);
  });

  it('names the joints that there are', () => {
    expect(() => reroot(ntu25, 'pelvis')).toThrow('layout ntu25: expected one of spine_base, spine_mid');
  });
});
