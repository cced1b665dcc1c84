/** Language models that run here, through a transformers.js pipeline that the caller made. */
import { KinegraphError, throwIfAborted } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import { show } from '../descriptions/description.ts';
import { type ChatMessage, chatMessages, type LanguageModel } from './language-model.ts';

/** The part of a transformers.js `text-generation` pipeline that is used here. */
export type TextGenerator = (
  messages: ChatMessage[],
  options: { readonly max_new_tokens: number; readonly do_sample: boolean },
) => Promise<unknown>;

/** What {@link transformersModel} takes beside the pipeline. */
export interface TransformersModelOptions {
  /** The longest answer, in tokens. Default 4096: room for a text for each of 33 joints. */
  readonly maxTokens?: number;
}

/**
 * A language model of a transformers.js pipeline; it answers greedily, so the same question has the same answer. A signal takes effect
 * before and after an answer, which cannot be stopped halfway.
 *
 * @example
 * ```ts
 * const model = transformersModel(await pipeline('text-generation', 'onnx-community/Qwen2.5-1.5B-Instruct'));
 * ```
 */
export function transformersModel(generator: TextGenerator, options: TransformersModelOptions = {}): LanguageModel {
  const where = 'transformersModel';
  checkOptions(where, options, ['maxTokens']);
  const { maxTokens = 4096 } = options;
  return async (request) => {
    throwIfAborted(request.signal, where);
    const output = await generator(chatMessages(request), { max_new_tokens: maxTokens, do_sample: false });
    throwIfAborted(request.signal, where);
    const answer = lastText(output);
    if (answer === undefined) {
      const expected = 'generated_text that ends with a message of the assistant';
      throw new KinegraphError({ code: 'invalid-data', where, expected, actual: show(output) });
    }
    return answer;
  };
}

/** The text of the last message, wherever the pipeline nests it. */
function lastText(output: unknown): string | undefined {
  if (typeof output === 'string') return output;
  if (Array.isArray(output)) return lastText(output.at(-1));
  if (typeof output !== 'object' || output === null) return undefined;
  const { generated_text: generated, content } = output as { generated_text?: unknown; content?: unknown };
  return lastText(generated ?? content);
}
