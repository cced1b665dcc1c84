/** The form of PyTorch checkpoints before 1.6: pickles one after the other, then the bytes of all storages. */
import { KinegraphError } from '@kinegraph/core';
import { readPickle } from '../pickle/read-pickle.ts';
import { readTorchPickle } from './torch-pickle.ts';

/** What such a file begins with: torch/serialization.py, `MAGIC_NUMBER` and `PROTOCOL_VERSION`. */
const magicNumber = 0x1950a86a20f9469cfc6cn;
const version = 1001;

/**
 * Reads what was saved.
 *
 * @throws `invalid-data` for a damaged file or another pickle.
 */
export function readTorchLegacy(where: string, bytes: Uint8Array): unknown {
  const refuse = (expected: string, actual: string) =>
    new KinegraphError({ code: 'invalid-data', where, expected, actual });
  let position = 0;
  const plain = (): unknown => {
    const { value, next } = readPickle(bytes, { globals: {}, offset: position, where });
    position = next;
    return value;
  };
  if (plain() !== magicNumber) throw refuse('a file that torch.save wrote', 'another pickle');
  const found = plain();
  if (found !== version) throw refuse(`version ${version} of the format`, `${String(found)}`);
  const system = plain();
  if (!(system instanceof Map) || system.get('little_endian') !== true) {
    throw refuse('a file of a little-endian machine', 'another');
  }
  const { value, storages, next } = readTorchPickle(where, bytes, position);
  position = next;
  const keys = plain();
  if (!Array.isArray(keys)) throw refuse('the keys of storages', 'something else');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage) throw refuse('storages that a tensor sees', `another, ${JSON.stringify(String(key).slice(0, 40))}`);
    const size = storage.length * storage.type.bytes;
    if (position + 8 + size > bytes.length) {
      throw refuse(
        `${size} bytes for storage "${key}"`,
        `${Math.max(0, bytes.length - position - 8)}: it was cut short`,
      );
    }
    const length = view.getBigInt64(position, true);
    if (length !== BigInt(storage.length)) throw refuse(`${storage.length} elements in storage "${key}"`, `${length}`);
    storage.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset + position + 8, size);
    position += 8 + size;
  }
  const absent = [...storages].find(([, { bytes: data }]) => !data);
  if (absent) throw refuse(`the data of storage "${absent[0]}"`, 'none');
  return value;
}
