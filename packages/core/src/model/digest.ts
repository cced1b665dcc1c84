/** The two digests of a bundle: one of its weights, one of the whole file. */
import { create, toBinary } from '@bufbuild/protobuf';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type GraphProto, ModelProtoSchema, type TensorProto } from '../onnx/onnx_pb.ts';
import { bytesOf, fromTensorProto } from '../onnx/tensors.ts';

/** The ONNX metadata key of the seal. */
export const sealKey = 'kinegraph.sha256';

/**
 * The identity of a graph's weights: sha-256, lowercase hex, over its initializers in order of name.
 *
 * Each adds the line `["<name>",<ONNX element type>,[<dims>]]`, a line feed, and its little-endian data.
 */
export function weightsDigest(graph: GraphProto): string {
  const hash = sha256.create();
  for (const proto of [...graph.initializer].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(utf8ToBytes(`${JSON.stringify([proto.name, proto.dataType, proto.dims.map(Number)])}\n`));
    hash.update(contentOf(proto));
  }
  return bytesToHex(hash.digest());
}

/** The little-endian data of a tensor, however the file stores it. */
export function contentOf(proto: TensorProto): Uint8Array {
  return proto.rawData.length > 0 ? proto.rawData : bytesOf(fromTensorProto(proto));
}

/** Appends the seal: a last metadata entry `kinegraph.sha256` with the digest of all bytes before it. */
export function seal(bytes: Uint8Array): Uint8Array {
  const ending = endingWith(bytesToHex(sha256(bytes)));
  const sealed = new Uint8Array(bytes.length + ending.length);
  sealed.set(bytes);
  sealed.set(ending, bytes.length);
  return sealed;
}

/** Whether the file ends with the seal of what is before it, so that not one bit of it has changed since. */
export function isSealed(bytes: Uint8Array): boolean {
  const start = bytes.length - endingWith('0'.repeat(64)).length;
  if (start < 0) return false;
  const ending = endingWith(bytesToHex(sha256(bytes.subarray(0, start))));
  return ending.every((byte, index) => byte === bytes[start + index]);
}

/** A model message with nothing but the seal; protobuf merges messages that follow each other in a file. */
function endingWith(digest: string): Uint8Array {
  const model = create(ModelProtoSchema, { metadataProps: [{ key: sealKey, value: digest }] });
  return toBinary(ModelProtoSchema, model);
}
