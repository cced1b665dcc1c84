/** The contract test of {@link Encoder}: whoever writes one proves it with a call. */
import type { Encoder } from '../encoder/encoder.ts';
import type { Runtime } from '../runtime/contract.ts';
import { defineLayout, type Layout } from '../skeleton/layout.ts';
import { coco17, ntu25 } from '../skeleton/layouts.ts';
import { encoderRules } from './encoder-rules.ts';
import { checkRules } from './rules.ts';

/** Options of {@link testEncoder}. */
export interface EncoderTestOptions {
  readonly runtime: Runtime;
  /** Layouts to build for; by default two of the shipped ones and a very small one. */
  readonly layouts?: readonly Layout[];
  /** Frames of the clips; 16 by default. */
  readonly frames?: number;
}

const limb = defineLayout('limb', { shoulder: null, elbow: 'shoulder', wrist: 'elbow' });

/**
 * Checks an encoder against all rules of the encoder contract; needs no test runner.
 *
 * @throws `invalid-argument` with every broken rule
 * @example
 * ```ts
 * await testEncoder(tiny({ width: 8 }), { runtime: createRuntime() });
 * ```
 */
export async function testEncoder(encoder: Encoder, options: EncoderTestOptions): Promise<void> {
  const { runtime, layouts = [limb, coco17, ntu25], frames = 16 } = options;
  await checkRules(`testEncoder ${encoder.id}`, encoderRules, {
    encoder,
    runtime,
    layouts,
    layout: layouts[0] ?? limb,
    frames,
  });
}
