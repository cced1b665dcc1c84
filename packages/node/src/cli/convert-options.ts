/** The options of `kinegraph convert`, from text to the parts of a network. */
import { KinegraphError, type Layout, type LayoutRecord, layoutFrom, reroot } from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';
import { inputSpec, type NetworkInput } from '@kinegraph/core/train';
import { ntu120Labels } from '../datasets/ntu-labels.ts';
import { shippedLayouts } from '../datasets/skeleton-layout.ts';
import type { ConvertArguments } from './convert-command.ts';
import { encoderOf } from './encoder-option.ts';
import { readInput } from './load.ts';

/**
 * The encoder as published, but for what the arguments say.
 *
 * @throws `invalid-argument` if there is none, and for what it does not have.
 */
export function publishedEncoder({ encoder, ...options }: ConvertArguments): Encoder {
  if (encoder === undefined) throw refuse('convert', '--encoder or --recipe', 'neither');
  return encoderOf({ encoder, ...options });
}

/**
 * What the network sees.
 *
 * @throws `invalid-argument` for a layout that there is not, and for options that do not go together.
 */
export async function inputOf(args: ConvertArguments): Promise<NetworkInput> {
  const { root, frames, persons, dimensions, confidence, sampling, streams, center, align, unit, normalize } = args;
  const layout = await layoutOf(args.layout);
  const centered = center === 'clip' || center === 'frame' ? center : { joint: center, per: 'clip' as const };
  const input: NetworkInput = {
    layout: root === undefined ? layout : reroot(layout, root),
    frames,
    persons,
    dimensions,
    confidence,
    sampling,
    streams,
    ...(normalize.length > 0 && { normalize }),
    ...(unit === 'meter' && dimensions === 3 && { unit }),
    ...(center === 'none' ? {} : { center: centered }),
    ...(align === 'y' || align === 'z' ? { align } : {}),
  };
  // Checked before a long file is read.
  inputSpec(input);
  return input;
}

async function layoutOf(text: string): Promise<Layout> {
  if (text.endsWith('.json')) return layoutFrom(await readJson(text));
  const layout = shippedLayouts.get(text);
  if (layout) return layout;
  throw refuse('--layout', `one of ${[...shippedLayouts.keys()].join(', ')}, or a .json file`, `"${text}"`);
}

/** The names of the classes: those of NTU RGB+D, or the lines of a file. */
export async function labelsOf(text: string): Promise<readonly string[]> {
  if (text === 'ntu60') return ntu120Labels.slice(0, 60);
  if (text === 'ntu120') return ntu120Labels;
  const lines = (await readText(text)).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '');
}

/** A file as text. */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInput(path));
}

async function readJson(path: string): Promise<LayoutRecord> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as LayoutRecord;
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new KinegraphError({ code: 'invalid-data', where: path, expected: 'JSON', actual, cause });
  }
}

function refuse(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
