/**
 * Published skeleton encoders, one file each.
 *
 * @module
 */
export { type CtrgcnOptions, ctrgcn } from './ctrgcn.ts';
export { type StgcnppOptions, stgcnpp } from './stgcnpp.ts';
