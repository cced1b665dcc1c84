/** The engine of this package: onnxruntime-node, loaded with the first model. */
import { KinegraphError } from '@kinegraph/core';
import { type Engine, firstUsable, ortSession } from '@kinegraph/core/runtime';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** An execution provider of onnxruntime-node; which of them exist depends on the machine. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'tensorrt' | 'coreml' | 'dml' | (string & {});

/** How onnxruntime-node runs models. */
export interface EngineOptions {
  /**
   * Tried in order until one opens the model; `['cpu']` by default. An operator that a provider lacks runs on the CPU.
   */
  readonly providers?: readonly Provider[];
  /** Threads inside an operator on the CPU; by default onnxruntime takes one for each physical core. */
  readonly threads?: number;
  /** More options of onnxruntime's `InferenceSession.create`, passed as they are. */
  readonly session?: InferenceSession.SessionOptions;
}

/** Makes the engine. */
export function ortNodeEngine({ providers = ['cpu'], threads, session = {} }: EngineOptions): Engine<Tensor> {
  return {
    id: 'onnxruntime-node',
    // Carried outputs return to the host's memory: onnxruntime-node 1.30 can keep them on a GPU, but ends the process
    // when they are read.
    async open(bytes) {
      const ort = await importOrt();
      const {
        value: native,
        provider,
        rejected,
      } = await firstUsable(providers, (name) =>
        ort.InferenceSession.create(bytes, {
          logSeverityLevel: 4,
          ...(threads !== undefined && { intraOpNumThreads: threads }),
          // A planned block for all intermediate results lies beside the arena that the first run filled, and gains no time.
          enableMemPattern: false,
          ...session,
          executionProviders: [name],
        }),
      );
      const report = {
        engine: `onnxruntime-node ${ort.env.versions.node}`,
        provider,
        rejected,
        ...(threads !== undefined && { threads }),
      };
      const opened = await ortSession(ort.Tensor, native, report, { reuses: provider === 'cpu' });
      return {
        ...opened,
        async run(feeds, fetch, into) {
          const written = withoutFloat16(into);
          return withoutCopies(await opened.run(withFloat16Bits(feeds), fetch, written), written);
        },
      };
    },
  };
}

/**
 * Feeds with float16 as raw bits. Where there is a `Float16Array`, onnxruntime makes one of every float16 tensor, which
 * its binding then takes for an empty array (https://github.com/microsoft/onnxruntime/pull/32323); it takes a record in
 * place of its own tensor.
 */
function withFloat16Bits(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const entries = Object.entries(feeds).map(([name, tensor]) => {
    if (tensor.type !== 'float16') return [name, tensor];
    const { type, dims } = tensor;
    const { buffer, byteOffset, length } = tensor.data as Uint16Array;
    const bits = new Uint16Array(buffer, byteOffset, length);
    return [name, { type, dims, data: bits, location: 'cpu' }];
  });
  return Object.fromEntries(entries);
}

async function importOrt() {
  try {
    const ort = await import('onnxruntime-node');
    // What it would print is also in the errors that it throws.
    ort.env.logLevel = 'fatal';
    return ort;
  } catch (cause) {
    throw new KinegraphError({
      code: 'unsupported',
      where: 'createRuntime',
      expected: 'onnxruntime-node to load',
      actual: `${cause}`,
      hint: `It has no binary for ${process.platform} ${process.arch} with this C library. @kinegraph/web has the same API, needs no binary and runs under Node too.`,
      cause,
    });
  }
}

/** Tensors that the binding can write into: of float16 it sees none, for the same reason. */
function withoutFloat16(into: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(into).filter(([, { type }]) => type !== 'float16'));
}

/**
 * The tensors that a run wrote into, in place of the copies of them that the binding returns. Where the host can give a copy's memory back
 * (Node 22), the next run gets the same memory, and no garbage collector has to look for it.
 */
function withoutCopies(
  results: Readonly<Record<string, Tensor>>,
  written: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  for (const [name, { data }] of Object.entries(written)) {
    const { buffer } = (results[name] as Tensor).data as { readonly buffer: Transferable };
    if (buffer !== (data as Float32Array).buffer) buffer.transfer?.(0);
  }
  return { ...results, ...written };
}

/** An `ArrayBuffer`, of ECMAScript 2024 or before. */
interface Transferable {
  transfer?(length: number): unknown;
}
