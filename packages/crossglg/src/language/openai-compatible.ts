/** Language models behind any endpoint that speaks the chat completions protocol: OpenAI's, and most servers of open models. */
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { type AbortSignalLike, KinegraphError, throwIfAborted } from '@kinegraph/core';
import { checkOptions } from '@kinegraph/core/runtime';
import { show } from '../descriptions/description.ts';
import { chatMessages, type LanguageModel } from './language-model.ts';

/** A fetch request, which also has the caller's signal if there is one: its type is the host's. */
export interface ChatRequestInit {
  readonly method: 'POST';
  readonly redirect: 'error';
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The part of a fetch `Response` that is used here. */
export interface ChatResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
}

/** What {@link openAiCompatible} takes. */
export interface OpenAiCompatibleOptions {
  /** The API's address, such as `http://localhost:11434/v1`, or the whole address of its `chat/completions`. */
  readonly url: string;
  /** The model's name at that endpoint. */
  readonly model: string;
  /** Sent as a bearer token; never shown in an error. */
  readonly apiKey?: string | undefined;
  /** More fields of the request, such as `{ temperature: 0, max_tokens: 4000 }`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The host's fetch. */
  readonly fetch: (url: string, init: ChatRequestInit) => Promise<ChatResponse>;
}

/** More than any description needs. */
const maxBytes = 1_000_000;
const where = 'openAiCompatible';

/**
 * A language model behind an endpoint of the chat completions protocol. It does not follow redirects, so the key goes to this address only.
 *
 * The model throws `io` if the endpoint cannot be reached or refuses, `invalid-data` if its reply is not a chat completion or is larger than
 * 1 MB, and `aborted`. There is no time limit but the signal's: pass `AbortSignal.timeout(60_000)`.
 *
 * @throws `invalid-argument` for an address that is not http or https.
 * @example
 * ```ts
 * const model = openAiCompatible({ url: 'http://localhost:11434/v1', model: 'llama3.1', fetch });
 * const answer = await model({ prompt: 'How does the right hand move when a person waves?' });
 * ```
 */
export function openAiCompatible(options: OpenAiCompatibleOptions): LanguageModel {
  checkOptions(where, options, ['url', 'model', 'apiKey', 'parameters', 'fetch']);
  const { url, model, apiKey, parameters = {} } = options;
  if (!/^https?:\/\/[^\s]+$/.test(url)) {
    throw new KinegraphError({
      code: 'invalid-argument',
      where,
      expected: 'an http or https address',
      actual: show(url),
    });
  }
  const address = /\/chat\/completions$/.test(url) ? url : `${url.replace(/\/+$/, '')}/chat/completions`;
  const secretless = (text: string) => (apiKey ? text.replaceAll(apiKey, '***') : text);
  const failed = (actual: string, cause?: unknown) =>
    new KinegraphError({ code: 'io', where, expected: `an answer from ${address}`, actual: secretless(actual), cause });
  return async (request) => {
    const { signal } = request;
    throwIfAborted(signal, where);
    try {
      const init: ChatRequestInit & { readonly signal?: AbortSignalLike } = {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
        body: JSON.stringify({ ...parameters, model, messages: chatMessages(request) }),
        ...(signal && { signal }),
      };
      const response = await options.fetch(address, init);
      const text = await readText(response);
      if (!response.ok) throw failed(`HTTP status ${response.status}: ${show(messageOf(text) ?? text.slice(0, 80))}`);
      return contentOf(text);
    } catch (cause) {
      throwIfAborted(signal, where);
      if (KinegraphError.is(cause)) throw cause;
      throw failed(cause instanceof Error ? cause.message : `${cause}`, cause);
    }
  };
}

async function readText({ body }: ChatResponse): Promise<string> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    if (!value) continue;
    length += value.length;
    if (length > maxBytes) {
      // The size matters more than a connection that cannot even be cancelled.
      await reader?.cancel().catch(() => undefined);
      throw new KinegraphError({ code: 'invalid-data', where, expected: `at most ${maxBytes} bytes`, actual: 'more' });
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return getTextEncoding().decodeUtf8(bytes);
}

/** `choices[0].message.content` of a completion. */
function contentOf(text: string): string {
  const content = field(field(field(field(parse(text), 'choices'), '0'), 'message'), 'content');
  if (typeof content === 'string') return content;
  throw new KinegraphError({
    code: 'invalid-data',
    where,
    expected: 'JSON with choices[0].message.content',
    actual: show(text),
    hint: 'Check the address: it should be that of a chat completions API, often ending in /v1.',
  });
}

function messageOf(text: string): string | undefined {
  const message = field(field(parse(text), 'error'), 'message');
  return typeof message === 'string' ? message : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
