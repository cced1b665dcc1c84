/** The encoder that arguments name, with its options. */
import { KinegraphError } from '@kinegraph/core';
import type { Encoder } from '@kinegraph/core/graph';
import type { TrainingSettings } from '../recipes/recipe.ts';
import { encoders } from './encoders.ts';

/** What decides the encoder. */
export interface EncoderArguments extends Pick<TrainingSettings, 'encoder' | 'encoderOptions'> {
  readonly width?: number;
  readonly stages?: readonly number[];
  readonly set?: readonly string[];
}

/**
 * The encoder with its options; `--set name=value` gives those that have no option of their own.
 *
 * @throws `invalid-argument` for what the encoder does not have.
 */
export function encoderOf({ encoder: id, encoderOptions, width, stages, set = [] }: EncoderArguments): Encoder {
  const create = Object.hasOwn(encoders, id) ? encoders[id] : undefined;
  if (!create) throw refuse('--encoder', `one of ${Object.keys(encoders).join(', ')}`, `"${id}"`);
  const given = set.map((item) => {
    const [, name, text] = /^([A-Za-z]\w*)=(.+)$/.exec(item) ?? [];
    if (name === undefined || text === undefined) throw refuse('--set', 'name=value', `"${item}"`);
    return [name, parseValue(text)];
  });
  return create({
    ...encoderOptions,
    ...(width !== undefined && { width }),
    ...(stages && { stages }),
    ...Object.fromEntries(given),
  });
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refuse(where: string, expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
