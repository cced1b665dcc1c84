/** Writes a graph as the bytes of an ONNX model. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../onnx/onnx_pb.ts';
import { dataTypeOf, toTensorProto } from '../onnx/tensors.ts';
import { KinegraphError } from '../tensor/error.ts';
import { type DType, formatShape, type Tensor } from '../tensor/tensor.ts';
import { sameShape } from './broadcast.ts';
import type { OnnxAttribute } from './define-op.ts';
import { describeShape, symbolicSize, type Value } from './value.ts';

/** The ONNX operator set that every op definition follows. */
const opset = 18;
/** The ONNX file format version that goes with {@link opset}. */
const irVersion = 8;

/** What {@link toOnnx} writes. */
export interface OnnxOptions {
  /** Results by name. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Inputs that become initializers. A float16 tensor for a float32 input is stored as such and cast when the model loads. */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Inputs that are computed from others instead of fed, by name. */
  readonly bound?: Readonly<Record<string, Value>>;
  /** Text that is stored in the model's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Name of the graph, shown by viewers. */
  readonly name?: string;
}

/**
 * Writes everything that the outputs reach as one ONNX model.
 *
 * @throws `invalid-shape` if a weight does not fit the input of its name, `invalid-argument` if two inputs share a name.
 * @example
 * ```ts
 * const x = input('x', [symbolicBatch, 3]);
 * const bytes = toOnnx({ outputs: { y: matmul(x, input('w', [3, 2])) }, weights: { w: float32([1, 0, 0, 1, 0, 0], [3, 2]) } });
 * ```
 */
export function toOnnx({ outputs, weights, bound, metadata = {}, name = 'kinegraph' }: OnnxOptions): Uint8Array {
  const writer = createWriter(outputs, weights, bound);
  for (const [key, value] of Object.entries(outputs)) writer.output(key, value);
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(irVersion),
    producerName: 'kinegraph',
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: { ...writer.graph, name },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}

function createWriter(
  outputs: Readonly<Record<string, Value>>,
  weights: Readonly<Record<string, Tensor>> = {},
  bound: Readonly<Record<string, Value>> = {},
) {
  const preferred = new Map(Object.entries(outputs).map(([key, value]) => [value, key]));
  const graph: GraphProto = create(GraphProtoSchema);
  const names = new Map<Value, string>();
  const inputs = new Set<string>();
  const constants = new Map<string, string>();

  const addNode = (opType: string, from: readonly string[], to: string, attribute: AttributeProto[] = []) =>
    graph.node.push(create(NodeProtoSchema, { opType, name: to, input: [...from], output: [to], attribute }));

  const addConstant = (tensor: Tensor): string => {
    const key = `${tensor.dtype}/${tensor.shape.join()}/${tensor.data.join()}`;
    const known = constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${constants.size}`;
    constants.set(key, name);
    graph.initializer.push(toTensorProto(name, tensor));
    return name;
  };

  /** What a value was before any reshapes: of several in a row, only the last does something. */
  const beforeReshapes = (value: Value): Value => {
    const { source } = value;
    if (source.kind === 'op') return source.op.type === 'Reshape' ? beforeReshapes(source.inputs[0] as Value) : value;
    const stand = source.kind === 'input' ? bound[source.name] : undefined;
    return stand ? beforeReshapes(stand) : value;
  };

  /** The values that must be written before a value can be. */
  const writtenInputs = ({ source }: Value): readonly Value[] => {
    if (source.kind === 'op') {
      const inputs = source.inputs.slice(0, source.op.written);
      return source.op.type === 'Reshape' ? inputs.map(beforeReshapes) : inputs;
    }
    const stand = source.kind === 'input' ? bound[source.name] : undefined;
    return stand ? [stand] : [];
  };

  const addInput = (value: Value, name: string): string => {
    const stand = bound[name];
    if (stand) return names.get(stand) as string;
    if (inputs.has(name)) throw duplicate(name);
    inputs.add(name);
    const weight = weights[name];
    if (!weight) {
      graph.input.push(valueInfo(name, value));
      return name;
    }
    checkWeight(name, weight, value);
    graph.initializer.push(toTensorProto(name, weight));
    if (weight.dtype === value.dtype) return name;
    addNode('Cast', [name], `${name}:${value.dtype}`, [attribute('to', dataTypeOf[value.dtype])]);
    return `${name}:${value.dtype}`;
  };

  const addOp = (value: Value, source: Extract<Value['source'], { kind: 'op' }>): string => {
    const { op, attributes } = source;
    const encoded = op.encode?.(attributes, source.inputs) ?? {};
    const trailing = (encoded.inputs ?? []).map((tensor) => (tensor ? addConstant(tensor) : ''));
    const name = preferred.get(value) ?? `${op.type}_${graph.node.length}`;
    const from = [...writtenInputs(value).map((item) => names.get(item) as string), ...trailing];
    addNode(
      op.type,
      from,
      name,
      Object.entries(encoded.attributes ?? {}).map(([key, item]) => attribute(key, item)),
    );
    return name;
  };

  const add = (value: Value): string => {
    const { source } = value;
    if (source.kind === 'constant') return addConstant(source.tensor);
    return source.kind === 'input' ? addInput(value, source.name) : addOp(value, source);
  };

  const visit = (root: Value): string => {
    const stack = [root];
    while (stack.length > 0) {
      const value = stack.at(-1) as Value;
      const waiting = writtenInputs(value).filter((item) => !names.has(item));
      if (waiting.length > 0 && !names.has(value)) {
        stack.push(...waiting.toReversed());
        continue;
      }
      stack.pop();
      if (!names.has(value)) names.set(value, add(value));
    }
    return names.get(root) as string;
  };

  return {
    graph,
    output(name: string, value: Value): void {
      const computed = visit(value);
      if (computed !== name) addNode('Identity', [computed], name);
      graph.output.push(valueInfo(name, value));
    },
  };
}

function valueInfo(name: string, { shape, dtype }: { shape: readonly number[]; dtype: DType }): ValueInfoProto {
  const dim = shape.map((size) => {
    const written = symbolicSize(size);
    return {
      value:
        typeof written === 'string'
          ? ({ case: 'dimParam', value: written } as const)
          : ({ case: 'dimValue', value: BigInt(written) } as const),
    };
  });
  const value = { elemType: dataTypeOf[dtype], shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: asciiBytes(value) });
  }
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** Text attributes of ONNX ops are plain ASCII words such as `constant`. */
function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function checkWeight(name: string, weight: Tensor, value: Value): void {
  const fits = weight.dtype === value.dtype || (weight.dtype === 'float16' && value.dtype === 'float32');
  if (fits && sameShape(weight.shape, value.shape)) return;
  throw new KinegraphError({
    code: 'invalid-shape',
    where: `toOnnx: weight ${name}`,
    expected: `${value.dtype} ${describeShape(value.shape)}`,
    actual: `${weight.dtype} ${formatShape(weight.shape)}`,
  });
}

function duplicate(name: string): KinegraphError {
  return new KinegraphError({
    code: 'invalid-argument',
    where: 'toOnnx',
    expected: 'inputs and parameters with names of their own',
    actual: `two named "${name}"`,
    hint: 'Give one of them another name, or use the same value twice.',
  });
}
