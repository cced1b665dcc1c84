/** Recognition by example: enrolled clips are found again by the nearness of their embeddings, without training. */
import type { Clip } from '../skeleton/clip.ts';
import { KinegraphError } from '../tensor/error.ts';
import { unit } from './embed.ts';
import { clipsToEnrol, type EnrolOptions } from './enrol.ts';
import { forward, outputOf } from './forward.ts';
import {
  decodeExamples,
  type Example,
  encodeExamples,
  type GalleryRecord,
  type Metric,
  parseGallery,
} from './gallery-record.ts';
import { bestScores, matrixOf } from './gallery-search.ts';
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
  /** The lowest score that counts as found, unless {@link Gallery.match} is told another. */
  readonly threshold: number;
  /** How many examples a label has; 0 for one that is not enrolled. */
  count(label: string): number;
  /**
   * Adds examples of a label, new or known; all of them or, if it throws, none.
   *
   * @throws `invalid-argument` for a label that is empty, too long or unsafe as a key; as {@link embed} does.
   * @example
   * const gallery = createGallery(model);
   * await gallery.enrol('my wave', wave, { augment: [mirror, changeSpeed, rotate] });
   */
  enrol(label: string, clips: Clip | readonly Clip[], options?: EnrolOptions): Promise<void>;
  /** The labels that are close enough, best first; empty if nothing is. Of several clips, one list each. */
  match(clip: Clip, options?: MatchOptions): Promise<Match[]>;
  match(clips: readonly Clip[], options?: MatchOptions): Promise<Match[][]>;
  /**
   * Removes a label, or one of its examples; its changed copies go along.
   *
   * @param example which one, counted from 0 in the order of enrolment. Default: all.
   * @throws `not-found` with the labels or examples that there are.
   */
  remove(label: string, example?: number): void;
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
  const { width } = outputOf('createGallery', model, 'embedding');
  const calibrated = metric === 'cosine' ? model.manifest.threshold : undefined;
  const threshold = options.threshold ?? calibrated ?? 0.5;
  checkThreshold('createGallery', threshold);
  return galleryOf(model, metric, threshold, width, []);
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
  const gallery = parseGallery(record, model.manifest.weights.sha256);
  return galleryOf(model, gallery.metric, gallery.threshold, width, decodeExamples(gallery, width));
}

function galleryOf(model: Model, metric: Metric, threshold: number, width: number, initial: Example[]): Gallery {
  let examples = initial;
  let matrix = matrixOf(examples, width);
  const change = (next: Example[]) => {
    examples = next;
    matrix = matrixOf(examples, width);
  };
  const embedAll = async (where: string, clips: readonly Clip[], signal: VerbOptions['signal']) => {
    const rows = await forward(where, model, 'embedding', clips, signal);
    return metric === 'cosine' ? rows.map(unit) : rows;
  };

  function match(clip: Clip, options?: MatchOptions): Promise<Match[]>;
  function match(clips: readonly Clip[], options?: MatchOptions): Promise<Match[][]>;
  async function match(clips: Clip | readonly Clip[], options: MatchOptions = {}): Promise<Match[] | Match[][]> {
    checkOptions('match', options, ['top', 'threshold', 'signal']);
    const { top = Infinity, threshold: lowest = threshold, signal } = options;
    checkTop('match', top);
    checkThreshold('match', lowest);
    const many = Array.isArray(clips);
    const queries = await embedAll('match', many ? clips : [clips as Clip], signal);
    const found = queries.map((query) => {
      const scores = bestScores(metric, query, matrix);
      return matrix.labels
        .map((label, index) => ({ label, score: scores[index] as number }))
        .filter(({ score }) => score >= lowest)
        .sort((a, b) => b.score - a.score)
        .slice(0, top);
    });
    return many ? found : (found[0] as Match[]);
  }

  return {
    threshold,
    get labels() {
      return matrix.labels;
    },
    count: (label) => examples.filter((example) => example.label === label).length,
    async enrol(label, clips, options = {}) {
      const groups = clipsToEnrol(label, clips, options);
      const rows = await embedAll('enrol', groups.flat(), options.signal);
      let start = 0;
      const added = groups.map(({ length }) => {
        const embeddings = new Float32Array(length * width);
        for (let i = 0; i < length; i++) embeddings.set(rows[start++] as Float32Array, i * width);
        return { label, embeddings };
      });
      change([...examples, ...added]);
    },
    match,
    remove(label, example) {
      const own = examples.filter((other) => other.label === label);
      if (own.length === 0) throw missing(`a label among ${matrix.labels.join(', ') || 'none'}`, label);
      if (example !== undefined && !own[example]) {
        throw missing(`an example of ${label} from 0 to ${own.length - 1}`, example);
      }
      const leaving = new Set(example === undefined ? own : [own[example]]);
      change(examples.filter((other) => !leaving.has(other)));
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

function missing(expected: string, sought: string | number): KinegraphError {
  return new KinegraphError({ code: 'not-found', where: 'remove', expected, actual: JSON.stringify(sought) ?? 'none' });
}

function checkThreshold(where: string, threshold: number): void {
  if (!Number.isFinite(threshold)) throw badOption(where, 'a threshold that is a finite number', String(threshold));
}
