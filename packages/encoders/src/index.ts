/**
 * Skeleton encoders, one file each: seven published ones, and a perceptron to see them beside.
 *
 * @module
 */
export { type AagcnOptions, aagcn } from './aagcn.ts';
export { type AgcnOptions, agcn } from './agcn.ts';
export type { ShiftGradient } from './blocks/shift.ts';
export { type CtrgcnOptions, ctrgcn } from './ctrgcn.ts';
export { type InfogcnOptions, infogcn } from './infogcn.ts';
export { type MlpOptions, mlp } from './mlp.ts';
export { type ShiftgcnOptions, shiftgcn } from './shiftgcn.ts';
export { type StgcnOptions, stgcn } from './stgcn.ts';
export { type StgcnppOptions, stgcnpp } from './stgcnpp.ts';
