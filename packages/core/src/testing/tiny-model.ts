/**
 * Writes ONNX models of a few nodes for tests, straight from the specification, so that they test nothing but the
 * runtime.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../onnx/onnx_pb.ts';
import { dataTypeOf, toTensorProto } from '../onnx/tensors.ts';
import type { TensorSpec } from '../runtime/contract.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A node: operator, input names, output names, whole-number attributes. */
export type TinyNode = readonly [
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, number>>,
];

/** A whole model in short form. */
export interface TinyModel {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly nodes: readonly TinyNode[];
  readonly weights?: Readonly<Record<string, Tensor>>;
}

/**
 * The bytes of an ONNX model (IR 8, opset 18). Nothing is checked: a lie stays a lie, for tests of whoever reads it.
 */
export function tinyModel({ inputs, outputs, nodes, weights = {} }: TinyModel): Uint8Array {
  const graph = {
    name: 'tiny',
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
    node: nodes.map(nodeProto),
    initializer: Object.entries(weights).map(([name, weight]) => toTensorProto(name, weight)),
  };
  const model = create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: 18n }], graph });
  return toBinary(ModelProtoSchema, model);
}

function nodeProto([opType, input, output, attributes = {}]: TinyNode): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) =>
    create(AttributeProtoSchema, { name, i: BigInt(value), type: AttributeProto_AttributeType.INT }),
  );
  return create(NodeProtoSchema, {
    opType,
    name: output[0] ?? opType,
    input: [...input],
    output: [...output],
    attribute,
  });
}

function valueInfo({ name, dtype, shape }: TensorSpec): ValueInfoProto {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: dataTypeOf[dtype], shape: { dim } } } },
  });
}
