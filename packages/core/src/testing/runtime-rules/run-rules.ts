/** The runtime contract: loading, running, element types, order, and recovery from failure. */
import { filled, float32, int64, type Tensor, tensor } from '../../tensor/tensor.ts';
import { tinyModel } from '../tiny-model.ts';
import { outcomesOf, type RuntimeRule, refuses, runtimeRule, same, sameTensor } from './runtime-rule.ts';

/** y = 2 x + 1 over `x` [batch, 3]. */
export const affineModel = (): Uint8Array =>
  tinyModel({
    inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 3] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['batch', 3] }],
    nodes: [
      ['Mul', ['x', 'two'], ['doubled']],
      ['Add', ['doubled', 'one'], ['y']],
    ],
    weights: { two: float32([2], []), one: float32([1], []) },
  });

/** Reshapes `x` to what `shape` says, so that a run can fail inside the engine although its feeds are well formed. */
const reshapeModel = (): Uint8Array =>
  tinyModel({
    inputs: [
      { name: 'x', dtype: 'float32', shape: ['n'] },
      { name: 'shape', dtype: 'int64', shape: [1] },
    ],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['m'] }],
    nodes: [['Reshape', ['x', 'shape'], ['y']]],
  });

/** A model whose weight declares 50,000 x 50,000 elements, 10 GB, and brings one. */
const swollenModel = (): Uint8Array =>
  tinyModel({
    inputs: [{ name: 'x', dtype: 'float32', shape: [1] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: [50_000, 50_000] }],
    nodes: [['Add', ['x', 'weight'], ['y']]],
    weights: { weight: { dtype: 'float32', shape: [50_000, 50_000], data: Float32Array.of(1) } },
  });

const everyType: Readonly<Record<string, Tensor>> = {
  float32: float32([1.5, -0, Number.NaN, Number.POSITIVE_INFINITY]),
  float16: tensor('float16', [3], Uint16Array.of(0x3c00, 0xc000, 0x7c00)),
  int32: tensor('int32', [2], Int32Array.of(-(2 ** 31), 2 ** 31 - 1)),
  int64: tensor('int64', [2], BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n)),
  uint8: tensor('uint8', [3], Uint8Array.of(0, 128, 255)),
  bool: tensor('bool', [3], Uint8Array.of(0, 1, 1)),
};

/** Results, order of runs, element types and what happens after a failure. */
export const runRules: readonly RuntimeRule[] = [
  runtimeRule('describes what it loaded', async (runtime) => {
    const session = await runtime.load(affineModel());
    same('inputs', JSON.stringify(session.inputs), '[{"name":"x","dtype":"float32","shape":["batch",3]}]');
    same('outputs', JSON.stringify(session.outputs), '[{"name":"y","dtype":"float32","shape":["batch",3]}]');
    for (const text of [runtime.id, session.report.engine, session.report.provider]) {
      same('a name in the report', typeof text === 'string' && text !== '', true);
    }
    same('rejected providers', Array.isArray(session.report.rejected), true);
  }),
  runtimeRule('runs with any size of a symbolic axis', async (runtime) => {
    const session = await runtime.load(affineModel());
    for (const batch of [1, 4, 2]) {
      const { y } = await session.run({ x: filled([batch, 3], batch) });
      sameTensor('y', y, filled([batch, 3], 2 * batch + 1));
    }
  }),
  runtimeRule('moves every element type unchanged', async (runtime) => {
    const specs = Object.values(everyType).map(({ dtype, shape }) => ({ name: dtype, dtype, shape }));
    const session = await runtime.load(
      tinyModel({
        inputs: specs,
        outputs: specs.map((spec) => ({ ...spec, name: `${spec.name}_out` })),
        nodes: specs.map(({ name }) => ['Identity', [name], [`${name}_out`]]),
      }),
    );
    const results = await session.run(everyType);
    for (const [name, value] of Object.entries(everyType)) sameTensor(name, results[`${name}_out`], value);
  }),
  runtimeRule('leaves the feeds alone, and takes views into larger arrays', async (runtime) => {
    const session = await runtime.load(affineModel());
    const all = Float32Array.from({ length: 9 }, (_, index) => index);
    const x = tensor('float32', [1, 3], all.subarray(3, 6));
    sameTensor('y', (await session.run({ x })).y, float32([7, 9, 11], [1, 3]));
    sameTensor('y again', (await session.run({ x })).y, float32([7, 9, 11], [1, 3]));
    same('the array', all.join(), '0,1,2,3,4,5,6,7,8');
  }),
  runtimeRule('fetches what was asked for, and refuses unknown outputs', async (runtime) => {
    const session = await runtime.load(
      tinyModel({
        inputs: [{ name: 'x', dtype: 'float32', shape: [2] }],
        outputs: ['negative', 'square'].map((name) => ({ name, dtype: 'float32', shape: [2] })),
        nodes: [
          ['Neg', ['x'], ['negative']],
          ['Mul', ['x', 'x'], ['square']],
        ],
      }),
    );
    const x = float32([3, 4]);
    same('default outputs', Object.keys(await session.run({ x })).sort(), 'negative,square');
    const fetched = await session.run({ x }, { fetch: ['square'] });
    same('fetched outputs', Object.keys(fetched), 'square');
    sameTensor('square', fetched.square, float32([9, 16]));
    await refuses('an unknown output', () => session.run({ x }, { fetch: ['cube'] }), 'invalid-argument');
  }),
  runtimeRule('queues runs that are asked for at once', async (runtime) => {
    const [first, second] = await Promise.all([runtime.load(affineModel()), runtime.load(affineModel())]);
    const runs = Array.from({ length: 8 }, (_, index) =>
      (index % 2 ? first : second).run({ x: filled([index + 1, 3], index) }),
    );
    for (const [index, { y }] of (await Promise.all(runs)).entries()) {
      sameTensor(`run ${index}`, y, filled([index + 1, 3], 2 * index + 1));
    }
  }),
  runtimeRule('survives a run that fails inside the engine', async (runtime) => {
    const session = await runtime.load(reshapeModel());
    const x = float32([1, 2, 3]);
    const runs = await outcomesOf([3, 2, 3].map((size) => session.run({ x, shape: int64([size]) })));
    await refuses('a reshape of 3 elements to 2', runs[1]!, 'runtime');
    for (const run of [runs[0]!, runs[2]!]) sameTensor('y', (await run()).y, x);
  }),
  runtimeRule('refuses what is no model, and loads the next', async (runtime) => {
    const model = affineModel();
    const garbage = Uint8Array.from({ length: 64 }, (_, index) => (index * 37) % 256);
    await refuses('no bytes', () => runtime.load(new Uint8Array()), 'invalid-argument');
    await refuses('text', () => runtime.load('model.onnx' as unknown as Uint8Array), 'invalid-argument');
    await refuses('a truncated model', () => runtime.load(model.slice(0, model.length / 2)), 'runtime');
    await refuses('garbage', () => runtime.load(garbage), 'runtime');
    await refuses('a weight that claims 10 GB', () => runtime.load(swollenModel()), 'runtime');
    sameTensor('y', (await (await runtime.load(model)).run({ x: filled([1, 3], 1) })).y, filled([1, 3], 3));
  }),
];
