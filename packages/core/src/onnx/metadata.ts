/** The string entries that an ONNX file carries beside its graph. */
import { create } from '@bufbuild/protobuf';
import { invalidBundle } from './invalid-bundle.ts';
import { type ModelProto, StringStringEntryProtoSchema } from './onnx_pb.ts';

/**
 * The value of a metadata entry, or undefined.
 *
 * @throws `invalid-bundle` if the key is there more than once, because readers would disagree about which counts.
 */
export function getMetadata(model: ModelProto, key: string): string | undefined {
  const values = model.metadataProps.filter((entry) => entry.key === key);
  if (values.length > 1) {
    throw invalidBundle('read ONNX', `one metadata entry "${key}"`, `${values.length}`);
  }
  return values[0]?.value;
}

/** Sets a metadata entry in place, replacing those with the same key. */
export function setMetadata(model: ModelProto, key: string, value: string): void {
  model.metadataProps = [
    ...model.metadataProps.filter((entry) => entry.key !== key),
    create(StringStringEntryProtoSchema, { key, value }),
  ];
}
