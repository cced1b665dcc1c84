/** Which sentences the shipped vectors are for, in their order. */
import { ntu25 } from '@kinegraph/core';
import { hdm05, ntu120, nwUcla, uiPrmd, wmft } from '../descriptions.ts';
import { sentencesOf } from '../text/features.ts';

/** Every sentence of the shipped descriptions. NTU's layout has every part of a body, so those of other layouts are among them. */
export function shippedSentences(): readonly string[] {
  return sentencesOf([...ntu120, ...uiPrmd, ...wmft, ...hdm05, ...nwUcla], ntu25);
}
