import { createHash } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getMetadata, setMetadata } from '../onnx/metadata.ts';
import {
  TensorProto_DataType as DataType,
  type ModelProto,
  ModelProtoSchema,
  type ValueInfoProto,
} from '../onnx/onnx_pb.ts';
import { KinegraphError } from '../tensor/error.ts';
import { readBundle, sealBundle } from './bundle.ts';
import { seal, sealKey } from './digest.ts';
import { labels, tinyBundle, tinyManifest, tinyModel, tinyWeights, valueInfo } from './fixtures/tiny-bundle.ts';

const { input } = tinyManifest;

/** The tiny model's bytes after a change. */
function changed(bytes: Uint8Array, change: (model: ModelProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  change(model);
  return toBinary(ModelProtoSchema, model);
}

function withInputs(...inputs: ValueInfoProto[]): Uint8Array {
  return changed(tinyModel(), ({ graph }) => {
    if (graph) graph.input = inputs;
  });
}

describe('sealBundle and readBundle', () => {
  it('keep the manifest and the graph', () => {
    const { manifest, model } = readBundle(tinyBundle());
    const { weights, ...rest } = manifest;
    expect(rest).toEqual(tinyManifest);
    expect(weights.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(toBinary(ModelProtoSchema, create(ModelProtoSchema, { ...model, metadataProps: [] }))).toEqual(tinyModel());
  });

  it('take the digest of the weights as documented', () => {
    const { project, head } = tinyWeights(1);
    const digest = createHash('sha256')
      .update('["flat_shape",7,[2]]\n')
      .update(Uint8Array.from([...Array(8).fill(255), 24, ...Array(7).fill(0)]))
      .update('["head",1,[6,3]]\n')
      .update(new Uint8Array(head.data.buffer))
      .update('["project",1,[24,6]]\n')
      .update(new Uint8Array(project.data.buffer))
      .digest('hex');
    expect(readBundle(tinyBundle()).manifest.weights.sha256).toBe(digest);
  });

  it('give the digest to the weights, not to the words about them', () => {
    const digest = (bytes: Uint8Array) => readBundle(bytes).manifest.weights.sha256;
    expect(digest(tinyBundle({ license: 'MIT' }))).toBe(digest(tinyBundle()));
    expect(digest(tinyBundle({}, 2))).not.toBe(digest(tinyBundle()));
  });

  it('seal again after a change', () => {
    const again = sealBundle(tinyBundle(), { ...tinyManifest, license: 'MIT' });
    expect(readBundle(again).manifest.license).toBe('MIT');
    expect(readBundle(again).model.metadataProps.map(({ key }) => key)).toEqual(['kinegraph', 'kinegraph.sha256']);
  });

  it('keep the entries of others', () => {
    const named = changed(tinyModel(), (model) => setMetadata(model, 'author', 'me'));
    const bundle = readBundle(sealBundle(named, tinyManifest));
    expect(bundle.model.metadataProps[0]).toMatchObject({ key: 'author', value: 'me' });
  });
});

describe('readBundle', () => {
  it('says that an ONNX file is not ours, and what it lacks', () => {
    expect(() => readBundle(tinyModel())).toThrow(
      'a metadata entry "kinegraph", got entries: none. This ONNX model was not',
    );
  });

  it('refuses a bundle that was changed and not sealed again', () => {
    const touched = changed(tinyBundle(), (model) => {
      model.docString = 'harmless';
    });
    expect(() => readBundle(touched)).toThrow('differs from its digest. Download it again');
  });

  it('refuses every cut and every flipped bit', () => {
    const bytes = tinyBundle();
    const refuses = (damaged: Uint8Array) => {
      try {
        readBundle(damaged);
      } catch (error) {
        return KinegraphError.is(error, 'invalid-bundle');
      }
      return false;
    };
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (position, bit) => {
        const flipped = bytes.with(position, (bytes[position] as number) ^ (1 << bit));
        return refuses(flipped) && refuses(bytes.slice(0, position)) && refuses(bytes.slice(position + 1));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a manifest that lies', () => {
  it.each<[string, Partial<typeof tinyManifest>, RegExp]>([
    ['about frames', { input: { ...input, frames: 5 } }, /\[batch, 1, 2, 5, 3\], got float32 \[batch, 1, 2, 4, 3\]/],
    ['about persons', { input: { ...input, persons: 2 } }, /\[batch, 2, 2, 4, 3\]/],
    ['about confidence', { input: { ...input, confidence: true } }, /\[batch, 1, 3, 4, 3\]/],
    [
      'about joints',
      { input: { ...input, layout: { id: 'x', joints: ['a'], parents: [-1] } } },
      /\[batch, 1, 2, 4, 1\]/,
    ],
    ['about classes', { labels: labels.slice(1) }, /output "logits".*\[batch, 2\], got float32 \[batch, 3\]/],
    ['about names', { outputs: { logits: 'scores' } }, /output "scores".* got outputs logits, embedding/],
    [
      'about its width',
      { outputs: { logits: 'logits', embedding: 'positions' } },
      /output "positions".*\[batch, width\]/,
    ],
  ])('%s is refused', (_, changes, message) => {
    expect(() => tinyBundle(changes)).toThrow(message);
  });

  it('about the weights is refused', () => {
    const lie = changed(tinyBundle(), (model) => {
      const json = getMetadata(model, 'kinegraph') as string;
      setMetadata(model, 'kinegraph', json.replace(/"sha256":"\w+"/, `"sha256":"${'0'.repeat(64)}"`));
      model.metadataProps = model.metadataProps.filter(({ key }) => key !== sealKey);
    });
    expect(() => readBundle(seal(lie))).toThrow('weights with sha-256 0000');
  });

  it.each([
    ['with a layout that is no tree', { layout: { ...input.layout, parents: [-1, 2, 1] } }, 'got a cycle'],
    [
      'with a sample of 360 MB',
      { frames: 100_000, persons: 100, dimensions: 3 as const },
      'expected at most 67108864 numbers a sample',
    ],
  ])('%s is refused', (_, changes, message) => {
    const seal = () => tinyBundle({ input: { ...input, ...changes } });
    expect(seal).toThrow(expect.objectContaining({ code: 'invalid-bundle', where: 'manifest input' }));
    expect(seal).toThrow(message);
  });

  it('about the input of the graph is refused', () => {
    const fixed = withInputs(valueInfo('positions', [1, 1, 2, 4, 3]));
    expect(() => sealBundle(fixed, tinyManifest)).toThrow('[batch, 1, 2, 4, 3], got float32 [1, 1, 2, 4, 3]');
    const several = withInputs(valueInfo('positions', ['batch', 1, 2, 4, 3]), valueInfo('more', [1]));
    expect(() => sealBundle(several, tinyManifest)).toThrow('one input "positions", got positions, more');
    const whole = withInputs(valueInfo('positions', ['batch', 1, 2, 4, 3], DataType.INT64));
    expect(() => sealBundle(whole, tinyManifest)).toThrow('got int64 [batch, 1, 2, 4, 3]');
  });
});
