/** Turns untrusted bytes into a checked ONNX model whose tensors share the memory of the file. */
import { fromBinary } from '@bufbuild/protobuf';
import { KinegraphError } from '../tensor/error.ts';
import { checkBytes } from '../tensor/options.ts';
import type { DType } from '../tensor/tensor.ts';
import { invalidBundle } from './invalid-bundle.ts';
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb.ts';
import { checkTensorProto, dtypeOf } from './tensors.ts';
import { checkWire } from './wire.ts';

/** The largest protobuf file: 2 GiB less one byte. */
const maxBytes = 2 ** 31 - 1;
const maxNameLength = 1024;
const where = 'read ONNX';

/** A model that has a graph; its tensors, names and sizes are checked. */
export type CheckedModel = ModelProto & { graph: GraphProto };

/** Name, element type and shape of a graph's input or output; a string size is symbolic. */
export interface ValueSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

/**
 * Decodes and checks an ONNX file: only known fields, all data inside the file, every declared size equal to what is there.
 *
 * Time and memory are bounded by the length of `bytes`, whatever they declare.
 *
 * @throws `invalid-bundle`
 */
export function readModel(bytes: Uint8Array): CheckedModel {
  checkBytes(where, bytes);
  if (bytes.length === 0 || bytes.length > maxBytes) {
    throw invalidBundle(where, `an ONNX file of 1 to ${maxBytes} bytes`, `${bytes.length} bytes`);
  }
  const model = decode(bytes);
  const { graph } = model;
  if (!graph) throw invalidBundle(where, 'a model with a graph', 'none');
  checkGraph(graph);
  return Object.assign(model, { graph });
}

/** What must be fed to the graph: its inputs without those that an initializer fills. */
export function inputSpecs(graph: GraphProto): ValueSpec[] {
  const filled = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !filled.has(name)).map(specOf);
}

/** What the graph computes. */
export function outputSpecs(graph: GraphProto): ValueSpec[] {
  return graph.output.map(specOf);
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    checkWire(ModelProtoSchema, bytes);
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    const text = textAtStart(bytes);
    if (text !== undefined) {
      const hint =
        'Is the address right? Servers answer with a page, and git with a pointer: git lfs pull fetches the file.';
      throw invalidBundle(where, 'an ONNX file', `text: ${JSON.stringify(`${text}…`)}`, { hint, cause });
    }
    if (KinegraphError.is(cause)) throw cause;
    throw invalidBundle(where, 'a complete ONNX file', 'damaged or truncated bytes', { cause });
  }
}

/** The first characters, if all of them are of printable ASCII: what comes in place of a file is mostly a page or a pointer. */
function textAtStart(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 24));
  return /^[\t\n\r -~]{24}$/.test(start) ? start : undefined;
}

/** Checks a graph and the sub-graphs in its nodes' attributes (bodies of `If`, `Loop` and `Scan`). */
function checkGraph(graph: GraphProto): void {
  checkNames('input', graph.input);
  checkNames('output', graph.output);
  checkNames('initializer', graph.initializer);
  graph.initializer.forEach(checkTensorProto);
  for (const { attribute } of graph.node) {
    for (const { t, g } of attribute) {
      if (t) checkTensorProto(t);
      if (g) checkGraph(g);
    }
  }
}

function checkNames(kind: string, values: readonly (ValueInfoProto | TensorProto)[]): void {
  const names = new Set<string>();
  for (const { name } of values) {
    if (name === '' || name.length > maxNameLength) {
      throw invalidBundle(where, `${kind} names of 1 to ${maxNameLength} characters`, `${name.length} characters`);
    }
    if (names.has(name)) throw invalidBundle(where, `${kind} names that differ`, `"${name}" twice`);
    names.add(name);
  }
}

function specOf({ name, type }: ValueInfoProto): ValueSpec {
  const elementType = type?.value.value?.elemType ?? 0;
  const dtype = dtypeOf(elementType);
  const shape = type?.value.value?.shape;
  if (!dtype || !shape) {
    throw invalidBundle(
      where,
      `an element type and a shape for "${name}"`,
      `ONNX type ${elementType}, ${shape ? 'a' : 'no'} shape`,
    );
  }
  const sizes = shape.dim.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : (value.value ?? '?')));
  return { name, dtype, shape: sizes };
}
