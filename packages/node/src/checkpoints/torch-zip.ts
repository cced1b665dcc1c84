/** The form of PyTorch checkpoints since 1.6: a zip archive of one pickle and one entry for each storage, not compressed. */
import { KinegraphError } from '@kinegraph/core';
import { type UnzipFileInfo, unzipSync } from 'fflate';
import { readTorchPickle } from './torch-pickle.ts';

/** The least that an entry's place in the directory takes: APPNOTE.TXT, 4.3.12. */
const directoryBytes = 46;

/**
 * Reads what was saved.
 *
 * @throws `invalid-data` for a damaged file; `unsupported` for a TorchScript program or a file of a big-endian machine.
 */
export function readTorchZip(where: string, bytes: Uint8Array): unknown {
  const entries = unzip(where, bytes);
  const refuse = (expected: string, actual: string) =>
    new KinegraphError({ code: 'invalid-data', where, expected, actual, hint: 'The file is damaged.' });
  const pickle = [...entries.keys()].find((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickle === undefined) throw refuse('an archive with data.pkl, as torch.save writes it', 'another');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order && Buffer.from(order).toString('latin1') !== 'little') {
    throw new KinegraphError({ code: 'unsupported', where, expected: 'little-endian data', actual: 'big-endian' });
  }
  const { value, storages } = readTorchPickle(where, entries.get(pickle) as Uint8Array);
  for (const [key, storage] of storages) {
    const data = entries.get(`${folder}data/${key}`);
    const size = storage.length * storage.type.bytes;
    if (data?.length !== size) throw refuse(`${size} bytes for storage "${key}"`, `${data?.length ?? 'none'}`);
    storage.bytes = data;
  }
  return value;
}

/** The entries that a checkpoint needs. They may not be packed, nor lie over each other, so that a short file gives little data. */
function unzip(where: string, bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  let count = 0;
  let total = 0;
  const filter = ({ name, size, compression }: UnzipFileInfo): boolean => {
    count += 1;
    if (/^[^/]*\/code\//.test(name)) {
      throw new KinegraphError({
        code: 'unsupported',
        where,
        expected: 'a checkpoint',
        actual: 'a TorchScript program',
        hint: 'Save its weights with torch.save(model.state_dict(), "weights.pt").',
      });
    }
    const isWanted = /^[^/]*\/(data\.pkl|byteorder|data\/\d+)$/.test(name);
    if (isWanted) total += size;
    if (total <= bytes.length && count * directoryBytes <= bytes.length && !(isWanted && compression !== 0)) {
      return isWanted;
    }
    throw damaged(where, 'a directory that does not fit it');
  };
  try {
    return new Map(Object.entries(unzipSync(bytes, { filter })));
  } catch (cause) {
    if (KinegraphError.is(cause)) throw cause;
    throw damaged(where, (cause as Error).message, cause);
  }
}

function damaged(where: string, reason: string, cause?: unknown): KinegraphError {
  const actual = `a damaged one: ${reason}`;
  return new KinegraphError({ code: 'invalid-data', where, expected: 'a whole zip archive', actual, cause });
}
