/** Puts the graphs of several bundles into one, which they share the input of. */
import { create } from '@bufbuild/protobuf';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type GraphProto, GraphProtoSchema, type TensorProto } from '../onnx/onnx_pb.ts';
import type { CheckedModel } from '../onnx/read.ts';
import { type Bundle, inputName } from './bundle.ts';
import { contentOf } from './digest.ts';

/** A bundle on its way into an ensemble. */
export interface Member extends Bundle {
  /** Tells its names from those of the others; without a slash. */
  readonly name: string;
}

/** All members' nodes and tensors, without inputs and outputs. */
export interface MergedGraph {
  readonly graph: GraphProto;
  /** What has become of a name, for each member. */
  readonly renames: readonly Rename[];
}

/** The versions of the operator sets that a model's nodes are from, by domain. */
export function operatorSets({ opsetImport }: CheckedModel): ReadonlyMap<string, bigint> {
  // ONNX's own domain has a name, which is mostly left out.
  return new Map(opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, version]));
}

type Rename = (name: string) => string;

/**
 * Merges the members' graphs: every name but the input's becomes `<member>/<name>`, and equal tensors are stored once.
 *
 * The members' own graphs are used up.
 */
export function mergeGraphs(members: readonly Member[]): MergedGraph {
  const graph = create(GraphProtoSchema, { name: 'ensemble' });
  const stored = new Map<string, string>();
  return { graph, renames: members.map((member) => append(graph, stored, member)) };
}

/** Moves a member's nodes and tensors into the graph; `stored` has the names of its tensors by content. */
function append(graph: GraphProto, stored: Map<string, string>, { name: member, model }: Member): Rename {
  const fixed = new Map([
    ['', ''], // an optional input that is left out
    [inputName, inputName],
  ]);
  const rename = (name: string) => fixed.get(name) ?? `${member}/${name}`;
  for (const tensor of model.graph.initializer) {
    const content = contentKey(tensor);
    const twin = stored.get(content);
    if (twin !== undefined) {
      fixed.set(tensor.name, twin);
      continue;
    }
    tensor.name = rename(tensor.name);
    stored.set(content, tensor.name);
    graph.initializer.push(tensor);
  }
  renameNodes(model.graph, rename);
  // Shapes of inner values are left out: the members' names for symbolic sizes may mean different sizes.
  graph.node.push(...model.graph.node);
  return rename;
}

/** Renames in place, also in the bodies of `If`, `Loop` and `Scan`, whose nodes may read values of the graph around them. */
function renameNodes(graph: GraphProto, rename: Rename): void {
  for (const node of graph.node) {
    node.name = rename(node.name);
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
    for (const { g: body } of node.attribute) {
      if (!body) continue;
      for (const value of [...body.input, ...body.output, ...body.initializer, ...body.valueInfo]) {
        value.name = rename(value.name);
      }
      renameNodes(body, rename);
    }
  }
}

function contentKey(tensor: TensorProto): string {
  return `${tensor.dataType}/${tensor.dims.join()}/${bytesToHex(sha256(contentOf(tensor)))}`;
}
