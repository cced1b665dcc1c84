/** Weights as safetensors, the format in which they are published: https://github.com/huggingface/safetensors#format */
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import * as v from 'valibot';
import { bytesOf, tensorFromBytes } from '../onnx/tensors.ts';
import { KinegraphError } from '../tensor/error.ts';
import { checkBytes } from '../tensor/options.ts';
import { bytesPerElement, type DType, elementCount, maxElements, type Tensor } from '../tensor/tensor.ts';
import { checkJson, dangerousKeys, type JsonReader, parseJson } from './json.ts';

/** What a safetensors file holds. */
export interface Safetensors {
  /** By name, in the order of the file's data. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The header bound of the reference implementation. */
const maxHeaderBytes = 100_000_000;
const space = 0x20;
const reader: JsonReader = { where: 'readSafetensors', code: 'invalid-data' };

const names: Readonly<Record<DType, string>> = {
  float32: 'F32',
  float16: 'F16',
  int32: 'I32',
  int64: 'I64',
  uint8: 'U8',
  bool: 'BOOL',
};
const dtypes = new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.strictObject({
  dtype: v.string(),
  shape: v.pipe(v.array(v.pipe(size, v.maxValue(maxElements))), v.maxLength(16)),
  data_offsets: v.strictTuple([size, size]),
});
const metadataSchema = v.record(v.string(), v.string());

/**
 * Reads a safetensors file; aligned tensors share its memory.
 *
 * @throws `invalid-data` if the header and the data do not fit each other exactly, with no gap and no overlap; `unsupported` for an
 * element type that is not a {@link DType}.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  checkBytes(reader.where, bytes);
  const header = readHeader(bytes);
  const { __metadata__, ...rest } = checkJson(v.record(v.string(), v.unknown()), header.json, reader);
  const metadata = __metadata__ === undefined ? {} : checkJson(metadataSchema, __metadata__, reader);
  const entries = Object.entries(rest)
    .map(([name, value]) => ({ name, ...checkJson(entrySchema, value, { ...reader, where: `tensor "${name}"` }) }))
    .sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  const data = bytes.subarray(header.end);
  const tensors = new Map<string, Tensor>();
  let position = 0;
  for (const {
    name,
    dtype: code,
    shape,
    data_offsets: [start, end],
  } of entries) {
    const where = `tensor "${name}"`;
    const dtype = dtypes.get(code);
    if (!dtype) {
      const expected = `an element type among ${[...dtypes.keys()].join(', ')}`;
      throw new KinegraphError({ code: 'unsupported', where, expected, actual: code, hint: 'Convert the file first.' });
    }
    const length = elementCount(shape) * bytesPerElement(dtype);
    if (start !== position || end - start !== length || end > data.length) {
      throw refuse(where, `bytes ${position} to ${position + length} of ${data.length}`, `${start} to ${end}`);
    }
    tensors.set(name, tensorFromBytes(dtype, shape, data.subarray(start, end)));
    position = end;
  }
  if (position !== data.length) throw refuse(reader.where, `${position} bytes of data`, `${data.length}`);
  return { tensors, metadata };
}

/**
 * Writes tensors as safetensors, larger elements first, so that every reader can map them without copying.
 *
 * @throws `invalid-argument` for the reserved name `__metadata__`
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = (tensors instanceof Map ? [...tensors] : Object.entries(tensors)) as [string, Tensor][];
  entries.sort(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
  const fields: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    if (dangerousKeys.has(name) || name === '__metadata__') {
      throw new KinegraphError({
        code: 'invalid-argument',
        where: 'writeSafetensors',
        expected: 'names that are safe as JSON keys',
        actual: `"${name}"`,
      });
    }
    fields[name] = { dtype: names[dtype], shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = getTextEncoding().encodeUtf8(JSON.stringify(fields));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(space, 8, 8 + headerLength);
  bytes.set(json, 8);
  let position = 8 + headerLength;
  for (const [, tensor] of entries) {
    bytes.set(bytesOf(tensor), position);
    position += tensor.data.byteLength;
  }
  return bytes;
}

/** The header's JSON, which the file's first 8 bytes give the length of. */
function readHeader(bytes: Uint8Array): { readonly json: unknown; readonly end: number } {
  if (bytes.length < 8) throw refuse(reader.where, 'at least 8 bytes', `${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > maxHeaderBytes || Number(length) > bytes.length - 8) {
    throw refuse(reader.where, `a header within the ${bytes.length} bytes of the file`, `${length} bytes of header`);
  }
  const end = 8 + Number(length);
  try {
    return { json: parseJson(getTextEncoding().decodeUtf8(bytes.subarray(8, end), true), reader), end };
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    throw new KinegraphError({ ...reader, expected: 'a header in UTF-8', actual: 'other bytes', cause });
  }
}

function refuse(where: string, expected: string, actual: string): KinegraphError {
  const hint = 'The file is damaged, or it is not a safetensors file.';
  return new KinegraphError({ code: reader.code, where, expected, actual, hint });
}
