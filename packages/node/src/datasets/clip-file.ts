/** A clip as one JSON object: the simplest way to hand a recording over. */
import { type Clip, type ClipOptions, clip, type Layout, layoutFrom } from '@kinegraph/core';
import { type JsonRecord, jsonRecord, readJsonFile } from './json-record.ts';
import { shippedLayouts } from './skeleton-layout.ts';

const maxBytes = 2 ** 28;
const knownKeys = ['layout', 'positions', 'confidence', 'missing', 'fps', 'unit'];

/**
 * Reads `{ layout, fps, positions }` and, where given, `confidence`, `missing` and `unit`, which mean what they mean to `clip`.
 *
 * `layout` is the id of a layout that ships, or `{ id, joints, parents }`.
 *
 * @throws `not-found` or `io` if it cannot be read; `invalid-data`, `invalid-layout`, `invalid-clip` or `invalid-shape` that says what
 * does not fit.
 * @example
 * const [best] = await classify(model, await readClipFile('today.json'));
 */
export async function readClipFile(path: string): Promise<Clip> {
  const file = await readJsonFile(path, maxBytes);
  const unknown = file.keys.find((key) => !knownKeys.includes(key));
  if (unknown !== undefined) throw file.wrong(unknown, `no such field; known are ${knownKeys.join(', ')}`);
  const positions = file.get('positions');
  if (!Array.isArray(positions)) throw file.wrong('positions', 'nested lists [frames][joints][2 or 3]');
  const options: Record<string, unknown> = {};
  for (const key of ['confidence', 'missing', 'fps', 'unit']) {
    if (file.get(key) !== undefined) options[key] = file.get(key);
  }
  // What is in the options is checked by clip.
  return clip(readLayout(file), positions, options as ClipOptions);
}

function readLayout(file: JsonRecord): Layout {
  const value = file.get('layout');
  if (typeof value === 'string') {
    const layout = shippedLayouts.get(value);
    if (layout) return layout;
    throw file.wrong('layout', `one of ${[...shippedLayouts.keys()].join(', ')}, or { id, joints, parents }`);
  }
  const record = jsonRecord(value, `${file.where}, layout`);
  return layoutFrom({
    id: record.text('id', 100),
    // Lists of anything: layoutFrom checks every item.
    joints: record.list('joints', 1024) as readonly string[],
    parents: record.list('parents', 1024) as readonly number[],
  });
}
