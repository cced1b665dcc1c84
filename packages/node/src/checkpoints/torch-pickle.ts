/** The pickle inside a PyTorch checkpoint: plain containers, and tensors that refer to storages kept elsewhere in the file. */
import { KinegraphError } from '@kinegraph/core';
import { containerGlobals } from '../pickle/container-globals.ts';
import type { PickleGlobal } from '../pickle/pickle-global.ts';
import { readPickle } from '../pickle/read-pickle.ts';
import { CheckpointTensor, type Storage } from './checkpoint-tensor.ts';
import { type ElementType, elementTypes } from './element-types.ts';

/** What {@link readTorchPickle} found. */
export interface TorchPickle {
  readonly value: unknown;
  /** By key; their data is for the caller to fill in. */
  readonly storages: ReadonlyMap<string, Storage>;
  /** The position after the pickle. */
  readonly next: number;
}

const advice =
  'Only tensors and plain containers are read, since a pickle can run any code by naming it. If you trust the file, save the weights alone: torch.save(model.state_dict(), "weights.pt").';

/** A type of storage is only ever mentioned. */
const mention = (): PickleGlobal => () => {
  throw refuse('storages as persistent ids', 'a storage that is made');
};

const storageTypes = new Map<PickleGlobal, ElementType>();
const storageGlobals = Object.fromEntries(
  Object.entries({
    HalfStorage: elementTypes.float16,
    BFloat16Storage: elementTypes.bfloat16,
    FloatStorage: elementTypes.float32,
    DoubleStorage: elementTypes.float64,
    CharStorage: elementTypes.int8,
    ShortStorage: elementTypes.int16,
    IntStorage: elementTypes.int32,
    LongStorage: elementTypes.int64,
    ByteStorage: elementTypes.uint8,
    BoolStorage: elementTypes.bool,
  }).map(([name, type]) => {
    const global = mention();
    storageTypes.set(global, type);
    return [`torch.${name}`, global];
  }),
);

/**
 * Reads the pickle of a checkpoint, which may contain nothing but containers, numbers, texts and tensors.
 *
 * @throws `invalid-data` for any other object, named in the error.
 */
export function readTorchPickle(where: string, bytes: Uint8Array, offset = 0): TorchPickle {
  const storages = new Map<string, Storage>();
  const made = new Set<unknown>();

  const persistent = (id: unknown): Storage => {
    const [kind, global, key, , length, view] = Array.isArray(id) ? id : [];
    const type = storageTypes.get(global as PickleGlobal);
    if (kind !== 'storage' || !type || typeof key !== 'string' || !Number.isSafeInteger(length) || length < 0) {
      throw refuse('a storage with its type, key and length', 'another persistent id');
    }
    if (view) throw refuse('storages of their own', 'a storage that is part of another');
    const known = storages.get(key);
    if (known && (known.type !== type || known.length !== length)) {
      throw refuse(`storage "${key}" always with one type and length`, 'two');
    }
    const storage: Storage = known ?? { type, length };
    storages.set(key, storage);
    made.add(storage);
    return storage;
  };

  const rebuild: PickleGlobal = (storage, start, shape, strides) => {
    if (!made.has(storage) || !Array.isArray(shape) || !Array.isArray(strides)) {
      throw refuse('a tensor with its storage, shape and strides', 'other arguments');
    }
    return new CheckpointTensor({ storage: storage as Storage, offset: start as number, shape, strides });
  };

  const globals = {
    ...containerGlobals,
    ...storageGlobals,
    'torch._utils._rebuild_tensor': rebuild,
    'torch._utils._rebuild_tensor_v2': rebuild,
    'torch._utils._rebuild_parameter': (tensor: unknown) => tensor,
  };
  const { value, next } = readPickle(bytes, { globals, persistent, offset, where, advice });
  return { value, storages, next };
}

function refuse(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-data', where: 'checkpoint', expected, actual });
}
