/** How the scores of an ensemble's members are fused, and the weights that papers publish for their streams. */
import { KinegraphError } from '../tensor/error.ts';
import { badOption } from '../tensor/options.ts';

/** What is summed: raw class scores, or probabilities. */
export type Fuse = 'logits' | 'probabilities';

/** A published fusion: one weight for streams of positions (joints, bones, k-modes), one for their motions. */
export interface PublishedFusion {
  readonly fuse: Fuse;
  readonly position: number;
  /** None where the paper has no motion streams. */
  readonly motion?: number;
}

/**
 * The weights of the authors' own evaluation scripts (spec encoders §5.6).
 *
 * `2s-agcn` joint and bone 1 : 1; `ctrgcn`, also of SkeletonGCL and Shift-GCN; `infogcn` over k-modes; `pyskl`, also of mmaction2, over
 * probabilities.
 */
export const fusionWeights = {
  '2s-agcn': { fuse: 'logits', position: 1 },
  ctrgcn: { fuse: 'logits', position: 0.6, motion: 0.4 },
  infogcn: { fuse: 'logits', position: 1.5, motion: 1 },
  pyskl: { fuse: 'probabilities', position: 2, motion: 1 },
} as const satisfies Readonly<Record<string, PublishedFusion>>;

/** A key of {@link fusionWeights}. */
export type FusionName = keyof typeof fusionWeights;

/** What a fusion is chosen by. */
export interface FusionOptions {
  /**
   * One for each bundle, in their order, or the name of a published fusion, which goes by the bundles' streams. By default equal, with the
   * sum 1.
   */
  readonly weights?: readonly number[] | FusionName;
  /** What is summed: that of a published fusion, else `logits`, by default. */
  readonly fuse?: Fuse;
}

/** A member as weights are chosen for it. */
interface Weighed {
  readonly name: string;
  readonly streams?: readonly string[] | undefined;
}

/**
 * The weight of each member, and what is summed.
 *
 * @throws `invalid-argument` for weights that are not one positive number for each member, or a published fusion that does not cover them.
 */
export function chooseFusion(
  where: string,
  members: readonly Weighed[],
  chosen: FusionOptions['weights'] = members.map(() => 1 / members.length),
  summed?: Fuse,
): { readonly fuse: Fuse; readonly weights: readonly number[] } {
  const published = typeof chosen === 'string' ? publishedFusion(where, chosen) : undefined;
  const fuse = summed ?? published?.fuse ?? 'logits';
  if (fuse !== 'logits' && fuse !== 'probabilities') {
    throw badOption(where, "fuse 'logits' or 'probabilities'", JSON.stringify(fuse));
  }
  if (published) return { fuse, weights: members.map((member) => publishedWeight(where, published, member)) };
  if (!Array.isArray(chosen) || chosen.length !== members.length) {
    const actual = Array.isArray(chosen) ? `${chosen.length}` : `${JSON.stringify(chosen)}`;
    throw badOption(where, `one weight for each of ${members.length} bundles`, actual);
  }
  const weights: readonly number[] = chosen;
  // As the graph will hold it: what float32 rounds to 0 or infinity is refused, too.
  const odd = weights.find((weight) => !(Math.fround(weight) > 0 && Number.isFinite(Math.fround(weight))));
  if (odd !== undefined) throw badOption(where, 'weights that are numbers above 0', `${odd}`);
  return { fuse, weights };
}

function publishedFusion(where: string, name: string): PublishedFusion {
  if (Object.hasOwn(fusionWeights, name)) return fusionWeights[name as FusionName];
  throw badOption(
    where,
    `weights as numbers, or one of ${Object.keys(fusionWeights).join(', ')}`,
    JSON.stringify(name),
  );
}

function publishedWeight(where: string, { position, motion }: PublishedFusion, { name, streams }: Weighed): number {
  const refuse = (expected: string) =>
    new KinegraphError({
      code: 'invalid-argument',
      where: `${where}: ${name}`,
      expected,
      actual: streams?.join(', ') ?? 'a bundle that does not say',
      hint: 'Give one number for each bundle instead.',
    });
  const motions = streams?.filter((stream) => stream.endsWith('motion')).length;
  if (motions === undefined || (motions > 0 && motions < (streams ?? []).length)) {
    throw refuse('streams of positions, or streams of motions');
  }
  if (motions === 0) return position;
  if (motion === undefined) throw refuse('streams of positions, as the published fusion has them');
  return motion;
}
