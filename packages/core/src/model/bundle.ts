/** A bundle: an ONNX file that knows what it is. Sealing writes the manifest; reading verifies all that it says. */
import { toBinary } from '@bufbuild/protobuf';
import { invalidBundle } from '../onnx/invalid-bundle.ts';
import { getMetadata, setMetadata } from '../onnx/metadata.ts';
import { ModelProtoSchema } from '../onnx/onnx_pb.ts';
import { type CheckedModel, inputSpecs, outputSpecs, readModel, type ValueSpec } from '../onnx/read.ts';
import { checkSpec as checkInputSpec, type InputSpec, inputShape } from '../skeleton/input.ts';
import { KinegraphError } from '../tensor/error.ts';
import { formatShape } from '../tensor/tensor.ts';
import { isSealed, seal, sealKey, weightsDigest } from './digest.ts';
import { type Manifest, parseManifest, serializeManifest } from './manifest.ts';

/** The ONNX metadata key of the manifest. */
export const manifestKey = 'kinegraph';
/** The name of the graph's one input, `[batch, persons, channels, frames, joints]`. */
export const inputName = 'positions';

/** A bundle that has been read: its manifest, and the graph that the manifest was checked against. */
export interface Bundle {
  readonly manifest: Manifest;
  readonly model: CheckedModel;
}

/**
 * Reads a bundle, trusting nothing: the file is whole and unchanged since it was sealed, holds all of its data, and is what its
 * manifest says.
 *
 * @throws `invalid-bundle`; `unsupported` if a newer release made it.
 */
export function readBundle(bytes: Uint8Array): Bundle {
  const model = readModel(bytes);
  const json = getMetadata(model, manifestKey);
  if (json === undefined) {
    const others = model.metadataProps.map(({ key }) => key).join(', ') || 'none';
    throw invalidBundle('readBundle', `an ONNX file with a metadata entry "${manifestKey}"`, `entries: ${others}`, {
      hint: 'This ONNX model was not made by Kinegraph, or its end is missing. sealBundle makes a bundle of a model.',
    });
  }
  if (!isSealed(bytes)) {
    throw invalidBundle('readBundle', 'the bytes that were sealed', 'a file that differs from its digest', {
      hint: 'Download it again; after changing it on purpose, seal it again by sealBundle.',
    });
  }
  const manifest = parseManifest(json);
  const digest = weightsDigest(model.graph);
  if (digest !== manifest.weights.sha256) {
    throw invalidBundle('readBundle', `weights with sha-256 ${manifest.weights.sha256}`, digest);
  }
  checkPromises(manifest, model);
  return { manifest, model };
}

/**
 * Makes a bundle of an ONNX model: adds the digest of its weights to the manifest, writes it into the file, and seals the file.
 *
 * @returns bytes that {@link readBundle} reads
 * @throws `invalid-bundle` if the manifest does not fit the model
 */
export function sealBundle(bytes: Uint8Array, manifest: Omit<Manifest, 'weights'>): Uint8Array {
  const model = readModel(bytes);
  const complete: Manifest = { ...manifest, weights: { sha256: weightsDigest(model.graph) } };
  checkPromises(complete, model);
  model.metadataProps = model.metadataProps.filter(({ key }) => key !== sealKey);
  setMetadata(model, manifestKey, serializeManifest(complete));
  return seal(toBinary(ModelProtoSchema, model));
}

/** Checks that the manifest tells the truth about the graph's inputs and outputs. */
function checkPromises({ input, labels, outputs }: Manifest, { graph }: CheckedModel): void {
  checkInput(input);
  const inputs = inputSpecs(graph);
  checkSpec('input', inputName, ['batch', ...inputShape(input)], inputs);
  if (inputs.length > 1) {
    throw invalidBundle('bundle', `one input "${inputName}"`, inputs.map(({ name }) => name).join(', '));
  }
  const outs = outputSpecs(graph);
  if (outputs.logits !== undefined) checkSpec('output', outputs.logits, ['batch', labels.length], outs);
  if (outputs.embedding !== undefined) checkSpec('output', outputs.embedding, ['batch', undefined], outs);
}

function checkInput(input: InputSpec): void {
  try {
    checkInputSpec(input);
  } catch (cause) {
    if (!KinegraphError.is(cause)) throw cause;
    throw invalidBundle('manifest input', cause.expected, cause.actual, { cause });
  }
}

/** The batch must be symbolic, an undefined size any fixed one. */
function checkSpec(
  kind: string,
  name: string,
  shape: readonly ['batch', ...(number | undefined)[]],
  specs: readonly ValueSpec[],
): void {
  const spec = specs.find((candidate) => candidate.name === name);
  const fits =
    spec?.dtype === 'float32' &&
    spec.shape.length === shape.length &&
    spec.shape.every((size, axis) =>
      axis === 0 ? typeof size === 'string' : size === (shape[axis] ?? size) && typeof size === 'number' && size > 0,
    );
  if (fits) return;
  const promised = formatShape(shape.map((size) => size ?? 'width'));
  throw invalidBundle(
    'bundle',
    `the ${kind} "${name}" as the manifest has it, float32 ${promised}`,
    spec
      ? `${spec.dtype} ${formatShape(spec.shape)}`
      : `${kind}s ${specs.map((other) => other.name).join(', ') || 'none'}`,
  );
}
