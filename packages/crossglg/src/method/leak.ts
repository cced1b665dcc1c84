/** The leak diagnostic: what the text branch can tell without a skeleton. */
import { createRandom, KinegraphError, type Runtime, type Tensor } from '@kinegraph/core';
import { createScope, type Scope, toOnnx, type Value } from '@kinegraph/core/graph';
import { classificationReport } from '@kinegraph/core/train';

/** How well texts alone are classified. */
export interface TextLeak {
  /** Share of the classes whose texts alone are classified rightly. */
  readonly accuracy: number;
  /** What guessing would get. */
  readonly chance: number;
  /** Mean cross-entropy; guessing would have the logarithm of the number of classes. */
  readonly loss: number;
}

/**
 * Runs the text branch once on the texts of all classes, with all joint features zero and nothing dropped.
 *
 * @param weights of the trained network
 * @param texts `[K, V, d]`
 * @param build the branch over an input `texts`, with the width of the features; gives logits `[K, K]`
 * @throws `not-found` if the weights have no text branch
 */
export async function textLeak(
  runtime: Runtime,
  weights: Readonly<Record<string, Tensor>>,
  texts: Tensor<'float32'>,
  build: (scope: Scope, width: number) => Value,
): Promise<TextLeak> {
  const name = 'guide.joints.weight';
  const width = weights[name]?.shape[0];
  if (width === undefined) {
    throw new KinegraphError({
      code: 'not-found',
      where: 'crossglg: leak',
      expected: `weights with ${name}`,
      actual: `${Object.keys(weights).length} others`,
      hint: 'A bundle has none: take them from trainer.weights().',
    });
  }
  const { scope } = createScope({ training: false, random: createRandom(0) });
  await using session = await runtime.load(toOnnx({ outputs: { logits: build(scope, width) }, weights }));
  const { logits } = await session.run({ texts });
  const count = texts.shape[0] as number;
  const classes = Array.from({ length: count }, (_, index) => index);
  const { top1, loss } = classificationReport(logits as Tensor<'float32'>, classes);
  return { accuracy: top1, chance: 1 / count, loss };
}
