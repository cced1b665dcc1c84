/** Random changes of training clips by name, as `--augment` takes them. */
import {
  type Augmentation,
  changeSpeed,
  cropTime,
  drift,
  dropJoints,
  jitter,
  KinegraphError,
  type Layout,
  mirror,
  rescale,
  rotate,
  stretchLimbs,
  type UpAxis,
} from '@kinegraph/core';

/** An augmentation and how strong it is. */
interface Known {
  /** By default; none where the strength is fixed. */
  readonly amount?: number;
  readonly highest: number;
  readonly about: string;
  make(amount: number, up: UpAxis): Augmentation;
}

const known: Readonly<Record<string, Known>> = {
  rotate: {
    amount: 0.3,
    highest: Math.PI,
    about: 'turn about all axes, at most so many radians',
    make: (max) => (clip, random) => rotate(clip, random, { max }),
  },
  turn: {
    amount: 0.5,
    highest: Math.PI,
    about: 'turn about the axis that points up, at most so many radians',
    make: (max, up) => {
      const about = up.endsWith('y') ? ([0, max, 0] as const) : ([0, 0, max] as const);
      return (clip, random) => rotate(clip, random, { max: about });
    },
  },
  view: {
    amount: 60,
    highest: 180,
    about: 'turn about y, then about x, each by whole degrees, at most so many (NW-UCLA)',
    make: (degrees) => (clip, random) => {
      const step = Math.PI / 180;
      const max = degrees * step;
      return rotate(rotate(clip, random, { max: [0, max, 0], step }), random, { max: [max, 0, 0], step });
    },
  },
  scale: {
    amount: 0.2,
    highest: 0.9,
    about: 'grow or shrink, at most by such a share',
    make: (range) => (clip, random) => rescale(clip, random, { range }),
  },
  limbs: {
    amount: 0.1,
    highest: 0.9,
    about: 'another build: bones longer or shorter, at most by such a share',
    make: (range) => (clip, random) => stretchLimbs(clip, random, { range }),
  },
  mirror: {
    amount: 0.5,
    highest: 1,
    about: 'swap left and right, with such a probability',
    make: (probability) => (clip, random) => mirror(clip, random, { probability }),
  },
  jitter: {
    amount: 0.01,
    highest: 1,
    about: 'noise on every joint, such a share of the body',
    make: (sigma) => (clip, random) => jitter(clip, random, { sigma }),
  },
  drift: {
    highest: 0,
    about: 'turn, scale and shift, changing over the clip (Kinetics)',
    make: () => drift,
  },
  speed: {
    amount: 0.2,
    highest: 0.9,
    about: 'faster or slower, and not evenly, at most by such a share',
    make: (range) => (clip, random) => changeSpeed(clip, random, { range }),
  },
  crop: {
    amount: 0.5,
    highest: 1,
    about: 'a stretch of at least such a share of the time',
    make: (minimum) => (clip, random) => cropTime(clip, random, { minimum }),
  },
  drop: {
    amount: 0.1,
    highest: 0.9,
    about: 'hide each joint with such a probability',
    make: (probability) => (clip, random) => dropJoints(clip, random, { probability }),
  },
};

/** One line of help for each. */
export const augmentationHelp: readonly string[] = Object.entries(known).map(
  ([name, { amount, about }]) => `${(amount === undefined ? name : `${name}:${amount}`).padEnd(12)} ${about}`,
);

/**
 * Reads `rotate`, `rotate:0.2` and so on; `none` for nothing.
 *
 * @param context the layout that is trained on and its upward axis.
 * @throws `invalid-argument` for an unknown name, an amount out of range, or `mirror` for a layout without left and right.
 */
export function augmentations(
  items: readonly string[],
  context: { readonly layout: Layout; readonly up: UpAxis },
): Augmentation[] {
  if (items.length === 1 && items[0] === 'none') return [];
  return items.map((item) => {
    const [name = '', amountText] = item.split(':');
    const entry = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!entry) throw refuse(`augmentations among ${Object.keys(known).join(', ')}`, `"${name}"`);
    if (entry.amount === undefined && amountText !== undefined) throw refuse(`${name} without an amount`, `"${item}"`);
    const amount = amountText === undefined ? (entry.amount ?? 0) : Number(amountText);
    if (amountText === '' || !(amount >= 0 && amount <= entry.highest)) {
      throw refuse(`${name} from 0 to ${Number(entry.highest.toFixed(2))}`, `"${amountText}"`);
    }
    if (name === 'mirror' && context.layout.mirror.every((partner, joint) => partner === joint)) {
      const hint = 'Mirrored joints have names that begin with left_ and right_.';
      throw refuse('a layout with left and right to mirror', context.layout.id, hint);
    }
    return entry.make(amount, context.up);
  });
}

function refuse(expected: string, actual: string, hint?: string): KinegraphError {
  return new KinegraphError({
    code: 'invalid-argument',
    where: '--augment',
    expected,
    actual,
    ...(hint ? { hint } : {}),
  });
}
