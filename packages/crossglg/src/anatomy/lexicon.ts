/** The words that people use for parts of the body, and the parts that each stands for. */
import { type PartKind, partKinds } from './parts.ts';

/** What a word for some part of the body stands for. */
export interface Term {
  readonly kinds: readonly PartKind[];
  /** Whether a side may go before it: `left arm`, but not `left torso`. */
  readonly sided: boolean;
}

const hand: readonly PartKind[] = ['hand', 'fingertip', 'thumb'];
const arm: readonly PartKind[] = ['shoulder', 'elbow', 'wrist', ...hand];
const foot: readonly PartKind[] = ['ankle', 'foot'];
const leg: readonly PartKind[] = ['hip', 'knee', ...foot];
const head: readonly PartKind[] = ['head', 'neck'];
const torso: readonly PartKind[] = ['chest', 'spine', 'pelvis'];

/** Singular and plural of words that can take a side. */
const limbs: readonly (readonly [words: string, kinds: readonly PartKind[]])[] = [
  ['arm/arms', arm],
  ['upper arm/upper arms/bicep/biceps', ['shoulder', 'elbow']],
  ['forearm/forearms/lower arm/lower arms', ['elbow', 'wrist']],
  ['shoulder/shoulders/shoulder blade/shoulder blades/collarbone/collarbones/armpit/armpits', ['shoulder']],
  ['elbow/elbows', ['elbow']],
  ['wrist/wrists', ['wrist']],
  ['hand/hands/fist/fists', hand],
  ['palm/palms/knuckle/knuckles/back of hand/hand back', ['hand']],
  ['finger/fingers', ['fingertip', 'thumb']],
  ['fingertip/fingertips/hand tip/hand tips/index finger/index fingers/forefinger/forefingers', ['fingertip']],
  ['middle finger/middle fingers/ring finger/ring fingers/little finger/little fingers/pinky', ['fingertip']],
  ['thumb/thumbs', ['thumb']],
  ['leg/legs', leg],
  ['thigh/thighs/upper leg/upper legs', ['hip', 'knee']],
  ['shin/shins/calf/calves/lower leg/lower legs', ['knee', 'ankle']],
  ['hip joint/hip joints/groin', ['hip']],
  ['knee/knees/kneecap/kneecaps', ['knee']],
  ['ankle/ankles', ['ankle']],
  ['foot/feet', foot],
  ['heel/heels/toe/toes/big toe/big toes/sole/soles', ['foot']],
];

const wholes: readonly (readonly [words: string, kinds: readonly PartKind[]])[] = [
  ['head/face/forehead/mouth/lips/nose/chin/jaw/hair/skull', head],
  ['neck/throat/nape', ['neck']],
  ['chest/sternum/breastbone/upper torso/ribs/rib cage/upper back', ['chest']],
  ['torso/trunk/core', torso],
  ['back', ['chest', 'spine']],
  ['spine/stomach/belly/abdomen/mid spine/midsection', ['spine']],
  ['lower back/waist', ['spine', 'pelvis']],
  ['pelvis/spine base/buttocks/hip center', ['pelvis']],
  ['hips', ['pelvis', 'hip']],
  ['upper body', [...head, 'chest', 'spine', ...arm]],
  ['lower body', ['pelvis', ...leg]],
  ['body/whole body/entire body/full body', partKinds],
];

/** Words of the head that come in pairs, but name no joint of their own. */
const features = 'eye/eyes/ear/ears/cheek/cheeks/temple/temples/eyebrow/eyebrows';

/** Every word or group of words for a part of the body. */
export const lexicon: ReadonlyMap<string, Term> = new Map<string, Term>([
  ...wholes.flatMap(([words, kinds]) => words.split('/').map((word) => [word, { kinds, sided: false }] as const)),
  ...features.split('/').map((word) => [word, { kinds: head, sided: true }] as const),
  ...limbs.flatMap(([words, kinds]) => words.split('/').map((word) => [word, { kinds, sided: true }] as const)),
  // One hip is a joint; the hips are both, with what is between them.
  ['hip', { kinds: ['hip'], sided: true }],
]);

/** Most words of a term. */
export const longestTerm = Math.max(...[...lexicon.keys()].map((term) => term.split(' ').length));
