/**
 * The part of an engine that all JavaScript builds of ONNX Runtime share; typed by shape, so that core depends on none
 * of them.
 */
import { KinegraphError } from '../tensor/error.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import type { RuntimeReport, TensorSpec } from './contract.ts';
import type { EngineSession } from './engine.ts';

/** The tensor of `onnxruntime-common`, as far as it is used here. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  getData(): Promise<unknown>;
  dispose(): void;
}

/** One entry of an inference session's `inputMetadata` or `outputMetadata`. */
export type OrtValueMetadata = { readonly name: string } & (
  | { readonly isTensor: false }
  | { readonly isTensor: true; readonly type: string; readonly shape: readonly (number | string)[] }
);

/** The inference session of `onnxruntime-common`, as far as it is used here. */
export interface OrtSession<Native extends OrtTensor> {
  readonly inputMetadata: readonly OrtValueMetadata[];
  readonly outputMetadata: readonly OrtValueMetadata[];
  run(
    feeds: Readonly<Record<string, Native>>,
    fetch: Readonly<Record<string, Native | null>>,
  ): Promise<Readonly<Record<string, Native>>>;
  release(): Promise<void>;
}

/** The tensor constructor of `onnxruntime-common`. */
export type OrtTensorConstructor<Native extends OrtTensor> = new (
  type: DType,
  data: Tensor['data'],
  dims: readonly number[],
) => Native;

const dtypes: readonly string[] = ['float32', 'float16', 'int32', 'int64', 'uint8', 'bool'] satisfies DType[];

/** How a build of ONNX Runtime differs from the others. */
export interface OrtSessionOptions {
  /** Whether it writes outputs into tensors that it is given; false by default. */
  readonly reuses?: boolean;
}

/**
 * Makes an engine session of an inference session of onnxruntime-node, onnxruntime-web or onnxruntime-react-native.
 *
 * @throws `unsupported`, having released the session, if an input or output is no tensor of a {@link DType}
 */
export async function ortSession<Native extends OrtTensor>(
  OrtTensor: OrtTensorConstructor<Native>,
  session: OrtSession<Native>,
  report: RuntimeReport,
  { reuses = false }: OrtSessionOptions = {},
): Promise<EngineSession<Native>> {
  try {
    return {
      inputs: session.inputMetadata.map(specOf),
      outputs: session.outputMetadata.map(specOf),
      report,
      reuses,
      run: (feeds, fetch, into) =>
        session.run(feeds, Object.fromEntries(fetch.map((name) => [name, into[name] ?? null]))),
      upload: ({ dtype, data, shape }) => new OrtTensor(dtype, data, shape),
      download: async (native) => hostTensor(native, await native.getData()),
      shapeOf: ({ dims }) => dims,
      free: (native) => native.dispose(),
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function specOf(metadata: OrtValueMetadata): TensorSpec {
  const type = metadata.isTensor ? metadata.type : 'no tensor';
  if (!metadata.isTensor || !dtypes.includes(type)) {
    throw new KinegraphError({
      code: 'unsupported',
      where: 'load',
      expected: `inputs and outputs of ${dtypes.join(', ')}`,
      actual: `"${metadata.name}" of ${type}`,
      hint: 'Add a Cast to the model.',
    });
  }
  return { name: metadata.name, dtype: type as DType, shape: metadata.shape };
}

/** Hosts with a `Float16Array` get float16 in one; Kinegraph's record has the raw bits on every host. */
function hostTensor({ type, dims }: OrtTensor, data: unknown): Tensor {
  const { buffer, byteOffset, length } = data as Uint16Array;
  const bits = type === 'float16' ? new Uint16Array(buffer, byteOffset, length) : data;
  return { dtype: type, shape: dims, data: bits } as Tensor;
}
