import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { type ModelProto, ModelProtoSchema } from '../onnx/onnx_pb.ts';
import { outputSpecs } from '../onnx/read.ts';
import type { InputSpec } from '../skeleton/input.ts';
import { readBundle, sealBundle } from './bundle.ts';
import { type EnsembleSource, ensemble } from './ensemble.ts';
import { tinyBundle, tinyManifest, tinyModel, valueInfo, width } from './fixtures/tiny-bundle.ts';
import { tinyRuntime } from './fixtures/tiny-runtime.ts';
import { openModel } from './model.ts';

type Changes = Parameters<typeof tinyBundle>[0];

const named = (name: string, changes: Changes = {}, seed = 1) => ({ name, bytes: tinyBundle(changes, seed) });
const joint = named('joint', { streams: ['joint'] });
const bone = named('bone', { streams: ['bone'] }, 2);
const input = (changes: Partial<InputSpec>): Changes => ({ input: { ...tinyManifest.input, ...changes } });

/** A tiny bundle whose graph was changed before it was sealed. */
function changed(name: string, change: (model: ModelProto) => void, changes: Changes = {}): EnsembleSource {
  const model = fromBinary(ModelProtoSchema, tinyModel(2));
  change(model);
  return { name, bytes: sealBundle(toBinary(ModelProtoSchema, model), { ...tinyManifest, ...changes }) };
}

describe('ensemble', () => {
  it('says what it is made of', () => {
    const metrics = { top1: 0.9 };
    const measured = named('bone', { streams: ['bone'], metrics, threshold: 0.9 }, 2);
    const { manifest, model } = readBundle(ensemble([joint, measured], { weights: [2, 1], fuse: 'probabilities' }));
    const { weights, ...rest } = manifest;
    const digest = (bytes: Uint8Array) => readBundle(bytes).manifest.weights;
    const { encoder, input: seen, labels } = tinyManifest;
    expect(rest).toEqual({
      format: 1,
      task: 'classification',
      encoder: { id: 'ensemble', options: { fuse: 'probabilities' } },
      members: [
        { name: 'joint', weight: 2, encoder, streams: ['joint'], weights: digest(joint.bytes) },
        { name: 'bone', weight: 1, encoder, streams: ['bone'], metrics, weights: digest(bone.bytes) },
      ],
      input: seen,
      labels,
      outputs: { logits: 'logits', embedding: 'embedding' },
    });
    expect(outputSpecs(model.graph)).toEqual([
      { name: 'logits', dtype: 'float32', shape: ['batch', labels.length] },
      { name: 'embedding', dtype: 'float32', shape: ['batch', 2 * width] },
    ]);
  });

  it('is told apart by its weights, those of the fusion among them', () => {
    const digest = (weights: number[]) => readBundle(ensemble([joint, bone], { weights })).manifest.weights.sha256;
    expect(digest([1, 1])).toBe(digest([1, 1]));
    expect(digest([1, 1])).not.toBe(digest([2, 1]));
  });

  it('makes the same bytes of the same bundles, and leaves theirs alone', () => {
    const before = joint.bytes.slice();
    expect(ensemble([joint, bone])).toEqual(ensemble([joint, bone]));
    expect(joint.bytes).toEqual(before);
  });

  it('takes over license and data, each once, and what it is given instead', () => {
    const of = (license: string, data: string) => tinyBundle({ license, data });
    const bundles = [of('MIT', 'A'), of('CC-BY-4.0', 'A'), tinyBundle()];
    expect(readBundle(ensemble(bundles)).manifest).toMatchObject({ license: 'MIT; CC-BY-4.0', data: 'A' });
    const notes = { license: 'mine', metrics: { top1: 1 }, command: 'make', threshold: 0.7 };
    expect(readBundle(ensemble(bundles, notes)).manifest).toMatchObject({ ...notes, data: 'A' });
  });

  it('names members that have no name, or the same', () => {
    const names = (bundles: EnsembleSource[]) =>
      readBundle(ensemble(bundles)).manifest.members?.map(({ name }) => name);
    expect(names([joint.bytes, bone.bytes])).toEqual(['bundle-1', 'bundle-2']);
    const same = ['a', 'a', 'a-2', 'a'].map((name) => ({ ...joint, name }));
    expect(names(same)).toEqual(['a', 'a-3', 'a-2', 'a-4']);
  });

  it('stores equal tensors once', () => {
    const size = (bundles: EnsembleSource[]) => readBundle(ensemble(bundles)).model.graph.initializer.length;
    // Two matrices and a shape each; six numbers and an axis of the fusion.
    expect(size([joint, bone])).toBe(5 + 6);
    expect(size([joint, joint])).toBe(3 + 6);
  });

  it('has the outputs that all members have', () => {
    const bare = named('bare', { outputs: { logits: 'logits' } });
    expect(readBundle(ensemble([joint, bare])).manifest.outputs).toEqual({ logits: 'logits' });
    const embedders = [1, 2].map((seed) =>
      tinyBundle({ task: 'embedding', outputs: { embedding: 'embedding' } }, seed),
    );
    expect(readBundle(ensemble(embedders)).manifest).toMatchObject({
      task: 'embedding',
      outputs: { embedding: 'embedding' },
    });
  });

  it('leaves the bones to each member', () => {
    const { layout } = tinyManifest.input;
    const crossed = named('crossed', input({ layout: { ...layout, parents: [-1, 2, 0], bones: [[1, 0]] } }), 2);
    expect(readBundle(ensemble([joint, crossed])).manifest.input.layout).toEqual(layout);
  });

  it('opens like any bundle', async () => {
    const model = await openModel(ensemble([joint, bone]), { runtime: tinyRuntime() });
    expect(model.session.inputs.map(({ name }) => name)).toEqual(['positions']);
  });
});

describe('published weights', () => {
  const [jointMotion, boneMotion] = ['joint-motion', 'bone-motion'].map((stream) =>
    named(stream, { streams: [stream] }),
  );
  const all = [boneMotion, joint, jointMotion, bone] as EnsembleSource[];

  it.each([
    ['2s-agcn', [joint, bone], 'logits', [1, 1]],
    ['ctrgcn', all, 'logits', [0.4, 0.6, 0.4, 0.6]],
    ['infogcn', all, 'logits', [1, 1.5, 1, 1.5]],
    ['pyskl', all, 'probabilities', [1, 2, 1, 2]],
  ] as const)('%s goes by the streams', (weights, bundles, fuse, expected) => {
    const { encoder, members } = readBundle(ensemble(bundles, { weights })).manifest;
    expect(encoder.options).toEqual({ fuse });
    expect(members?.map(({ weight }) => weight)).toEqual(expected);
  });

  it('may sum something else', () => {
    const { options } = readBundle(ensemble(all, { weights: 'pyskl', fuse: 'logits' })).manifest.encoder;
    expect(options).toEqual({ fuse: 'logits' });
  });

  it.each<[string, EnsembleSource, RegExp]>([
    ['no streams', named('old'), /ensemble: old: expected streams of positions, or .*got a bundle that does not say/],
    ['both kinds', named('mixed', { streams: ['bone', 'bone-motion'] }), /ensemble: mixed: .*got bone, bone-motion/],
    ['motion', named('jm', { streams: ['joint-motion'] }), /jm: expected streams of positions, as .*got joint-motion/],
  ])('do not fit %s', (_, other, message) => {
    expect(() => ensemble([joint, other], { weights: '2s-agcn' })).toThrow(message);
  });
});

describe('an ensemble is refused', () => {
  const { layout } = tinyManifest.input;

  it.each<[string, EnsembleSource, RegExp]>([
    [
      'joints',
      changed('other', () => {}, input({ layout: { ...layout, joints: ['shoulder', 'wrist', 'elbow'] } })),
      /joint 1 as in joint, "elbow", got "wrist"/,
    ],
    [
      'fewer joints',
      changed(
        'other',
        ({ graph }) => {
          if (graph) graph.input = [valueInfo('positions', ['batch', 1, 2, 4, 2])];
        },
        input({ layout: { id: 'x', joints: ['a', 'b'], parents: [-1, 0] } }),
      ),
      /joints as in joint, 3, got 2/,
    ],
    [
      'frames',
      changed(
        'other',
        ({ graph }) => {
          if (graph) graph.input = [valueInfo('positions', ['batch', 1, 2, 8, 3])];
        },
        input({ frames: 8 }),
      ),
      /frames as in joint, 4, got 8/,
    ],
    ['sampling', named('other', input({ sampling: 'uniform' })), /sampling as in joint, crop-resize, got uniform/],
    ['fps', named('other', input({ fps: 30 })), /fps as in joint, none, got 30/],
    ['unit', named('other', input({ unit: 'meter' })), /unit as in joint, none, got meter/],
    ['a label', named('other', { labels: ['wave', 'jab', 'point'] }), /label 1 as in joint, "punch", got "jab"/],
    [
      'normalization',
      named('other', input({ normalize: ['center', 'box'] })),
      /normalize as in joint, none, got \["center","box"\]/,
    ],
    [
      'the center',
      named('other', input({ layout: { ...layout, center: 1 } })),
      /center joint as in joint, shoulder, got elbow/,
    ],
    ['the task', named('other', { task: 'embedding' }), /task as in joint, classification, got embedding/],
    [
      'the version of operators',
      changed('other', ({ opsetImport: [onnx] }) => {
        if (onnx) onnx.version = 20n;
      }),
      /the version of ONNX operators as in joint, 18, got 20/,
    ],
  ])('for %s', (_, other, message) => {
    expect(() => ensemble([joint, bone, other])).toThrow(message);
    expect(() => ensemble([joint, other])).toThrow(
      expect.objectContaining({ code: 'invalid-argument', where: 'ensemble: other' }),
    );
  });

  it.each<[string, readonly unknown[], object, RegExp]>([
    ['one bundle', [joint], {}, /2 to 100 bundles, got 1/],
    ['101', Array(101).fill(joint), {}, /2 to 100 bundles, got 101/],
    [
      '3 GB',
      Array(48).fill({ name: 'large', bytes: { length: 2 ** 26 } }),
      {},
      /at most 2147483647 bytes.*got 3221225472/,
    ],
    ['a path', [joint, 'bone.onnx'], {}, /bundles as bytes, or as { bytes, name }.*got string/],
    ['a path as name', [joint, { ...bone, name: 'a/b' }], {}, /without "\/", got "a\/b"/],
    ['no bytes', [joint, { name: 'bone' }], {}, /ensemble: bone: expected the bytes of a file, .*got undefined/],
    ['a weight too many', [joint, bone], { weights: [1, 1, 1] }, /one weight for each of 2 bundles, got 3/],
    ['weight 0', [joint, bone], { weights: [1, 0] }, /weights that are numbers above 0, got 0/],
    ['weight NaN', [joint, bone], { weights: [1, Number.NaN] }, /above 0, got NaN/],
    ['a weight that float32 has not', [joint, bone], { weights: [1, 1e39] }, /above 0, got 1e\+39/],
    ['unknown weights', [joint, bone], { weights: 'ctr' }, /one of 2s-agcn, ctrgcn, infogcn, pyskl, got "ctr"/],
    ['an unknown sum', [joint, bone], { fuse: 'scores' }, /fuse 'logits' or 'probabilities', got "scores"/],
    ['unknown options', [joint, bone], { wieghts: [1, 1] }, /options among weights, .*got "wieghts"/],
  ])('for %s', (_, bundles, options, message) => {
    const make = () => ensemble(bundles as EnsembleSource[], options);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('for operators of two versions that the first member does not have', () => {
    const quantized = (name: string, version: bigint) =>
      changed(name, ({ opsetImport }) => opsetImport.push({ ...opsetImport[0], domain: 'acme', version } as never));
    expect(() => ensemble([joint, quantized('a', 1n), quantized('b', 1n)])).not.toThrow();
    expect(() => ensemble([joint, quantized('a', 1n), quantized('b', 2n)])).toThrow(
      'ensemble: b: expected the version of acme operators as in a, 1, got 2',
    );
  });

  it.each<[string, Uint8Array, string, RegExp]>([
    ['a cut file', bone.bytes.slice(0, -40), 'invalid-bundle', /ensemble: bone: expected a complete ONNX file/],
    ['a foreign model', tinyModel(), 'invalid-bundle', /ensemble: bone: .*not made by Kinegraph/],
    ['a page', new TextEncoder().encode('<!DOCTYPE html><html lang="en">'), 'invalid-bundle', /ensemble: bone: .*text/],
    [
      'an ensemble',
      ensemble([joint, bone]),
      'unsupported',
      /bone: expected a bundle of one network, got an ensemble of 2/,
    ],
  ])('for %s as a member', (_, bytes, code, message) => {
    const make = () => ensemble([joint, { name: 'bone', bytes }]);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code, where: 'ensemble: bone' }));
  });

  it('for operators that are too old', () => {
    const old = changed('old', ({ opsetImport: [onnx] }) => {
      if (onnx) onnx.version = 12n;
    });
    expect(() => ensemble([old, old])).toThrow('ensemble: old: expected ONNX operators of version 13 or newer, got 12');
  });
});
