/** The contract of language models: a prompt in, the answer's text out. */
import type { AbortSignalLike } from '@kinegraph/core';

/** What a language model is asked. */
export interface LanguageRequest {
  /** How to behave, apart from the question. */
  readonly system?: string;
  readonly prompt: string;
  readonly signal?: AbortSignalLike | undefined;
}

/** Any language model: an async function is one. What it answers is not trusted. */
export type LanguageModel = (request: LanguageRequest) => Promise<string>;

/** One turn of a chat, as chat models take it. */
export interface ChatMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

/** The request as the messages of a chat. */
export function chatMessages({ system, prompt }: LanguageRequest): ChatMessage[] {
  const user: ChatMessage = { role: 'user', content: prompt };
  return system === undefined ? [user] : [{ role: 'system', content: system }, user];
}
