/** What enrolment takes: labels, clips, and random copies of them that make one example go further. */
import type { Augmentation } from '../skeleton/augment.ts';
import type { Clip } from '../skeleton/clip.ts';
import { createRandom, type Random } from '../tensor/random.ts';
import { checkClip } from './forward.ts';
import { labelProblem } from './gallery-record.ts';
import { badOption, checkOptions, type VerbOptions } from './options.ts';

/** What {@link Gallery.enrol} takes beside the clips. */
export interface EnrolOptions extends VerbOptions {
  /**
   * Random changes that leave the action what it is, applied in order to copies of each clip, which are enrolled along with it. Not every
   * change is harmless: `mirror` makes the left hand the right. Default: none.
   */
  readonly augment?: readonly Augmentation[] | undefined;
  /** Changed copies of each clip. Default: 8. */
  readonly copies?: number | undefined;
  /** Where the changes are drawn from. Default: a generator that draws the same for every call. */
  readonly random?: Random | undefined;
}

/** The most copies of a clip. */
const maxCopies = 1000;

/**
 * Checks what is to be enrolled, and makes the copies.
 *
 * @returns for each clip itself and its copies.
 * @throws `invalid-argument`
 */
export function clipsToEnrol(label: string, clips: Clip | readonly Clip[], options: EnrolOptions): Clip[][] {
  checkOptions('enrol', options, ['augment', 'copies', 'random', 'signal']);
  const problem = labelProblem(label);
  if (problem) throw badOption('enrol', problem, JSON.stringify(label) ?? 'none');
  const all = Array.isArray(clips) ? (clips as readonly Clip[]) : [clips as Clip];
  if (all.length === 0) throw badOption('enrol', 'at least one clip', 'none');
  for (const clip of all) checkClip('enrol', clip);
  const { augment, copies = 8, random = createRandom(1) } = options;
  if (augment === undefined && (options.copies ?? options.random) !== undefined) {
    throw badOption('enrol', 'augment: [mirror, rotate], or whatever copies are to differ by', 'none');
  }
  if (augment === undefined) return all.map((clip) => [clip]);
  if (!Array.isArray(augment) || augment.length === 0 || !augment.every((change) => typeof change === 'function')) {
    throw badOption('enrol', 'augment as a list of augmentations, such as [mirror, rotate]', describe(augment));
  }
  if (!(Number.isInteger(copies) && copies >= 1 && copies <= maxCopies)) {
    throw badOption('enrol', `copies from 1 to ${maxCopies}`, String(copies));
  }
  return all.map((clip) => [
    clip,
    ...Array.from({ length: copies }, () => augment.reduce((changed, change) => change(changed, random), clip)),
  ]);
}

function describe(augment: unknown): string {
  return JSON.stringify(augment) ?? typeof augment;
}
