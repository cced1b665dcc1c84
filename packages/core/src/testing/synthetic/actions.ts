/** The synthetic actions: each a pose for every point of its course. */
import { crouch, guard, reaching, seated, squatting, stand, stretched } from './key-poses.ts';
import { amplified, between, type Key, type Pose, shifted } from './pose.ts';

/** What varies from one performance of an action to the next. */
export interface Style {
  /** Size of the movement, about 1. */
  readonly amplitude: number;
  /** How long the performance takes, in seconds. */
  readonly seconds: number;
  /** How often a repeated movement is repeated. */
  readonly repetitions: number;
  /** Where a repeated movement starts, 0..1 of its period. */
  readonly phase: number;
  /** Length of a leg in meters. */
  readonly leg: number;
}

interface Action {
  /** Usual length of a performance at speed 1, in seconds for each repetition. */
  readonly seconds: number;
  /** The fewest and most repetitions. */
  readonly repetitions: readonly [least: number, most: number];
  /** The pose of a right-handed person at a point of the performance, 0..1. */
  readonly pose: (at: number, style: Style) => Pose;
}

/** One movement after another through the same keys. */
function repeated(keys: readonly Key[]): Action['pose'] {
  return (at, { repetitions, amplitude }) => {
    const within = at >= 1 ? 1 : (at * repetitions) % 1;
    return amplified(between(keys, within), amplitude);
  };
}

/** All synthetic actions by name. */
export const actions = {
  idle: { seconds: 2.5, repetitions: [1, 1], pose: () => stand },

  wave: {
    seconds: 0.6,
    repetitions: [3, 5],
    pose(at, { repetitions, amplitude, phase }) {
      const raised: Pose = { rightSpread: 68, rightRoll: -90, rightElbow: 95, rightRaise: 8, side: 2 };
      const arm = between(
        [
          [0, stand],
          [0.18, raised],
          [0.82, raised],
          [1, stand],
        ],
        at,
      );
      const swing = Math.min(Math.max(Math.min(at - 0.12, 0.88 - at) / 0.08, 0), 1);
      const angle = 2 * Math.PI * (repetitions * 1.4 * at + phase);
      return shifted(arm, {
        rightElbow: 28 * amplitude * swing * Math.sin(angle),
        rightRoll: 8 * swing * Math.cos(angle),
      });
    },
  },

  squat: {
    seconds: 1.9,
    repetitions: [1, 2],
    pose: repeated([
      [0, stand],
      [0.42, squatting],
      [0.52, squatting],
      [0.95, stand],
      [1, stand],
    ]),
  },

  jump: {
    seconds: 2.4,
    repetitions: [1, 1],
    pose(at, { amplitude, seconds, leg }) {
      const height = 0.3 * amplitude;
      // Thrown up at v, one is in the air for 2v/g and rises v²/2g.
      const air = Math.min((2 * Math.sqrt((2 * height) / 9.81)) / seconds, 0.4);
      const [off, landed] = [0.42, 0.42 + air];
      const ground = amplified(crouch, amplitude);
      const landing: Pose = { leftRaise: 70, rightRaise: 70, leftElbow: 20, rightElbow: 20 };
      const after: Pose = { ...amplified(ground, 0.8), leftRaise: 50, rightRaise: 50 };
      const keys: Key[] = [
        [0, stand],
        [0.18, ground],
        [off, stretched],
        [landed, landing],
        [landed + 0.15, after],
        [0.99, stand],
      ];
      const flight = (at - off) / air;
      if (flight <= 0 || flight >= 1) return between(keys, at);
      const rise = (4 * flight * (1 - flight) * height) / leg;
      const toes = 35 * Math.sin(Math.PI * flight);
      return { ...between(keys, at), rise, leftToes: toes, rightToes: toes };
    },
  },

  punch: {
    seconds: 1.5,
    repetitions: [2, 3],
    pose(at, { repetitions, amplitude, phase }) {
      const cross: Pose = {
        ...guard,
        ahead: 0.06,
        twist: 38,
        bend: 12,
        rightRaise: 88,
        rightElbow: 6,
        rightSpread: -8,
      };
      const jab: Pose = { ...guard, ahead: 0.03, twist: -30, leftRaise: 86, leftElbow: 6, leftSpread: -4 };
      const ready = between(
        [
          [0, stand],
          [0.14, guard],
          [0.84, guard],
          [1, stand],
        ],
        at,
      );
      const course = (at - 0.14) / 0.7;
      if (course <= 0 || course >= 1) return ready;
      const left = (Math.floor(course * repetitions) + Math.round(phase)) % 2 === 1;
      const hit = amplified(left ? jab : cross, Math.min(amplitude, 1.05));
      return between(
        [
          [0, guard],
          [0.1, guard],
          [0.45, hit],
          [0.5, hit],
          [0.9, guard],
          [1, guard],
        ],
        (course * repetitions) % 1,
      );
    },
  },

  kick: {
    seconds: 2.1,
    repetitions: [1, 2],
    pose(at, style) {
      const { amplitude } = style;
      const ready: Pose = { ...guard, aside: -0.04, twist: 0 };
      const drawn: Pose = {
        ...ready,
        aside: -0.1,
        ahead: 0.06,
        rightAhead: 0.3,
        rightLift: 0.5,
        rightToes: 25,
        tilt: -6,
      };
      const hit: Pose = {
        ...drawn,
        tilt: -20,
        bend: 14,
        rightAhead: 0.96,
        rightLift: Math.min(0.72 * amplitude, 0.9),
        rightToes: -20,
        rightRaise: -5,
        rightElbow: 60,
      };
      const keys: Key[] = [
        [0, stand],
        [0.18, ready],
        [0.22, ready],
        [0.39, drawn],
        [0.52, hit],
        [0.55, hit],
        [0.67, drawn],
        [0.82, ready],
        [1, stand],
      ];
      return between(keys, at >= 1 ? 1 : (at * style.repetitions) % 1);
    },
  },

  walk: {
    seconds: 1.1,
    repetitions: [2, 3],
    pose(at, { repetitions, amplitude, phase }) {
      const step = 0.42 * amplitude;
      const cycles = at * repetitions;
      const left = foot(cycles + phase, step);
      const right = foot(cycles + phase + 0.5, step);
      const angle = 2 * Math.PI * (cycles + phase);
      const swing = 26 * amplitude * Math.cos(angle - 0.3);
      return {
        // The foot on the ground goes back by a step in 0.6 of the cycle, so the body goes ahead as fast.
        travel: (cycles * 2 * step) / 1.2,
        drop: 0.035 + 0.012 * Math.cos(2 * angle),
        aside: 0.02 * Math.sin(angle),
        tilt: 3,
        twist: 0.25 * swing,
        leftAhead: left.ahead,
        leftLift: left.lift,
        leftToes: left.toes,
        rightAhead: right.ahead,
        rightLift: right.lift,
        rightToes: right.toes,
        leftRaise: -swing,
        rightRaise: swing,
        leftElbow: 22 - 0.4 * swing,
        rightElbow: 22 + 0.4 * swing,
      };
    },
  },

  sit: {
    seconds: 2.4,
    repetitions: [1, 1],
    pose(at) {
      const lowering: Pose = { ...seated, drop: 0.36, ahead: -0.36, tilt: 30, bend: 18, nod: -12 };
      return between(
        [
          [0, stand],
          [0.1, stand],
          [0.45, lowering],
          [0.62, seated],
          [1, seated],
        ],
        at,
      );
    },
  },

  'pick up': {
    seconds: 2.8,
    repetitions: [1, 1],
    pose(at, { amplitude }) {
      const bent = amplified(reaching, Math.min(Math.max(amplitude, 0.95), 1.05));
      const holding: Pose = { leftAhead: 0.12, rightAhead: -0.06, rightRaise: 22, rightElbow: 85, nod: 15 };
      return between(
        [
          [0, stand],
          [0.08, stand],
          [0.42, bent],
          [0.52, bent],
          [0.9, holding],
          [1, holding],
        ],
        at,
      );
    },
  },
} as const satisfies Record<string, Action>;

/** The name of a synthetic action. */
export type SyntheticAction = keyof typeof actions;

/** The names of all synthetic actions. */
export const syntheticActions = Object.keys(actions) as readonly SyntheticAction[];

/** A walking foot relative to the pelvis: 0.6 of the cycle on the ground from front to back, the rest through the air to the front. */
function foot(phase: number, step: number): { ahead: number; lift: number; toes: number } {
  const at = phase - Math.floor(phase);
  if (at < 0.6) return { ahead: step * (0.5 - at / 0.6), lift: 0, toes: 0 };
  const s = (at - 0.6) / 0.4;
  const smooth = s * s * (3 - 2 * s);
  return {
    ahead: step * (smooth - 0.5),
    lift: 0.14 * Math.sin(Math.PI * s),
    toes: 30 * Math.sin(Math.PI * s) * (1 - s),
  };
}
