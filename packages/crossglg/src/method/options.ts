/** What CrossGLG can be told, with the published values and our choices where the paper leaves something open. */
import { KinegraphError, type Tensor } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import type { ClassificationOptions } from '@kinegraph/core/train';
import { refuse } from '../refusal.ts';

/** What the texts of K classes say about V joints, from a text encoder of width d; `encodeDescriptions` gives it. */
export interface ClassTexts {
  /** The classes in order; checked against the task's labels if given. */
  readonly labels?: readonly string[];
  /** How important each joint is, `[K, V]`; each row sums to 1. */
  readonly importance: Tensor<'float32'>;
  /** Vectors of each joint's sentence, `[K, V, d]`. */
  readonly joints: Tensor<'float32'>;
}

/** From global to local: a head in the encoder learns which joints matter, and later blocks weigh joints by it. */
export interface ImportanceOptions {
  /** Blocks in front of the head, N_pre; by default half of the encoder's, rounded up: 5 of 9 or 10, as published. */
  readonly after?: number;
  /** Width of the head's hidden layer; by default the channels that it reads. */
  readonly hidden?: number;
  /**
   * Multiplies features by the importance itself, which shrinks them about V times; by default by V times it, so that joints that are
   * equally important change nothing.
   */
  readonly literal?: boolean;
  /**
   * How far importance is from its target: squared differences summed over joints (`sum`, the default) or averaged (`mean`, the literal
   * reading, whose gradient is V times smaller), or the Kullback-Leibler divergence (`kl`).
   */
  readonly distance?: 'sum' | 'mean' | 'kl';
  /**
   * Share of the target that is spread over all joints; 0 by default, as published. Where most texts name the same joints, the others are
   * multiplied by nearly 0 for every class, and what they show is lost; with 0.5 they keep half of their features.
   */
  readonly smoothing?: number;
  /** Weight of the loss term `calibration`; 0.5 by default, as published. */
  readonly weight?: number;
}

/** From local to global: while training, texts of the joints and features of the joints together make a second feature to classify. */
export interface GuidanceOptions {
  /** Blocks of attention and fusion; 2 by default. */
  readonly blocks?: number;
  /** Heads of each attention; 4 by default. */
  readonly heads?: number;
  /** Width of the hidden layer of the fusion, as a multiple of the encoder's; 2 by default. */
  readonly ratio?: number;
  /** Share dropped behind each attention and fusion; 0.1 by default. */
  readonly dropout?: number;
  /** Share of the joints' texts that is left out of each sample, drawn anew for each step; 0.5 by default. */
  readonly textDropout?: number;
  /** Weight of the loss term `guidance`; 0.2 by default, as published. */
  readonly weight?: number;
}

/** Options of {@link crossglg}. */
export interface CrossglgOptions extends Omit<ClassificationOptions, 'segments'> {
  readonly texts: ClassTexts;
  /** Joint importance; `false` leaves it out. */
  readonly globalToLocal?: boolean | ImportanceOptions;
  /** The text branch; `false` leaves it out. */
  readonly localToGlobal?: boolean | GuidanceOptions;
  /** One linear layer (the default), or one with a hidden layer as wide as the features, which costs more at inference. */
  readonly classifier?: 'linear' | 'mlp';
  /** Whether the bundle has the features of each joint as one more output, `joints` `[batch, V, width]`; false by default. */
  readonly jointOutput?: boolean;
}

/** {@link ImportanceOptions} with defaults; what depends on the encoder stays open. */
export interface ImportancePlan extends Required<Omit<ImportanceOptions, 'after' | 'hidden'>> {
  readonly after: number | undefined;
  readonly hidden: number | undefined;
}

/** {@link GuidanceOptions} with defaults. */
export type GuidancePlan = Required<GuidanceOptions>;

/** Checked options: a part that is left out is undefined. */
export interface CrossglgPlan {
  readonly texts: ClassTexts;
  readonly importance: ImportancePlan | undefined;
  readonly guidance: GuidancePlan | undefined;
  readonly classifier: 'linear' | 'mlp';
  readonly jointOutput: boolean;
  readonly personPooling: 'mean' | 'masked-mean';
  /** What the task of classification is given. */
  readonly classification: Omit<ClassificationOptions, 'personPooling' | 'segments'>;
}

const where = 'crossglg';
const classificationOptions = ['labelSmoothing', 'dropout', 'personPooling', 'headDeviation', 'bottleneck'];

/**
 * Checks what `crossglg` was given; what `classification` takes is checked there.
 *
 * @throws `invalid-argument`; `invalid-shape` if the texts are not those of the labels
 */
export function planCrossglg(labels: readonly string[], options: CrossglgOptions): CrossglgPlan {
  const own = ['texts', 'globalToLocal', 'localToGlobal', 'classifier', 'jointOutput'];
  checkOptions(where, options, [...own, ...classificationOptions]);
  const { texts, globalToLocal = true, localToGlobal = true, classifier = 'linear', jointOutput = false } = options;
  const { personPooling = 'mean', labelSmoothing, dropout, headDeviation, bottleneck } = options;
  checkTexts(labels, texts);
  checkChoice('classifier', classifier, ['linear', 'mlp']);
  checkChoice('personPooling', personPooling, ['mean', 'masked-mean']);
  if (classifier === 'mlp' && bottleneck) throw refuse(where, 'one of bottleneck and classifier mlp', 'both');
  return {
    texts,
    importance: globalToLocal === false ? undefined : planImportance(globalToLocal === true ? {} : globalToLocal),
    guidance: localToGlobal === false ? undefined : planGuidance(localToGlobal === true ? {} : localToGlobal),
    classifier,
    jointOutput,
    personPooling,
    classification: {
      ...(labelSmoothing !== undefined && { labelSmoothing }),
      ...(dropout !== undefined && { dropout }),
      ...(headDeviation !== undefined && { headDeviation }),
      ...(bottleneck !== undefined && { bottleneck }),
    },
  };
}

function planImportance(options: ImportanceOptions): ImportancePlan {
  checkOptions(`${where}: globalToLocal`, options, ['after', 'hidden', 'literal', 'distance', 'smoothing', 'weight']);
  const { after, hidden, literal = false, distance = 'sum', smoothing = 0, weight = 0.5 } = options;
  if (after !== undefined) checkWhole('after', after);
  if (hidden !== undefined) checkWhole('hidden', hidden);
  checkChoice('distance', distance, ['sum', 'mean', 'kl']);
  if (!(smoothing >= 0 && smoothing <= 1)) throw refuse(where, 'smoothing from 0 to 1', `${smoothing}`);
  checkAtLeast0('weight', weight);
  return { after, hidden, literal, distance, smoothing, weight };
}

function planGuidance(options: GuidanceOptions): GuidancePlan {
  const known = ['blocks', 'heads', 'ratio', 'dropout', 'textDropout', 'weight'];
  checkOptions(`${where}: localToGlobal`, options, known);
  const { blocks = 2, heads = 4, ratio = 2, dropout = 0.1, textDropout = 0.5, weight = 0.2 } = options;
  for (const [name, value] of Object.entries({ blocks, heads })) checkWhole(name, value);
  for (const [name, value] of Object.entries({ dropout, textDropout })) {
    if (!(value >= 0 && value < 1)) throw refuse(where, `${name} of at least 0 and below 1`, `${value}`);
  }
  if (!(ratio > 0 && Number.isFinite(ratio))) throw refuse(where, 'ratio above 0', `${ratio}`);
  checkAtLeast0('weight', weight);
  return { blocks, heads, ratio, dropout, textDropout, weight };
}

function checkTexts(labels: readonly string[], texts: ClassTexts): void {
  const { importance, joints } = texts ?? {};
  if (!importance?.shape || !joints?.shape) {
    throw refuse(where, 'texts, as encodeDescriptions gives them', 'none');
  }
  const [k, v] = importance.shape;
  const fits = importance.shape.length === 2 && joints.shape.length === 3 && k === joints.shape[0];
  if (!fits || v !== joints.shape[1] || k !== labels.length) {
    throw new KinegraphError({
      code: 'invalid-shape',
      where: `${where}: texts`,
      expected: `importance [${labels.length}, V] and joints [${labels.length}, V, d]`,
      actual: `[${importance.shape.join(', ')}] and [${joints.shape.join(', ')}]`,
      hint: 'Encode one description a label: descriptionsFor(labels, descriptions).',
    });
  }
  const odd = texts.labels?.findIndex((label, i) => plain(label) !== plain(labels[i] ?? '')) ?? -1;
  if (odd >= 0) throw refuse(where, `texts of "${labels[odd]}" at ${odd}`, `"${texts.labels?.[odd]}"`);
}

function plain(label: string): string {
  return label.toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim();
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (!choices.includes(value as string)) {
    throw refuse(where, `${name} among ${choices.join(', ')}`, JSON.stringify(value) ?? 'none');
  }
}

function checkWhole(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1))
    throw refuse(where, `${name}, a whole number of at least 1`, `${value}`);
}

function checkAtLeast0(name: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value))) throw refuse(where, `${name} of at least 0`, `${value}`);
}
