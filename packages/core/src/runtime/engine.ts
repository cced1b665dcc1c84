/**
 * What an engine must offer so that the adapter can make a {@link Runtime} of it: bare sessions over the engine's own
 * tensors.
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { RuntimeReport, TensorSpec } from './contract.ts';

/** An engine for ONNX models. `Native` is its own tensor, which may live on another device. */
export interface Engine<Native> {
  /** The {@link Runtime.id}: package or protocol, for example `onnxruntime-node`. */
  readonly id: string;
  /**
   * Opens a session. May throw anything; the adapter adds the context.
   *
   * @param resident - names of outputs that only feed later runs, so they may stay on the device
   */
  open(bytes: Uint8Array, resident: readonly string[]): Promise<EngineSession<Native>>;
}

/** One open model of an {@link Engine}. Calls never overlap: the adapter waits for each before the next. */
export interface EngineSession<Native> {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly report: RuntimeReport;
  /** Whether {@link EngineSession.run} writes into the tensors that it is given for outputs, in place of new ones. */
  readonly reuses: boolean;
  /**
   * Computes the outputs named by `fetch`. The feeds fit {@link EngineSession.inputs}.
   *
   * @param into - tensors of the right shape that outputs are written into, if the engine {@link EngineSession.reuses} any
   */
  run(
    feeds: Readonly<Record<string, Native>>,
    fetch: readonly string[],
    into: Readonly<Record<string, Native>>,
  ): Promise<Readonly<Record<string, Native>>>;
  /** A native tensor, which may share the memory of `tensor`. */
  upload(tensor: Tensor): Native;
  /** A host tensor, which may share the memory of `native`. */
  download(native: Native): Promise<Tensor>;
  shapeOf(native: Native): readonly number[];
  /** Gives back what `native` holds outside the host's memory. */
  free(native: Native): void;
  close(): Promise<void>;
}
