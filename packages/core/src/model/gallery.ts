/** Recognition by example: enrolled clips are found again by the nearness of their embeddings, without training. */
import type { Clip } from '../skeleton/clip.ts';
import { KinegraphError } from '../tensor/error.ts';
import { unit } from './embed.ts';
import { forward, outputOf } from './forward.ts';
import {
  decodeExamples,
  type Example,
  encodeExamples,
  type GalleryRecord,
  type Metric,
  maxLabelLength,
  parseGallery,
} from './gallery-record.ts';
import type { Model } from './model.ts';
import { badOption, checkOptions, checkTop, type VerbOptions } from './options.ts';

/** What {@link createGallery} takes beside the model. */
export interface GalleryOptions {
  /** The lowest score that counts as found. Default: the bundle's calibrated threshold if it has one, else 0.5. */
  readonly threshold?: number | undefined;
  /** Default: `cosine`. */
  readonly metric?: Metric | undefined;
}

/** An enrolled label that is close to a clip. */
export interface Match {
  readonly label: string;
  /** Score of the label's nearest example; 1 for an equal embedding. See {@link Metric}. */
  readonly score: number;
}

/** What {@link Gallery.match} takes beside the clip. */
export interface MatchOptions extends VerbOptions {
  /** How many labels to return at most. Default: all that are close enough. */
  readonly top?: number | undefined;
  /** Instead of the gallery's own threshold. */
  readonly threshold?: number | undefined;
}

/** Labelled examples of one model. */
export interface Gallery {
  /** In the order of their first example. */
  readonly labels: readonly string[];
  /** Adds examples of a label, new or known; all of them or, if it throws, none. */
  enrol(label: string, clips: Clip | readonly Clip[], options?: VerbOptions): Promise<void>;
  /** The labels that are close enough, best first; empty if nothing is. */
  match(clip: Clip, options?: MatchOptions): Promise<Match[]>;
  /**
   * Removes a label and its examples.
   *
   * @throws `not-found` with the labels that there are.
   */
  remove(label: string): void;
  /** The gallery as plain data for {@link loadGallery}; `JSON.stringify` calls it. */
  toJSON(): GalleryRecord;
}

/**
 * An empty gallery of a model's embeddings: recognition of new actions from one example each.
 *
 * @throws `unsupported` if the bundle has no embedding.
 * @example
 * const gallery = createGallery(model);
 * await gallery.enrol('my wave', wave);
 * const [best] = await gallery.match(query);
 * best; // { label: 'my wave', score: 0.93 }, or undefined when nothing is close
 */
export function createGallery(model: Model, options: GalleryOptions = {}): Gallery {
  checkOptions('createGallery', options, ['threshold', 'metric']);
  const { metric = 'cosine' } = options;
  if (metric !== 'cosine' && metric !== 'euclidean') {
    throw badOption('createGallery', "metric 'cosine' or 'euclidean'", String(metric));
  }
  outputOf('createGallery', model, 'embedding');
  const calibrated = metric === 'cosine' ? model.manifest.threshold : undefined;
  const threshold = options.threshold ?? calibrated ?? 0.5;
  checkThreshold('createGallery', threshold);
  return galleryOf(model, metric, threshold, []);
}

/**
 * Restores a gallery from what {@link Gallery.toJSON} gave.
 *
 * @throws `invalid-data` if the record is damaged, or of another model.
 * @example
 * const gallery = loadGallery(model, JSON.parse(await readFile('gallery.json', 'utf8')));
 */
export function loadGallery(model: Model, record: unknown): Gallery {
  const { width } = outputOf('loadGallery', model, 'embedding');
  const { metric, threshold, examples } = parseGallery(record, model.manifest.weights.sha256);
  return galleryOf(model, metric, threshold, decodeExamples(examples, width));
}

function galleryOf(model: Model, metric: Metric, threshold: number, initial: readonly Example[]): Gallery {
  let examples = [...initial];
  const labels = () => [...new Set(examples.map(({ label }) => label))];
  const embedAll = async (where: string, clips: readonly Clip[], { signal }: VerbOptions) => {
    const rows = await forward(where, model, 'embedding', clips, signal);
    return metric === 'cosine' ? rows.map(unit) : rows;
  };
  return {
    get labels() {
      return labels();
    },
    async enrol(label, clips, options = {}) {
      checkOptions('enrol', options, ['signal']);
      if (typeof label !== 'string' || label.length < 1 || label.length > maxLabelLength) {
        throw badOption('enrol', `a label of 1 to ${maxLabelLength} characters`, JSON.stringify(label) ?? 'none');
      }
      const all = Array.isArray(clips) ? (clips as readonly Clip[]) : [clips as Clip];
      if (all.length === 0) throw badOption('enrol', 'at least one clip', 'none');
      const embeddings = await embedAll('enrol', all, options);
      examples.push(...embeddings.map((embedding) => ({ label, embedding })));
    },
    async match(clip, options = {}) {
      checkOptions('match', options, ['top', 'threshold', 'signal']);
      const { top = Infinity, threshold: lowest = threshold } = options;
      checkTop('match', top);
      checkThreshold('match', lowest);
      const [query] = await embedAll('match', [clip], options);
      const best = new Map<string, number>();
      for (const { label, embedding } of examples) {
        const score = nearness(metric, query as Float32Array, embedding);
        if (score >= Math.max(lowest, best.get(label) ?? -Infinity)) best.set(label, score);
      }
      const matches = Array.from(best, ([label, score]) => ({ label, score }));
      return matches.sort((a, b) => b.score - a.score).slice(0, top);
    },
    remove(label) {
      if (!labels().includes(label)) {
        throw new KinegraphError({
          code: 'not-found',
          where: 'remove',
          expected: `a label among ${labels().join(', ') || 'none'}`,
          actual: JSON.stringify(label),
        });
      }
      examples = examples.filter((example) => example.label !== label);
    },
    toJSON: () => ({
      format: 1,
      weights: model.manifest.weights.sha256,
      metric,
      threshold,
      examples: encodeExamples(examples),
    }),
  };
}

function nearness(metric: Metric, a: Float32Array, b: Float32Array): number {
  let sum = 0;
  if (metric === 'cosine') {
    for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
    return sum;
  }
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return 1 / (1 + Math.sqrt(sum));
}

function checkThreshold(where: string, threshold: number): void {
  if (!Number.isFinite(threshold)) throw badOption(where, 'a threshold that is a finite number', String(threshold));
}
