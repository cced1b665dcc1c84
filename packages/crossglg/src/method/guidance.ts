/**
 * From local to global: the text branch, which exists only while training. Texts of the joints ask, features of the joints answer, and
 * what comes of both is classified by the same layers as the features alone.
 *
 * With T the texts and S the joints, both mapped to the encoder's width (our reading; norms and residuals are not published):
 * ```
 * T' = T + attention(norm T, norm T)
 * S' = S + attention(norm T', norm S)
 * S  = S' + mlp(norm(T' + S')),  T = T'
 * ```
 */
import {
  add,
  cast,
  dropout,
  greater,
  layerNorm,
  multiply,
  normal,
  relu,
  type Scope,
  type Value,
} from '@kinegraph/core/graph';
import { attention } from './attention.ts';
import { dense } from './dense.ts';
import type { GuidancePlan } from './options.ts';

/** The texts as the branch sees them: mapped to a width, with a learned place for each joint. */
export interface Branch {
  /** `[B, V, width]` */
  readonly texts: Value;
  /** `[B, V, width]` */
  readonly joints: Value;
}

/**
 * Maps texts and joint features to one width. In training some texts are left out: they become zeros.
 *
 * @param texts `[B, V, d]`
 * @param joints `[B, V, width]`
 */
export function projectBranch(scope: Scope, texts: Value, joints: Value, plan: GuidancePlan): Branch {
  const [b, v, width] = joints.shape as [number, number, number];
  const place = scope.param('place', [v, width], normal(0.02));
  const kept =
    scope.training && plan.textDropout > 0
      ? multiply(texts, cast(greater(scope.noise('texts', [b, v, 1]), plan.textDropout), 'float32'))
      : texts;
  return {
    texts: add(dense(scope.child('texts'), kept, width), place),
    joints: dense(scope.child('joints'), joints, width),
  };
}

/**
 * Joints guided by their texts.
 *
 * @returns `[B, V, width]`
 */
export function guide(scope: Scope, branch: Branch, plan: GuidancePlan): Value {
  let { texts, joints } = branch;
  const width = joints.shape[2] as number;
  for (let i = 0; i < plan.blocks; i++) {
    const block = scope.child(i);
    const norm = (name: string, x: Value) => layerNorm(block.child(name), x);
    const drop = (name: string, x: Value) => dropout(block.child(name), x, plan.dropout);

    const asked = norm('text_norm', texts);
    texts = add(texts, drop('text_attention', attention(block.child('text_attention'), asked, asked, plan.heads)));
    const query = norm('query_norm', texts);
    const answer = attention(block.child('joint_attention'), query, norm('joint_norm', joints), plan.heads);
    const seen = add(joints, drop('joint_attention', answer));
    const fused = norm('fusion_norm', add(texts, seen));
    const hidden = relu(dense(block.child('fusion').child(0), fused, Math.round(width * plan.ratio)));
    joints = add(seen, drop('fusion', dense(block.child('fusion').child(1), hidden, width)));
  }
  return joints;
}
