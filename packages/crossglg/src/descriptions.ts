/**
 * Descriptions of the actions of public data sets, written by hand, by the labels that the data sets' readers give.
 *
 * @module
 */
import { type ActionDescription, readDescriptions } from './descriptions/description.ts';
import hdm05File from './descriptions/hdm05.json' with { type: 'json' };
import ntu120File from './descriptions/ntu120.json' with { type: 'json' };
import nwUclaFile from './descriptions/nw-ucla.json' with { type: 'json' };
import uiPrmdFile from './descriptions/ui-prmd.json' with { type: 'json' };
import wmftFile from './descriptions/wmft.json' with { type: 'json' };

export type { ActionDescription } from './descriptions/description.ts';

/** The 120 actions of NTU RGB+D 120, in order; the first 60 are those of NTU RGB+D. */
export const ntu120: readonly ActionDescription[] = /* @__PURE__ */ readDescriptions(ntu120File);

/** The 10 exercises of UI-PRMD, each by its name, and as `deep squat, correct` and `deep squat, incorrect`. */
export const uiPrmd: readonly ActionDescription[] = /* @__PURE__ */ readDescriptions(uiPrmdFile);

/** 15 tasks of the Wolf Motor Function Test. */
export const wmft: readonly ActionDescription[] = /* @__PURE__ */ readDescriptions(wmftFile);

/** 11 actions of HDM05. */
export const hdm05: readonly ActionDescription[] = /* @__PURE__ */ readDescriptions(hdm05File);

/** The 10 actions of Northwestern-UCLA. */
export const nwUcla: readonly ActionDescription[] = /* @__PURE__ */ readDescriptions(nwUclaFile);
