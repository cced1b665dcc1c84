/**
 * Skeleton clips, models and the verbs over them; the host packages re-export all of it.
 *
 * @module
 */

export * from './runtime/contract.ts';
export * from './skeleton/adjacency.ts';
export * from './skeleton/layout.ts';
export * from './skeleton/layouts.ts';
export * from './tensor/error.ts';
export * from './tensor/random.ts';
export * from './tensor/tensor.ts';
