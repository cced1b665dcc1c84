import { runtimeRules, tinyModel } from '@kinegraph/core/testing';
import { describe, expect, it } from 'vitest';
import { tinyBundle } from '../../core/src/model/fixtures/tiny-bundle.ts';
import { open } from './open.ts';
import { createRuntime } from './runtime.ts';

describe('the runtime contract under Node', () => {
  for (const { name, check } of runtimeRules) it(name, () => check(() => createRuntime()));
});

const identity = tinyModel({
  inputs: [{ name: 'x', dtype: 'float32', shape: [1] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: [1] }],
  nodes: [['Identity', ['x'], ['y']]],
});

describe('createRuntime under Node', () => {
  it('reports what runs, and why it is no more', async () => {
    await using runtime = createRuntime({ providers: ['webgpu', 'webnn' as 'wasm', 'wasm'], threads: 4 });
    const { report } = await runtime.load(identity);
    expect(report).toMatchObject({
      engine: expect.stringMatching(/^onnxruntime-web \d/),
      provider: 'wasm',
      threads: 1,
    });
    expect(report.rejected).toMatchObject([
      { provider: 'webgpu', reason: expect.stringContaining('navigator.gpu') },
      { provider: 'webnn', reason: expect.stringContaining('a provider among wasm, webgpu') },
    ]);
    expect(report.notes).toEqual([expect.stringContaining('Cross-Origin-Embedder-Policy')]);
  });

  it('refuses options that it does not know', () => {
    expect(() => createRuntime({ provider: 'wasm' } as object)).toThrow('got "provider"');
    expect(() => createRuntime({ threads: 0 })).toThrow('expected threads as a whole number of at least 1');
  });
});

describe('open under Node', () => {
  it('opens bytes and files', async () => {
    const bundle = tinyBundle();
    await using model = await open(bundle);
    expect(model.manifest.labels).toHaveLength(3);
    await using same = await open(new Blob([bundle as Uint8Array<ArrayBuffer>]));
    expect(same.manifest).toEqual(model.manifest);
    await expect(open(bundle.subarray(0, 100))).rejects.toMatchObject({ code: 'invalid-bundle' });
    await expect(open('relative.onnx')).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(open('http://127.0.0.1:1/none.onnx')).rejects.toMatchObject({ code: 'io' });
  });
});
