/** The runtime contract: every wrong feed is refused before the engine sees it, and does no harm. */
import { filled, float32, int64, type Tensor } from '../../tensor/tensor.ts';
import { tinyModel } from '../tiny-model.ts';
import { type RuntimeRule, refuses, runtimeRule, sameTensor } from './runtime-rule.ts';

/** sum = left + right, both [batch, 3]. */
const sumModel = (): Uint8Array =>
  tinyModel({
    inputs: ['left', 'right'].map((name) => ({ name, dtype: 'float32', shape: ['batch', 3] })),
    outputs: [{ name: 'sum', dtype: 'float32', shape: ['batch', 3] }],
    nodes: [['Add', ['left', 'right'], ['sum']]],
  });

const good = filled([2, 3], 1);
const unchecked = (value: unknown) => value as Tensor;

const wrong: readonly (readonly [what: string, feeds: unknown, code: 'invalid-argument' | 'invalid-shape'])[] = [
  ['no feeds at all', undefined, 'invalid-argument'],
  ['a missing feed', { left: good }, 'invalid-argument'],
  ['an unknown feed', { left: good, right: good, middle: good }, 'invalid-argument'],
  ['a feed that is no tensor', { left: good, right: [1, 2, 3] }, 'invalid-argument'],
  ['a feed of null', { left: good, right: null }, 'invalid-argument'],
  ['another element type', { left: good, right: int64([1, 2, 3], [1, 3]) }, 'invalid-argument'],
  ['another array', { left: good, right: { ...good, data: new Float64Array(6) } }, 'invalid-argument'],
  ['another rank', { left: good, right: float32([1, 2, 3]) }, 'invalid-shape'],
  ['another size', { left: good, right: filled([2, 4], 1) }, 'invalid-shape'],
  ['two sizes for one symbolic axis', { left: good, right: filled([1, 3], 1) }, 'invalid-shape'],
  ['too little data', { left: good, right: { ...good, data: new Float32Array(5) } }, 'invalid-shape'],
  ['a negative size', { left: good, right: { ...good, shape: [-2, -3] } }, 'invalid-shape'],
  ['a broken size', { left: good, right: { ...good, shape: [1.5, 4] } }, 'invalid-shape'],
  ['a shape of 2^40 rows', { left: good, right: { ...good, shape: [2 ** 40, 3] } }, 'invalid-shape'],
];

/** Feeds are checked before the engine sees them. */
export const feedRules: readonly RuntimeRule[] = [
  runtimeRule('refuses wrong feeds and goes on', async (runtime) => {
    const session = await runtime.load(sumModel());
    for (const [what, feeds, code] of wrong) {
      await refuses(what, () => session.run(feeds as Record<string, Tensor>), code);
    }
    sameTensor('sum', (await session.run({ left: good, right: good })).sum, filled([2, 3], 2));
  }),
  runtimeRule('lets NaN and infinity through', async (runtime) => {
    const session = await runtime.load(sumModel());
    const left = float32([Number.NaN, Number.POSITIVE_INFINITY, 1], [1, 3]);
    const { sum } = await session.run({ left, right: filled([1, 3], 1) });
    sameTensor('sum', unchecked(sum), float32([Number.NaN, Number.POSITIVE_INFINITY, 2], [1, 3]));
  }),
];
