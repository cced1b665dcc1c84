import { readFileSync } from 'node:fs';
import { float32, int64, KinegraphError, writeSafetensors } from '@kinegraph/core';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { CheckpointTensor } from './checkpoint-tensor.ts';
import { elementTypes } from './element-types.ts';
import { torchFile } from './fixtures/torch-file.ts';
import { readCheckpoint } from './read-checkpoint.ts';

/** Files that torch 2.13 wrote, by `torch.save(..., _use_new_zipfile_serialization=True or False)`. */
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const forms = ['zip', 'legacy'];
const names = ['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked'];

/** `torch.arange(24).reshape(2, 3, 4)` at the given places. */
const range = (...places: number[]) => Float32Array.from(places);

function isHandled(bytes: Uint8Array): boolean {
  try {
    for (const tensor of readCheckpoint(bytes).values()) tensor.read();
    return true;
  } catch (error) {
    return KinegraphError.is(error);
  }
}

describe('readCheckpoint', () => {
  it.each(forms)('reads every element type, and views, from the %s form', (form) => {
    const checkpoint = readCheckpoint(fixture(`tensors-${form}.pt`));
    const found = [...checkpoint].map(([name, tensor]) => [name, tensor.dtype, tensor.shape, tensor.read().data]);
    const dense = Float32Array.from({ length: 24 }, (_, i) => i);
    expect(found).toEqual([
      ['dense', 'float32', [2, 3, 4], dense],
      [
        'permuted',
        'float32',
        [4, 2, 3],
        range(0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23),
      ],
      ['sliced', 'float32', [2, 2, 2], range(4, 6, 8, 10, 16, 18, 20, 22)],
      ['tied', 'float32', [2, 3, 4], dense],
      ['expanded', 'float32', [3], range(5, 5, 5)],
      ['float16', 'float16', [4], range(1.5, -2.25, 65504, 2 ** -24)],
      ['bfloat16', 'bfloat16', [3], range(1.5, -2.25, 2 ** 100)],
      ['float64', 'float64', [2], range(0.5, -3)],
      ['int64', 'int64', [], range(-7)],
      ['int32', 'int32', [2], range(1, -2)],
      ['int16', 'int16', [2], range(1, -2)],
      ['int8', 'int8', [2], range(1, -2)],
      ['uint8', 'uint8', [2], range(1, 254)],
      ['bool', 'bool', [2], range(1, 0)],
      ['empty', 'float32', [0, 3], range()],
      ['parameter', 'float32', [2, 2], range(1, 1, 1, 1)],
    ]);
  });

  it.each(forms)('finds the state dict of a DataParallel network in a training checkpoint of the %s form', (form) => {
    const checkpoint = readCheckpoint(fixture(`training-${form}.pt`));
    expect([...checkpoint.keys()]).toEqual(names);
    expect(checkpoint.get('1.running_var')?.read().data).toEqual(range(1, 1));
    expect(checkpoint.get('0.weight')?.shape).toEqual([2, 1, 1, 1]);
  });

  it('reads safetensors', () => {
    const bytes = writeSafetensors({ 'fc.weight': float32([1, 2, 3, 4], [2, 2]), count: int64([3], []) });
    const found = [...readCheckpoint(bytes)].map(([name, tensor]) => [name, tensor.shape, tensor.read().data]);
    expect(Object.fromEntries(found.map(([name, ...rest]) => [name, rest]))).toEqual({
      'fc.weight': [[2, 2], range(1, 2, 3, 4)],
      count: [[], range(3)],
    });
  });

  it.each(['model', 'state_dict', 'model_state_dict', 'net'])('looks under %s', (place) => {
    expect([...readCheckpoint(torchFile({ 'module._orig_mod.a': float32([1]) }, place)).keys()]).toEqual(['a']);
  });

  it('refuses a network that was saved as an object, and says what to do', () => {
    expect(() => readCheckpoint(fixture('module-zip.pt'), 'net.pt')).toThrow(
      /^net\.pt: .*got "torch\.nn\.parallel\.data_parallel\.DataParallel"\..*torch\.save\(model\.state_dict\(\), "weights\.pt"\)/,
    );
  });

  it.each([
    ['another file', latin1('{"a": 1}, and more'), 'unsupported', /a PyTorch checkpoint .*got another kind of file/],
    ['nothing', new Uint8Array(0), 'unsupported', /another kind of file/],
    ['another pickle', latin1('\x80\x02K\x01.'), 'invalid-data', /a file that torch.save wrote, got another pickle/],
    ['another zip', zipSync({ 'a.txt': latin1('a') }), 'invalid-data', /an archive with data.pkl/],
    [
      'a packed zip',
      zipSync({ 'a/data.pkl': new Uint8Array(1000) }, { level: 9 }),
      'invalid-data',
      /a whole zip archive, got a damaged one/,
    ],
    [
      'TorchScript',
      zipSync({ 'a/code/model.py': latin1('') }),
      'unsupported',
      /a checkpoint, got a TorchScript program/,
    ],
    [
      'a big-endian file',
      zipSync({ 'a/data.pkl': latin1('\x80\x02}.'), 'a/byteorder': latin1('big') }, { level: 0 }),
      'unsupported',
      /little-endian data, got big-endian/,
    ],
    [
      'no tensors',
      zipSync({ 'a/data.pkl': latin1('\x80\x02}U\x05epochK\x01s.') }, { level: 0 }),
      'invalid-data',
      /a state dict: .* got a dictionary with "epoch"/,
    ],
    [
      'a list',
      zipSync({ 'a/data.pkl': latin1('\x80\x02].') }, { level: 0 }),
      'invalid-data',
      /a state dict: .* got a list/,
    ],
  ])('refuses %s', (_, bytes, code, message) => {
    expect(() => readCheckpoint(bytes)).toThrow(message);
    try {
      readCheckpoint(bytes);
    } catch (error) {
      expect(KinegraphError.is(error) && error.code).toBe(code);
    }
  });

  it.each(forms)('survives truncation and changed bytes of the %s form', (form) => {
    const whole = fixture(`tensors-${form}.pt`);
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => readCheckpoint(whole.subarray(0, length))).toThrow(KinegraphError);
    }
    const change = fc.record({
      at: fc.integer({ min: 0, max: whole.length - 1 }),
      bit: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(change, ({ at, bit }) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        return isHandled(bytes);
      }),
      { numRuns: 400 },
    );
  });

  it('refuses an archive whose directory lists the same data again and again', () => {
    const bytes = Buffer.from(torchFile({ a: float32(new Float32Array(3000)), b: float32(new Float32Array(3000)) }));
    // Both entries of the directory now point at the first storage and claim nearly the whole file.
    for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4)) {
      bytes.writeUInt32LE(bytes.length - 200, at + 20);
    }
    expect(() => readCheckpoint(bytes)).toThrow(
      /a whole zip archive, got a damaged one: a directory that does not fit it/,
    );
  });
});

describe('CheckpointTensor', () => {
  const storage = { type: elementTypes.float32, length: 6, bytes: new Uint8Array(24) };
  it.each([
    [{ offset: 1, shape: [2, 3], strides: [3, 1] }, /places within the 6 elements of its storage, got place 6/],
    [{ offset: 0, shape: [2, 3], strides: [3] }, /an offset, and a shape and strides/],
    [{ offset: -1, shape: [1], strides: [1] }, /an offset/],
    [{ offset: 0, shape: [1.5], strides: [1] }, /an offset/],
    [{ offset: 0, shape: [2 ** 31], strides: [0] }, /an offset/],
    [{ offset: 0, shape: [2], strides: [2 ** 60] }, /an offset/],
    [{ offset: 0, shape: new Array(20).fill(1), strides: new Array(20).fill(1) }, /at most 16 axes/],
  ])('refuses %j', (view, message) => {
    expect(() => new CheckpointTensor({ storage, ...view })).toThrow(message);
  });
});
