/** From clips to one of a model's outputs: the body that all verbs share. */
import { invalidBundle } from '../onnx/invalid-bundle.ts';
import type { Clip } from '../skeleton/clip.ts';
import { batch, prepare } from '../skeleton/input.ts';
import { type AbortSignalLike, KinegraphError, throwIfAborted } from '../tensor/error.ts';
import { formatShape, type Tensor } from '../tensor/tensor.ts';
import { inputName } from './bundle.ts';
import type { Model } from './model.ts';

/** Clips of one run; bounds memory when somebody passes thousands. */
const maxBatch = 16;

/** The verbs that an output serves, for errors. */
const verbs = { logits: 'classify', embedding: 'embed and createGallery' } as const;

/** An output for each clip, in order, as a row of numbers. */
export async function forward(
  where: string,
  model: Model,
  output: keyof typeof verbs,
  clips: readonly Clip[],
  signal: AbortSignalLike | undefined,
): Promise<Float32Array[]> {
  const { name, width } = outputOf(where, model, output);
  for (const clip of clips) checkClip(where, clip);
  const rows: Float32Array[] = [];
  for (let start = 0; start < clips.length; start += maxBatch) {
    throwIfAborted(signal, where);
    const samples = clips.slice(start, start + maxBatch).map((clip) => prepare(clip, model.manifest.input));
    const feeds = { [inputName]: batch(samples) };
    const results = await model.session.run(feeds, { fetch: [name], ...(signal && { signal }) });
    const data = checkOutput(where, name, results[name], [samples.length, width]);
    for (let row = 0; row < samples.length; row++) rows.push(data.subarray(row * width, (row + 1) * width));
  }
  return rows;
}

/**
 * The graph's name of an output, and its numbers a clip.
 *
 * @throws `unsupported` if the bundle lacks it, with what it can do instead; `invalid-argument` for what is no model.
 */
export function outputOf(where: string, model: Model, output: keyof typeof verbs): { name: string; width: number } {
  checkModel(where, model);
  const { outputs, encoder, task, labels } = model.manifest;
  const name = outputs[output];
  if (name !== undefined) {
    // An engine may know better than the graph how wide an output is, but there are as many logits as labels.
    const spec = model.session.outputs.find((candidate) => candidate.name === name);
    return { name, width: output === 'logits' ? labels.length : Number(spec?.shape[1]) };
  }
  const usable = (['logits', 'embedding'] as const).filter((other) => outputs[other] !== undefined);
  throw new KinegraphError({
    code: 'unsupported',
    where,
    expected: `a bundle with the output ${output}`,
    actual: `${encoder.id} for ${task}`,
    hint: `This bundle works with ${usable.map((other) => verbs[other]).join(' and ')}.`,
  });
}

/** The numbers of an output; a graph may compute another shape than it declares, or overflow. */
function checkOutput(where: string, name: string, output: Tensor | undefined, shape: readonly number[]): Float32Array {
  if (output?.dtype !== 'float32' || formatShape(output.shape) !== formatShape(shape)) {
    const actual = output ? `${output.dtype} ${formatShape(output.shape)}` : 'none';
    throw invalidBundle(where, `the output "${name}" as float32 ${formatShape(shape)}`, actual);
  }
  if (output.data.every(Number.isFinite)) return output.data;
  throw new KinegraphError({
    code: 'invalid-data',
    where,
    expected: `finite numbers in "${name}"`,
    actual: 'NaN or infinity',
    hint: 'Make clips by clip(), which checks their positions, in the unit that the model knows. If they are, the bundle is broken.',
  });
}

function checkModel(where: string, model: Model): void {
  if (model?.manifest && model.session) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: 'a model, as open gives it',
    actual: kindOf(model),
    ...(isPromise(model) && { hint: 'Wait for it: await open(source).' }),
  });
}

/** Throws `invalid-argument` for what is no clip. */
export function checkClip(where: string, clip: Clip): void {
  if (clip?.layout?.joints && clip.positions?.shape?.length === 4) return;
  throw new KinegraphError({
    code: 'invalid-argument',
    where,
    expected: 'a clip, or an array of clips',
    actual: kindOf(clip),
    hint: 'Make one of positions by clip(layout, positions).',
  });
}

function isPromise(value: unknown): boolean {
  return value instanceof Promise;
}

/** What came instead of a record, in a word or two. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'nested arrays';
  if (ArrayBuffer.isView(value)) return value.constructor.name;
  if (typeof value !== 'object' || value === null) return String(value);
  return isPromise(value) ? 'a promise' : 'an object';
}
