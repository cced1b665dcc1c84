/** Descriptions written by a language model: asked, checked, asked again with the reason, and kept for audit. */
import { type AbortSignalLike, KinegraphError, type Layout, throwIfAborted } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import type { ActionDescription } from '../descriptions/description.ts';
import { maxAnswerLength, readGlobalAnswer, readJointAnswer } from './answers.ts';
import type { LanguageModel } from './language-model.ts';
import { prompts as ours, type Prompt, type Prompts } from './prompts.ts';

/** One question and its answer, as they were. */
export interface Exchange {
  readonly label: string;
  readonly question: 'global' | 'joints';
  /** The {@link Prompts.version} of the question. */
  readonly version: string;
  readonly system: string;
  readonly prompt: string;
  /** What the model said, to the letter, up to the longest answer that is looked at. */
  readonly answer: string;
  /** Why the answer was not accepted; undefined if it was. */
  readonly refused?: string;
}

/** What {@link describeActions} takes beside the model. */
export interface DescribeOptions {
  /** How often a question is asked before giving up. Default 3. */
  readonly attempts?: number;
  /** How many actions are asked about at the same time. Default 1. */
  readonly concurrency?: number;
  /** The questions. Default {@link prompts}. */
  readonly prompts?: Prompts;
  readonly signal?: AbortSignalLike | undefined;
  /** Told every question and answer as it happens, so that an audit survives a failure. */
  readonly onExchange?: (exchange: Exchange) => void;
  /** Told after each action how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@link describeActions} gives. */
export interface DescribedActions {
  /** In the order of the labels; they name the layout's joints. */
  readonly descriptions: readonly ActionDescription[];
  /** Every question and answer: keep it beside the descriptions. */
  readonly exchanges: readonly Exchange[];
}

/** The longest label: it goes into a prompt. */
const maxLabelLength = 200;
const where = 'describeActions';

/**
 * Has a language model describe actions over the joints of a layout, two questions an action: one about the whole body, one about each joint.
 *
 * An answer counts only if it is JSON of the form asked for, with every joint of the layout and no other. A refused answer is asked for
 * again with the reason.
 *
 * @throws `invalid-data` if no attempt gives an answer that fits; `aborted`; what the model throws.
 * @example
 * ```ts
 * const model = openAiCompatible({ url: 'http://localhost:11434/v1', model: 'llama3.1', fetch });
 * const { descriptions, exchanges } = await describeActions(['juggle', 'cartwheel'], ntu25, model);
 * ```
 */
export async function describeActions(
  labels: readonly string[],
  layout: Layout,
  model: LanguageModel,
  options: DescribeOptions = {},
): Promise<DescribedActions> {
  checkOptions(where, options, ['attempts', 'concurrency', 'prompts', 'signal', 'onExchange', 'onProgress']);
  const { attempts = 3, concurrency = 1, prompts = ours, signal, onExchange, onProgress } = options;
  checkCount('attempts', attempts);
  checkCount('concurrency', concurrency);
  checkLabels(labels);
  const exchanges: Exchange[] = [];

  async function ask<Output>(
    label: string,
    question: Exchange['question'],
    read: (answer: string, layout: Layout) => Output,
  ): Promise<Output> {
    const asked: Prompt = prompts[question](label, layout);
    let refused: string | undefined;
    for (let attempt = 0; attempt < attempts; attempt++) {
      throwIfAborted(signal, where);
      const prompt = refused === undefined ? asked.prompt : `${asked.prompt}\n\n${correction(refused)}`;
      const answer = await model({ system: asked.system, prompt, signal });
      throwIfAborted(signal, where);
      const { output, reason } = attempted(() => read(answer, layout));
      refused = reason;
      const exchange: Exchange = {
        label,
        question,
        version: prompts.version,
        system: asked.system,
        prompt,
        answer: String(answer).slice(0, maxAnswerLength),
        ...(reason !== undefined && { refused: reason }),
      };
      exchanges.push(exchange);
      onExchange?.(exchange);
      if (reason === undefined) return output as Output;
    }
    throw new KinegraphError({
      code: 'invalid-data',
      where: `${where} "${label}"`,
      expected: `an answer to the ${question} question that fits, in ${attempts} attempts`,
      actual: refused ?? 'none',
      hint: 'Use a larger model, or read its answers through onExchange.',
    });
  }

  const descriptions: ActionDescription[] = [];
  let [next, done] = [0, 0];
  async function work(): Promise<void> {
    while (next < labels.length) {
      const index = next++;
      const label = labels[index] as string;
      const { global, important } = await ask(label, 'global', readGlobalAnswer);
      const joints = await ask(label, 'joints', readJointAnswer);
      descriptions[index] = { label, global, important, joints };
      onProgress?.(++done, labels.length);
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, labels.length) }, work));
  return { descriptions, exchanges };
}

function correction(reason: string): string {
  return `Your last answer was not accepted: ${reason.slice(0, 500)}\nAnswer again, with the JSON object only.`;
}

/** What `read` gives, or why it refuses; other errors go on. */
function attempted<Output>(read: () => Output): { readonly output?: Output; readonly reason?: string } {
  try {
    return { output: read() };
  } catch (error) {
    if (KinegraphError.is(error, 'invalid-data')) return { reason: error.message };
    throw error;
  }
}

function checkCount(option: string, count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw invalidArgument(`${option} as a whole number from 1 to 100`, `${count}`);
  }
}

function checkLabels(labels: readonly string[]): void {
  for (const label of labels) {
    if (typeof label !== 'string' || label.trim() === '' || label.length > maxLabelLength || /\p{Cc}/u.test(label)) {
      const expected = `labels of 1 to ${maxLabelLength} characters on one line`;
      throw invalidArgument(expected, `${JSON.stringify(label)?.slice(0, 60)}`);
    }
  }
  if (new Set(labels).size !== labels.length)
    throw invalidArgument('every label once', labels.join(', ').slice(0, 200));
}

function invalidArgument(expected: string, actual: string): KinegraphError {
  return new KinegraphError({ code: 'invalid-argument', where, expected, actual });
}
