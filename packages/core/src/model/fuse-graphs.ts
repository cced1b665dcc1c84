/** The nodes that make one answer of what the members of an ensemble say. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  ModelProtoSchema,
  NodeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../onnx/onnx_pb.ts';
import { outputSpecs } from '../onnx/read.ts';
import { toTensorProto } from '../onnx/tensors.ts';
import { inputShape } from '../skeleton/input.ts';
import { float32, int64 } from '../tensor/tensor.ts';
import { inputName } from './bundle.ts';
import type { Fuse } from './fusion-weights.ts';
import { type Member, mergeGraphs, operatorSets } from './merge-graphs.ts';

/** What the members are asked for; also the names of what the ensemble answers. */
export type Output = 'logits' | 'embedding';

/** What {@link fuseGraphs} takes beside the members. */
export interface FusionPlan {
  readonly fuse: Fuse;
  /** One for each member. */
  readonly weights: readonly number[];
  /** Those that all members have. */
  readonly outputs: readonly Output[];
}

/** WebGPU allows 8 storage buffers a shader, so one Concat takes at most 7 inputs. */
const widestConcat = 7;
/** What a smaller probability counts as: the logarithm of 0 is not finite. */
const leastProbability = 1e-30;
/** What a shorter embedding is divided by: it has no direction, and stays near 0. */
const leastLength = 1e-12;

/**
 * One ONNX model that asks all members and fuses their answers. A member's name and a slash begin its own names; no other has a slash.
 *
 * The members must agree in input, labels and operator sets; their graphs are used up.
 */
export function fuseGraphs(members: readonly Member[], { fuse, weights, outputs }: FusionPlan): Uint8Array {
  const [{ manifest }] = members as readonly [Member, ...Member[]];
  const { graph, renames } = mergeGraphs(members);
  const answers = (output: Output) =>
    members.map((member, index) => renames[index]?.(member.manifest.outputs[output] ?? '') ?? '');
  graph.input.push(valueInfo(inputName, inputShape(manifest.input)));
  if (outputs.includes('logits')) {
    const fused = fuse === 'logits' ? sumLogits : averageProbabilities;
    fused(graph, answers('logits'), weights);
    graph.output.push(valueInfo('logits', [manifest.labels.length]));
  }
  if (outputs.includes('embedding')) {
    joinEmbeddings(graph, answers('embedding'), weights);
    graph.output.push(valueInfo('embedding', [members.reduce((sum, member) => sum + embeddingWidth(member), 0)]));
  }
  const irVersion = BigInt(Math.max(...members.map(({ model }) => Number(model.irVersion))));
  const sets = new Map(members.flatMap(({ model }) => [...operatorSets(model)]));
  const opsetImport = Array.from(sets, ([domain, version]) => ({ domain, version }));
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion, producerName: 'kinegraph', opsetImport, graph }),
  );
}

/** `Σ w_i z_i`. */
function sumLogits(graph: GraphProto, logits: readonly string[], weights: readonly number[]): void {
  addSum(graph, addScaled(graph, logits, weights, 'scores'), 'logits');
}

/** `log Σ w_i softmax(z_i)`, the weights as shares of their sum: a softmax over the result gives the mean probabilities. */
function averageProbabilities(graph: GraphProto, logits: readonly string[], weights: readonly number[]): void {
  const each = logits.map((value, index) => addNode(graph, 'Softmax', [value], `probabilities_${index}`, { axis: -1 }));
  const mean = addSum(graph, addScaled(graph, each, shares(weights), 'shares'), 'probabilities');
  const least = addNumber(graph, 'least_probability', leastProbability);
  addNode(graph, 'Log', [addNode(graph, 'Max', [mean, least], 'probabilities_above_0')], 'logits');
}

/**
 * Embeddings of length 1 side by side, each times the root of its weight's share: a cosine between two results is the weighted mean of the
 * members' cosines.
 */
function joinEmbeddings(graph: GraphProto, embeddings: readonly string[], weights: readonly number[]): void {
  const least = addNumber(graph, 'least_length', leastLength);
  graph.initializer.push(toTensorProto('width_axis', int64([1])));
  const directions = embeddings.map((value, index) => {
    const squares = addNode(graph, 'Mul', [value, value], `squares_${index}`);
    const squared = addNode(graph, 'ReduceSum', [squares, 'width_axis'], `squared_length_${index}`);
    const root = addNode(graph, 'Sqrt', [squared], `root_${index}`);
    return addNode(
      graph,
      'Div',
      [value, addNode(graph, 'Max', [root, least], `length_${index}`)],
      `direction_${index}`,
    );
  });
  addConcat(graph, addScaled(graph, directions, shares(weights).map(Math.sqrt), 'parts'), 'embedding');
}

/** Weights as shares of their sum. */
function shares(weights: readonly number[]): number[] {
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

/** Each value times its factor. */
function addScaled(graph: GraphProto, values: readonly string[], factors: readonly number[], name: string): string[] {
  return values.map((value, index) =>
    addNode(
      graph,
      'Mul',
      [value, addNumber(graph, `${name}_weight_${index}`, factors[index] as number)],
      `${name}_${index}`,
    ),
  );
}

function addSum(graph: GraphProto, parts: readonly string[], name: string): string {
  const last = parts.length - 1;
  return parts.reduce((left, right, index) =>
    addNode(graph, 'Add', [left, right], index === last ? name : `${name}_to_${index}`),
  );
}

function addConcat(graph: GraphProto, parts: readonly string[], name: string): string {
  if (parts.length <= widestConcat) return addNode(graph, 'Concat', parts, name, { axis: 1 });
  const rest = parts.slice(widestConcat);
  const start = addNode(graph, 'Concat', parts.slice(0, widestConcat), `${name}_less_${rest.length}`, { axis: 1 });
  return addConcat(graph, [start, ...rest], name);
}

/** Adds a node with one output, which it is named after. */
function addNode(
  graph: GraphProto,
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): string {
  const attribute = Object.entries(attributes).map(([name, i]) => ({ name, type: AttributeType.INT, i: BigInt(i) }));
  graph.node.push(create(NodeProtoSchema, { opType, name: output, input: [...input], output: [output], attribute }));
  return output;
}

function addNumber(graph: GraphProto, name: string, value: number): string {
  graph.initializer.push(toTensorProto(name, float32([value], [])));
  return name;
}

/** A float32 input or output of any batch. */
function valueInfo(name: string, sizes: readonly number[]): ValueInfoProto {
  const fixed = sizes.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
  const dim = [{ value: { case: 'dimParam' as const, value: 'batch' } }, ...fixed];
  const value = { elemType: DataType.FLOAT, shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}

function embeddingWidth({ manifest, model }: Member): number {
  const spec = outputSpecs(model.graph).find(({ name }) => name === manifest.outputs.embedding);
  return Number(spec?.shape[1]);
}
