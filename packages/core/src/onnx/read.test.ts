import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KinegraphError } from '../tensor/error.ts';
import { float32 } from '../tensor/tensor.ts';
import { getMetadata, setMetadata } from './metadata.ts';
import { AttributeProto_AttributeType as AttributeType, type GraphProtoSchema, ModelProtoSchema } from './onnx_pb.ts';
import { inputSpecs, outputSpecs, readModel } from './read.ts';
import { toTensorProto } from './tensors.ts';

const floats = (...sizes: (bigint | string)[]) => ({
  value: {
    case: 'tensorType' as const,
    value: {
      elemType: 1,
      shape: {
        dim: sizes.map((size) => ({
          value:
            typeof size === 'bigint'
              ? { case: 'dimValue' as const, value: size }
              : { case: 'dimParam' as const, value: size },
        })),
      },
    },
  },
});

/** `y = x · w`, `w` also listed among the inputs as old exporters do. */
const product: MessageInitShape<typeof GraphProtoSchema> = {
  node: [{ opType: 'MatMul', input: ['x', 'w'], output: ['y'] }],
  initializer: [toTensorProto('w', float32([1, 2, 3, 4], [2, 2]))],
  input: [
    { name: 'x', type: floats('batch', 2n) },
    { name: 'w', type: floats(2n, 2n) },
  ],
  output: [{ name: 'y', type: floats('batch', 2n) }],
};

function encode(graph: MessageInitShape<typeof GraphProtoSchema>): Uint8Array {
  const metadataProps = [{ key: 'author', value: 'me' }];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph, metadataProps }));
}

const withFields = (write: (writer: BinaryWriter) => void) => {
  const writer = new BinaryWriter().raw(encode(product));
  write(writer);
  return writer.finish();
};

const hostile = { name: 'w', dataType: 1, dims: [2_500_000_000n], rawData: new Uint8Array(4) };

describe('readModel', () => {
  it('reads inputs without initializers, outputs and metadata', () => {
    const model = readModel(encode(product));
    expect(inputSpecs(model.graph)).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 2] }]);
    expect(outputSpecs(model.graph)).toEqual([{ name: 'y', dtype: 'float32', shape: ['batch', 2] }]);
    expect(getMetadata(model, 'author')).toBe('me');
    expect(getMetadata(model, 'other')).toBeUndefined();
  });

  it('shares the memory of the file', () => {
    const bytes = encode(product);
    expect(readModel(bytes).graph.initializer[0]?.rawData.buffer).toBe(bytes.buffer);
  });

  it('reads a file that lies inside a larger buffer', () => {
    const bytes = encode(product);
    const padded = new Uint8Array(bytes.length + 3);
    padded.set(bytes, 3);
    expect(readModel(padded.subarray(3)).graph.initializer[0]?.name).toBe('w');
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /1 to 2147483647 bytes, got 0 bytes/],
    [
      'a web page',
      new TextEncoder().encode('<!doctype html>\n<title>Not found</title>'),
      /an ONNX file, got text: "<!doctype html>\\n<title>N…"\. Is the address right\?/,
    ],
    ['a pointer', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1'), /git lfs pull/],
    ['text in the middle of a tag', new TextEncoder().encode('short'), /not an ONNX model/],
    ['a zip', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0), /not an ONNX model/],
    ['a model without a graph', toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })), /a graph/],
    ['a 10 GB tensor', encode({ ...product, initializer: [hostile] }), /at most 2147483647 elements/],
    [
      'a tensor twice',
      encode({ ...product, initializer: [hostile, hostile].map(() => toTensorProto('w', float32([1]))) }),
      /"w" twice/,
    ],
    ['a nameless tensor', encode({ ...product, initializer: [toTensorProto('', float32([1]))] }), /names of 1 to 1024/],
    ['an endless name', encode({ ...product, input: [{ name: 'x'.repeat(2000) }] }), /got 2000 characters/],
    [
      'functions',
      withFields((writer) => writer.tag(25, WireType.LengthDelimited).bytes(Uint8Array.of())),
      /got field 25/,
    ],
    [
      'a second graph',
      withFields((writer) => writer.tag(7, WireType.LengthDelimited).bytes(Uint8Array.of())),
      /got several/,
    ],
    ['a wrong wire type', withFields((writer) => writer.tag(14, WireType.Varint).uint32(1)), /wire type 2/],
    [
      'a field beyond the end',
      withFields((writer) => writer.tag(14, WireType.LengthDelimited).uint32(99)),
      /truncated/,
    ],
    ['a group', withFields((writer) => writer.tag(14, WireType.StartGroup)), /wire type 2/],
    [
      'bad UTF-8',
      withFields((writer) => writer.tag(2, WireType.LengthDelimited).bytes(Uint8Array.of(0xff))),
      /damaged/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readModel(bytes)).toThrow(message);
    expect(() => readModel(bytes)).toThrow(expect.objectContaining({ code: 'invalid-bundle' }));
  });

  it('refuses what are no bytes', () => {
    for (const bytes of [undefined, 'model.onnx', new ArrayBuffer(8)]) {
      const read = () => readModel(bytes as never);
      expect(read).toThrow('read ONNX: expected the bytes of a file, a Uint8Array, got');
      expect(read).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    }
  });

  it('checks the tensors of attributes and of sub-graphs', () => {
    const constant = { opType: 'Constant', attribute: [{ name: 'value', type: AttributeType.TENSOR, t: hostile }] };
    const branch = {
      opType: 'If',
      attribute: [{ name: 'then_branch', type: AttributeType.GRAPH, g: { node: [constant] } }],
    };
    expect(() => readModel(encode({ node: [constant] }))).toThrow('at most 2147483647 elements');
    expect(() => readModel(encode({ node: [branch] }))).toThrow('at most 2147483647 elements');
  });

  it('bounds the depth of sub-graphs', () => {
    let graph: MessageInitShape<typeof GraphProtoSchema> = {};
    for (let depth = 0; depth < 30; depth++) {
      graph = { node: [{ opType: 'If', attribute: [{ name: 'then_branch', g: graph }] }] };
    }
    expect(() => readModel(encode(graph))).toThrow('at most 50 levels');
  });

  it('bounds the number of items before it makes an object of each', () => {
    const emptyNodes = new Uint8Array(2 ** 22);
    for (let i = 0; i < emptyNodes.length; i += 2) emptyNodes[i] = (1 << 3) | WireType.LengthDelimited;
    const bomb = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(emptyNodes).finish();
    expect(() => readModel(bomb)).toThrow('at most 1048576 items');
  });

  it('refuses or reads a file cut short or with any byte changed, and does nothing else', () => {
    const bytes = encode(product);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (position, value, cut) => {
        const damaged = cut ? bytes.slice(0, position) : bytes.with(position, value);
        try {
          readModel(damaged);
        } catch (error) {
          expect(KinegraphError.is(error, 'invalid-bundle')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('specs', () => {
  it('refuse values without a type or shape', () => {
    const { graph } = readModel(encode({ ...product, output: [{ name: 'y' }] }));
    expect(() => outputSpecs(graph)).toThrow('an element type and a shape for "y"');
  });
});

describe('setMetadata', () => {
  it('replaces what was there', () => {
    const model = readModel(encode(product));
    setMetadata(model, 'author', 'you');
    expect(model.metadataProps.map(({ key, value }) => `${key}=${value}`)).toEqual(['author=you']);
  });

  it('is the only way to one value: a key that is there twice is refused', () => {
    const model = readModel(encode(product));
    model.metadataProps = [...model.metadataProps, ...model.metadataProps];
    expect(() => getMetadata(model, 'author')).toThrow('one metadata entry "author", got 2');
  });
});
