/** Reading the weights that others have published: PyTorch's two file formats, and safetensors. */
import { KinegraphError, readSafetensors } from '@kinegraph/core';
import { CheckpointTensor, denseStrides } from './checkpoint-tensor.ts';
import { elementTypes } from './element-types.ts';
import { stateDict } from './state-dict.ts';
import { readTorchLegacy } from './torch-legacy.ts';
import { readTorchZip } from './torch-zip.ts';

/** Tensors by name, in the order of the file. */
export type Checkpoint = ReadonlyMap<string, CheckpointTensor>;

/**
 * Reads the state dict of a checkpoint: `.pt` and `.pth` files of any PyTorch since 0.4, and `.safetensors`, told apart by their content.
 * A PyTorch file is a program that may call anything; here it can build tensors and containers, and whatever else it names is refused.
 *
 * @param where names the file in errors.
 * @throws `invalid-data` for a damaged file, one without a state dict, and one with other objects; `unsupported` for other formats.
 */
export function readCheckpoint(bytes: Uint8Array, where = 'checkpoint'): Checkpoint {
  const format = formatOf(bytes);
  if (format === 'zip') return stateDict(where, readTorchZip(where, bytes));
  if (format === 'pickle') return stateDict(where, readTorchLegacy(where, bytes));
  if (format === 'safetensors') return safetensors(bytes);
  throw new KinegraphError({
    code: 'unsupported',
    where,
    expected: 'a PyTorch checkpoint (.pt, .pth) or .safetensors',
    actual: 'another kind of file',
    hint: 'Save the weights again with torch.save(model.state_dict(), "weights.pt").',
  });
}

/** By the first bytes: a zip file's signature, a header in JSON after its length of less than 2^32, or a pickle of protocol 2 or more. */
function formatOf(bytes: Uint8Array): 'zip' | 'pickle' | 'safetensors' | undefined {
  const has = (at: number, ...signature: number[]) => signature.every((byte, i) => bytes[at + i] === byte);
  if (has(0, 0x50, 0x4b, 0x03, 0x04)) return 'zip';
  if (has(4, 0, 0, 0, 0, 0x7b)) return 'safetensors';
  return has(0, 0x80) && (bytes[1] as number) <= 5 ? 'pickle' : undefined;
}

function safetensors(bytes: Uint8Array): Checkpoint {
  const { tensors } = readSafetensors(bytes);
  return new Map(
    [...tensors].map(([name, { dtype, shape, data }]) => {
      const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const storage = { type: elementTypes[dtype], length: data.length, bytes: view };
      return [name, new CheckpointTensor({ storage, offset: 0, shape, strides: denseStrides(shape) })];
    }),
  );
}
