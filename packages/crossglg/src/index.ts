/**
 * CrossGLG: one-shot recognition guided by language. Descriptions of actions, language models that write them, text encoders, the method, and
 * its protocols and evaluation.
 *
 * @module
 */
export { importanceOf, jointsOf } from './anatomy/joints.ts';
export { type Part, type PartKind, partKinds, partOf, type Side } from './anatomy/parts.ts';
export { findPhrases, type Named, namedBy } from './anatomy/phrases.ts';
export { type ActionDescription, type DescriptionFile, readDescriptions } from './descriptions/description.ts';
export { jointSentences } from './descriptions/joint-sentences.ts';
export { descriptionsFor } from './descriptions/select.ts';
export {
  type CalibratedScores,
  type DistributionCalibrationOptions,
  distributionCalibration,
} from './evaluation/distribution-calibration.ts';
export { jointSimilarities } from './evaluation/joint-masks.ts';
export { auroc, type OpenSetFigures, openSetFigures } from './evaluation/open-set.ts';
export {
  type OneShotAccuracy,
  type OneShotEmbeddings,
  type OneShotReport,
  type OneShotReportOptions,
  oneShotReport,
} from './evaluation/report.ts';
export { type EmbeddedClips, similarities } from './evaluation/similarity.ts';
export {
  type DescribedActions,
  type DescribeOptions,
  describeActions,
  type Exchange,
} from './language/describe-actions.ts';
export type { ChatMessage, LanguageModel, LanguageRequest } from './language/language-model.ts';
export {
  type ChatRequestInit,
  type ChatResponse,
  type OpenAiCompatibleOptions,
  openAiCompatible,
} from './language/openai-compatible.ts';
export { type Prompt, type Prompts, prompts } from './language/prompts.ts';
export { type TextGenerator, type TransformersModelOptions, transformersModel } from './language/transformers-model.ts';
export { type CrossglgTask, crossglg } from './method/crossglg.ts';
export { importanceTap } from './method/importance.ts';
export type { TextLeak } from './method/leak.ts';
export type { ClassTexts, CrossglgOptions, GuidanceOptions, ImportanceOptions } from './method/options.ts';
export { everyClassOneShot, everyThirdOneShot, nwUclaOneShot } from './protocols/every-third.ts';
export { type NtuOneShotOptions, ntu60OneShot, ntu120OneShot } from './protocols/ntu.ts';
export type { OneShotProtocol, ProtocolOptions } from './protocols/one-shot-protocol.ts';
export { pkuMmdOneShot } from './protocols/pku-mmd.ts';
export { type UtdMhadOneShotOptions, utdMhadOneShot } from './protocols/utd-mhad.ts';
export { type EmbeddingTable, readEmbeddings, tableEncoder, writeEmbeddings } from './text/embedding-table.ts';
export { type DescriptionFeatures, encodeDescriptions, sentencesOf } from './text/features.ts';
export type { EncodeOptions, SentenceEncoder } from './text/sentence-encoder.ts';
export {
  type FeatureExtractor,
  type TransformersEncoderOptions,
  transformersEncoder,
} from './text/transformers-encoder.ts';
export { type UseLiteModel, useLite } from './text/use-lite.ts';
