/** The encoders that the command knows: an application's explicit record, and the one place that imports them. */
import type { Encoder } from '@kinegraph/core/graph';
import { aagcn, agcn, ctrgcn, infogcn, mlp, shiftgcn, stgcn, stgcnpp } from '@kinegraph/encoders';

/** Encoder factories by the name that `--encoder` takes. */
export const encoders: Readonly<Record<string, (options: Record<string, never>) => Encoder>> = {
  stgcn,
  stgcnpp,
  agcn,
  aagcn,
  ctrgcn,
  infogcn,
  shiftgcn,
  mlp,
};
