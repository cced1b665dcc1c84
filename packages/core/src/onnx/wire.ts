/** Checks the raw bytes of a protobuf message against its schema before anything is allocated for them. */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { KinegraphError } from '../tensor/error.ts';
import { invalidBundle } from './invalid-bundle.ts';

/** Limit of messages, strings and packed numbers in one file: a decoded item takes up to 300 times its bytes. */
const maxItems = 2 ** 20;
const maxDepth = 50;

/**
 * Throws unless `bytes` hold only fields of the schema, each with its own wire type and each single field at most once.
 *
 * Decoders differ in what they make of unknown fields, repeated single fields and unexpected wire types. After this check there is
 * nothing left for them to differ about, so what Kinegraph checks is what the runtime loads.
 *
 * @throws `invalid-bundle`
 */
export function checkWire(schema: DescMessage, bytes: Uint8Array): void {
  let items = 0;
  const count = (more: number) => {
    items += more;
    if (items > maxItems) {
      throw refuse(`at most ${maxItems} items`, 'more', { hint: 'Store tensors as raw_data, not as lists.' });
    }
  };
  const visit = (message: DescMessage, content: Uint8Array, depth: number) => {
    if (depth > maxDepth) throw refuse(`at most ${maxDepth} levels of messages`, 'more');
    const reader = new BinaryReader(content);
    const seen = new Set<number>();
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      const field = message.fields.find((candidate) => candidate.number === number);
      if (!field) throw refuse(`known fields of ${message.name}`, `field ${number}`);
      const packed = isPacked(field, wireType);
      if (!packed && wireType !== wireTypeOf(field)) {
        throw refuse(`wire type ${wireTypeOf(field)} in ${message.name}.${field.name}`, `${wireType}`);
      }
      if (field.fieldKind !== 'list' && seen.has(number)) throw refuse(`one ${message.name}.${field.name}`, 'several');
      seen.add(number);
      if (wireType === WireType.LengthDelimited) {
        const inner = reader.bytes();
        count(packed ? inner.length : 1);
        if (field.message) visit(field.message, inner, depth + 1);
      } else {
        reader.skip(wireType, number);
        count(1);
      }
    }
  };
  try {
    visit(schema, bytes, 0);
  } catch (error) {
    if (KinegraphError.is(error)) throw error;
    throw refuse('a complete ONNX file', 'damaged or truncated bytes', { cause: error });
  }
}

function isPacked(field: DescField, wireType: WireType): boolean {
  return field.fieldKind === 'list' && wireType === WireType.LengthDelimited && wireTypeOf(field) !== wireType;
}

function wireTypeOf(field: DescField): WireType {
  if (field.message) return WireType.LengthDelimited;
  switch (field.scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.FLOAT:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

function refuse(expected: string, actual: string, more?: { readonly hint?: string; readonly cause?: unknown }) {
  const hint = 'The file is damaged, or it is not an ONNX model that Kinegraph can check.';
  return invalidBundle('read ONNX', expected, actual, { hint, ...more });
}
