/**
 * CrossGLG: classification guided by language, so that actions never trained on can be told apart by one example each.
 *
 * Yan, Zeng, Xiao, Tong, Tan, Fang, Cao, Zhou, "CrossGLG: LLM Guides One-shot Skeleton-based 3D Action Recognition in a Cross-level
 * Manner", ECCV 2024, https://arxiv.org/abs/2403.10082. There is no official code; docs/guide/crossglg.md says what is the paper's and
 * what is ours.
 *
 * The loss is `cross-entropy + 0.5 calibration + 0.2 guidance`. Texts are needed for training only.
 */
import { elementCount, KinegraphError, type Runtime, type Tensor, zeros } from '@kinegraph/core';
import {
  constant,
  input,
  linear,
  multiply,
  reduceMean,
  relu,
  reshape,
  type Scope,
  swapLast,
  type Value,
} from '@kinegraph/core/graph';
import {
  type ClassificationReport,
  classification,
  crossEntropy,
  type Sample,
  type Task,
  weightedSum,
} from '@kinegraph/core/train';
import { guide, projectBranch } from './guidance.ts';
import { calibrationLoss, importanceRewrites, smoothed } from './importance.ts';
import { type TextLeak, textLeak } from './leak.ts';
import { type CrossglgOptions, planCrossglg } from './options.ts';
import { checkJointCount, jointFeatures, presence } from './persons.ts';
import { reusing, showing } from './shared-scope.ts';

/** CrossGLG as a task: a {@link Task} of classification with a look at its text branch. */
export interface CrossglgTask extends Task<Sample, ClassificationReport> {
  /**
   * How well the text branch classifies by the texts alone, without a skeleton. The texts are those of the right class, so the branch can
   * learn to read the class off them; then it teaches the encoder nothing. An `accuracy` near 1 says that it could.
   *
   * @param weights as `trainer.weights()` gives them
   * @throws `unsupported` without a text branch; `not-found` if the weights have none
   */
  leak(runtime: Runtime, weights: Readonly<Record<string, Tensor>>): Promise<TextLeak>;
}

/** Under this name {@link jointFeatures} can be read by the loss. */
const jointsTap = 'joints';
/** Where the parameters of the text branch live. */
const guideScope = 'guide';

/**
 * Classification into the given labels, guided by texts about them; for any encoder with the taps `block.i` and `block.i.spatial`.
 *
 * The bundle is that of `classification`: `logits` `[batch, classes]` and `embedding` `[batch, width]`, for `createGallery`.
 * While training, steps report `crossEntropy`, `calibration` and `guidance` without their weights.
 *
 * @throws `invalid-argument` for bad options; `invalid-shape` if the texts are not those of the labels
 * @example
 * ```ts
 * const texts = await encodeDescriptions(descriptionsFor(labels, ntu120), ntu25, shippedEmbeddings());
 * const trainer = createTrainer({ runtime, encoder: ctrgcn(), task: crossglg(labels, { texts }), input: { layout: ntu25, frames: 64 } });
 * ```
 */
export function crossglg(labels: readonly string[], options: CrossglgOptions): CrossglgTask {
  const plan = planCrossglg(labels, options);
  const { texts, importance, guidance } = plan;
  const { joints: vectors } = texts;
  const base = classification(labels, plan.classification);
  const [count, v, d] = vectors.shape as [number, number, number];
  const classify = classifierOf(base, plan.classifier);
  const wanted = smoothed(texts.importance, importance?.smoothing ?? 0);
  return {
    ...base,
    id: 'crossglg',
    ...(importance && { rewrites: (taps: readonly string[]) => importanceRewrites(taps, importance, v) }),
    targetSpecs: (batch) => ({
      ...base.targetSpecs(batch),
      ...(importance && { importance: { dtype: 'float32', shape: [batch, v] } }),
      ...(guidance && { texts: { dtype: 'float32', shape: [batch, v, d] } }),
    }),
    targets(samples, random) {
      const targets = base.targets(samples, random);
      const classes = Array.from(targets.classes?.data ?? [], Number);
      return {
        ...targets,
        ...(importance && { importance: pick(wanted, classes) }),
        ...(guidance && { texts: pick(vectors, classes) }),
      };
    },
    outputs(scope, features) {
      const joints = scope.tap(jointsTap, jointFeatures(features.encoded, features.positions, plan.personPooling));
      const shown = plan.jointOutput ? { joints: byJoint(joints) } : {};
      return { ...classify(showing(scope), joints), ...shown };
    },
    loss(scope, features, outputs, targets) {
      const terms: Record<string, Value> = { ...base.loss(scope, features, outputs, targets) };
      if (importance) {
        const target = targets.importance as Value;
        terms.calibration = calibrationLoss(features.tap, target, presence(features.positions), importance.distance);
      }
      if (guidance) {
        const joints = byJoint(features.tap(jointsTap));
        checkJointCount(joints.shape[1] as number, v);
        const branch = projectBranch(scope.child(guideScope), targets.texts as Value, joints, guidance);
        const guided = guide(scope.child(guideScope), branch, guidance);
        const { logits } = classify(reusing(scope, features.tap), asFeatures(guided));
        const { labelSmoothing = 0 } = plan.classification;
        terms.guidance = crossEntropy(logits as Value, targets.classes as Value, { labelSmoothing });
      }
      return terms;
    },
    combine: (terms, parameters) => {
      const weights = { calibration: importance?.weight, guidance: guidance?.weight };
      const weighted = Object.entries(terms).map(([name, term]) => {
        const weight = weights[name as keyof typeof weights];
        return [name, weight === undefined ? term : multiply(term, weight)] as const;
      });
      return (base.combine ?? weightedSum())(Object.fromEntries(weighted), parameters);
    },
    leak(runtime, weights) {
      const build = (scope: Scope, width: number) => {
        const plan = guidance ?? noBranch();
        const nobody = constant(zeros('float32', [count, v, width]));
        const { texts } = projectBranch(scope.child(guideScope), input('texts', vectors.shape), nobody, plan);
        const guided = guide(scope.child(guideScope), { texts, joints: nobody }, plan);
        return classify(scope, asFeatures(guided)).logits as Value;
      };
      return textLeak(runtime, weights, vectors, build);
    },
  };
}

/** The head of classification over joint features `[B, 1, C, 1, V]`, with or without a hidden layer. */
function classifierOf(base: Task<Sample, ClassificationReport>, kind: 'linear' | 'mlp') {
  const outputs = (scope: Scope, encoded: Value): Readonly<Record<string, Value>> =>
    base.outputs(scope, { positions: encoded, encoded, taps: [], tap: () => encoded });
  if (kind === 'linear') return outputs;
  return (scope: Scope, joints: Value): Readonly<Record<string, Value>> => {
    const [b, , c] = joints.shape as [number, number, number];
    const embedding = reduceMean(joints, { axes: [1, 3, 4], keep: false });
    const hidden = relu(linear(scope.child('fc').child('hidden'), embedding, c));
    return { ...outputs(scope, reshape(hidden, [b, 1, c, 1, 1])), embedding };
  };
}

/** `[B, 1, C, 1, V]` to `[B, V, C]`. */
function byJoint(features: Value): Value {
  const [b, , c, , v] = features.shape as [number, number, number, number, number];
  return swapLast(reshape(features, [b, c, v]));
}

/** `[B, V, C]` to `[B, 1, C, 1, V]`. */
function asFeatures(joints: Value): Value {
  const [b, v, c] = joints.shape as [number, number, number];
  return reshape(swapLast(joints), [b, 1, c, 1, v]);
}

/** Some entries of a table along its first axis. */
function pick({ shape, data }: Tensor<'float32'>, indices: readonly number[]): Tensor<'float32'> {
  const rest = shape.slice(1);
  const size = elementCount(rest);
  const picked = zeros('float32', [indices.length, ...rest]);
  for (const [row, index] of indices.entries()) {
    picked.data.set(data.subarray(index * size, (index + 1) * size), row * size);
  }
  return picked;
}

function noBranch(): never {
  throw new KinegraphError({
    code: 'unsupported',
    where: 'crossglg: leak',
    expected: 'a task with localToGlobal',
    actual: 'one without',
  });
}
