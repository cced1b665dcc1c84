/** The networks of an ensemble, as text. */
import type { Manifest } from '@kinegraph/core';

type Member = NonNullable<Manifest['members']>[number];

/** Name, weight, encoder, streams and figures of a member, as cells of a row. */
export function memberCells({ name, weight, encoder, streams = [], metrics = {} }: Member): string[] {
  const figures = Object.entries(metrics).map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`);
  return [name, String(Number(weight.toPrecision(4))), encoder.id, streams.join(' + '), figures.join(', ')];
}
