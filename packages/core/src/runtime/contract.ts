/** What a host must offer to run a model: load bytes, run feeds, keep carried state inside. */
import type { AbortSignalLike } from '../tensor/error.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';

/** Name, element type and shape of a model's input or output; a `string` size is symbolic. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

/** Where a model actually runs; written by the runtime after loading. */
export interface RuntimeReport {
  /** For example `onnxruntime-node 1.30.0`. */
  readonly engine: string;
  /** The execution provider in use: `cpu`, `webgpu`, `wasm`, `cuda`, ... */
  readonly provider: string;
  /** Providers that were asked for and could not be used, with the reason. */
  readonly rejected: readonly { readonly provider: string; readonly reason: string }[];
  /** Threads inside an operator, where the engine says. */
  readonly threads?: number;
  /**
   * Whatever else differs from what was asked for, in sentences for people: why there is one thread only, for example.
   */
  readonly notes?: readonly string[];
}

/** Options of {@link Runtime.load}. */
export interface LoadOptions {
  /** Maps an output's name to the input that it feeds on the next run. A carried output stays inside the runtime. */
  readonly carry?: Readonly<Record<string, string>>;
  /** First values of the carried inputs, by input name; every carried input needs one. */
  readonly state?: Readonly<Record<string, Tensor>>;
  readonly signal?: AbortSignalLike;
}

/** Options of {@link Session.run}. */
export interface RunOptions {
  /** Outputs to bring back; by default all that are not carried. */
  readonly fetch?: readonly string[];
  /**
   * Calls the run off before it starts. On a worker-backed runtime it also abandons a run in progress, which then leaves
   * the carried state as it was; elsewhere such a run finishes.
   */
  readonly signal?: AbortSignalLike;
}

/** A loaded model. Runs are queued in the order they were asked for; a failed one does not spoil the next. */
export interface Session {
  /** Inputs and outputs of the model, the carried ones among them. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly report: RuntimeReport;
  /**
   * Runs once. Feeds are checked against {@link Session.inputs}, less the carried ones, before the engine sees them;
   * they must not change before the run is over.
   *
   * @throws `invalid-argument` or `invalid-shape` for feeds that do not fit, `aborted`, and `runtime` if the engine
   * fails or the session has been disposed; the carried state then is that of before the run
   */
  run(feeds: Readonly<Record<string, Tensor>>, options?: RunOptions): Promise<Record<string, Tensor>>;
  /** Copies carried state out, by input name; all of it by default. */
  read(names?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees the model after the runs before it; once, however often it is called. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A host's way to load models. */
export interface Runtime {
  readonly id: string;
  /**
   * Opens a model. The bytes may change afterwards.
   *
   * @throws `invalid-argument` or `invalid-shape` if `carry` and `state` do not suit the model, `unsupported` for
   * element types other than {@link DType}, `aborted`, and `runtime` if the engine cannot open it
   */
  load(bytes: Uint8Array, options?: LoadOptions): Promise<Session>;
  /** Ends all sessions; pending runs finish or reject, and never hang. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
