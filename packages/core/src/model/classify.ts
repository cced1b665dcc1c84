/** The verb for closed sets: which of its classes a model sees in a clip. */
import type { Clip } from '../skeleton/clip.ts';
import { forward } from './forward.ts';
import type { Model } from './model.ts';
import { checkOptions, checkTop, type VerbOptions } from './options.ts';

/** A class and how sure the model is of it. */
export interface Classification {
  readonly label: string;
  /** Probability: softmax over all classes. */
  readonly score: number;
  /** Position among the model's labels. */
  readonly index: number;
}

/** What {@link classify} takes beside the clips. */
export interface ClassifyOptions extends VerbOptions {
  /** How many classes to return. Default: all. */
  readonly top?: number | undefined;
}

/**
 * The classes of a clip, most probable first; of several clips, one list each.
 *
 * @throws `unsupported` if the bundle has no class scores, or its layout cannot be derived from the clip's; `invalid-clip` if the clip
 * has every joint missing, or lacks coordinates or a frame rate that the model needs.
 * @example
 * const [best] = await classify(model, clip(ntu25, positions, { fps: 30 }), { top: 3 });
 * best; // { label: 'wave', score: 0.97, index: 4 }
 */
export function classify(model: Model, clip: Clip, options?: ClassifyOptions): Promise<Classification[]>;
export function classify(model: Model, clips: readonly Clip[], options?: ClassifyOptions): Promise<Classification[][]>;
export async function classify(
  model: Model,
  clips: Clip | readonly Clip[],
  options: ClassifyOptions = {},
): Promise<Classification[] | Classification[][]> {
  checkOptions('classify', options, ['top', 'signal']);
  const { top = Infinity, signal } = options;
  checkTop('classify', top);
  const rows = await forward('classify', model, 'logits', isArray(clips) ? clips : [clips], signal);
  const results = rows.map((logits) => rank(logits, model.manifest.labels).slice(0, top));
  return isArray(clips) ? results : (results[0] as Classification[]);
}

function rank(logits: Float32Array, labels: readonly string[]): Classification[] {
  // The largest logit becomes 0, so that no exponential overflows.
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = weights.reduce((a, b) => a + b);
  return labels
    .map((label, index) => ({ label, score: (weights[index] as number) / total, index }))
    .sort((a, b) => b.score - a.score);
}

function isArray(clips: Clip | readonly Clip[]): clips is readonly Clip[] {
  return Array.isArray(clips);
}
