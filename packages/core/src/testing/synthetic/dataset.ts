/** Labeled sets of synthetic motion, for training in tests, examples and demos. */

import type { Clip } from '../../skeleton/clip.ts';
import { KinegraphError } from '../../tensor/error.ts';
import { createRandom } from '../../tensor/random.ts';
import { type SyntheticAction, syntheticActions } from './actions.ts';
import { type SyntheticOptions, syntheticMotion } from './motion.ts';
import { combineSeeds } from './seed.ts';

/** A labeled synthetic clip. */
export interface SyntheticSample {
  /** `synthetic/<subject>/<action>/<index>` */
  readonly id: string;
  readonly clip: Clip;
  readonly label: SyntheticAction;
  /** From 1. */
  readonly subject: number;
}

/** What {@link syntheticDataset} takes beside the options of each clip. */
export interface SyntheticDatasetOptions extends SyntheticOptions {
  /** Default: all. */
  readonly actions?: readonly SyntheticAction[];
  /** How many people; numbered from 1. Default 4. */
  readonly subjects?: number;
  /** How often each of them performs each action. Default 2. */
  readonly clipsPerSubject?: number;
  /** Default 1. */
  readonly seed?: number;
}

/**
 * Makes a labeled set of synthetic clips; the same options give the same set, and a clip does not depend on how many others there are.
 *
 * Split it by subject, as one would with real people.
 *
 * @throws `invalid-argument` for a count below 1 or what {@link syntheticMotion} refuses.
 * @example
 * const samples = syntheticDataset({ actions: ['wave', 'squat', 'jump'], subjects: 6, seed: 1 });
 * const training = samples.filter(({ subject }) => subject % 2 === 1);
 */
export function syntheticDataset(options: SyntheticDatasetOptions = {}): SyntheticSample[] {
  const { actions = syntheticActions, subjects = 4, clipsPerSubject = 2, seed = 1, ...recording } = options;
  for (const [name, count] of Object.entries({ actions: actions.length, subjects, clipsPerSubject })) {
    if (!(Number.isInteger(count) && count > 0)) {
      const expected = `${name} of at least 1`;
      throw new KinegraphError({ code: 'invalid-argument', where: 'syntheticDataset', expected, actual: `${count}` });
    }
  }
  const samples: SyntheticSample[] = [];
  for (let subject = 1; subject <= subjects; subject++) {
    for (const label of actions) {
      for (let index = 0; index < clipsPerSubject; index++) {
        const random = createRandom(combineSeeds(seed, subject, syntheticActions.indexOf(label), index));
        const clip = syntheticMotion({ ...recording, action: label, subject, random });
        samples.push({ id: `synthetic/${subject}/${label}/${index}`, clip, label, subject });
      }
    }
  }
  return samples;
}
