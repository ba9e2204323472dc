import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import { z } from 'zod';
import type {
  ContentBlock,
  ModelEvent,
  ModelUsage,
  StopReason,
  ToolCallBlock,
} from '../../contract/models.ts';
import { toolCallOf } from '../tool-arguments.ts';
import type { WireNames } from '../wire-names.ts';
import type { OpaqueParts } from './opaque.ts';

type Choice = ChatCompletionChunk.Choice;
type CallDelta = NonNullable<Choice['delta']['tool_calls']>[number];

interface CallDraft {
  readonly index: number;
  readonly id: string;
  readonly extra: unknown;
  name: string;
  json: string;
}

/** What services add to the form of OpenAI. */
const addedSchema = z.object({
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_details: z.array(z.unknown()).nullish(),
});
const addedToCallSchema = z.object({ extra_content: z.unknown() });

/** Reads a stream of chat completion chunks. */
export class CompletionAnswer {
  readonly #service: string;
  readonly #names: WireNames;
  readonly #newId: () => string;
  readonly #opaque: OpaqueParts = { details: [], extras: {} };
  readonly #drafts: CallDraft[] = [];
  #thinking = '';
  #text = '';
  #finish: Choice['finish_reason'] = null;
  #hasRefused = false;
  #usage: CompletionUsage | undefined;

  constructor(service: string, names: WireNames, newId: () => string) {
    this.#service = service;
    this.#names = names;
    this.#newId = newId;
  }

  *read(chunk: ChatCompletionChunk): Generator<ModelEvent> {
    this.#usage = chunk.usage ?? this.#usage;
    const [choice] = chunk.choices;
    if (choice === undefined) return;
    const { content, refusal, tool_calls: calls } = choice.delta;
    const added = addedSchema.safeParse(choice.delta).data;
    const thought = added?.reasoning_content ?? added?.reasoning ?? '';
    this.#opaque.details.push(...(added?.reasoning_details ?? []));
    if (thought !== '') {
      this.#thinking += thought;
      yield { type: 'thinking', delta: thought };
    }
    this.#hasRefused ||= Boolean(refusal);
    const text = `${content ?? ''}${refusal ?? ''}`;
    if (text !== '') {
      this.#text += text;
      yield { type: 'text', delta: text };
    }
    for (const call of calls ?? []) this.#extend(call);
    this.#finish = choice.finish_reason ?? this.#finish;
  }

  /** What is known once the stream is over. An answer without a reason for its end was cut off: it has none. */
  *finish(): Generator<ModelEvent> {
    if (this.#finish === null) return;
    const calls = this.#drafts.map(({ id, name, json }) => toolCallOf(id, this.#names.fromWire(name), json));
    for (const call of calls) yield { type: 'tool_call', call };
    yield {
      type: 'end',
      message: { role: 'assistant', content: this.#content(calls) },
      stop: this.#stop(calls.length > 0),
      usage: usageOf(this.#usage),
    };
  }

  #content(calls: readonly ToolCallBlock[]): ContentBlock[] {
    const content: ContentBlock[] = [];
    for (const { id, extra } of this.#drafts) if (extra !== undefined) this.#opaque.extras[id] = extra;
    const { details, extras } = this.#opaque;
    if (this.#thinking !== '' || details.length > 0 || Object.keys(extras).length > 0) {
      const opaque = { details, extras };
      content.push({ type: 'thinking', text: this.#thinking, provider: this.#service, opaque });
    }
    if (this.#text !== '') content.push({ type: 'text', text: this.#text });
    return [...content, ...calls];
  }

  /** Some services give every call of an answer the index 0: a new id is a new call. */
  #extend({ index, id, function: written, ...rest }: CallDelta): void {
    let draft = this.#drafts.findLast((one) => one.index === index);
    if (draft === undefined || (id !== undefined && id !== '' && id !== draft.id)) {
      const extra = addedToCallSchema.safeParse(rest).data?.extra_content;
      draft = { index, id: id || this.#newId(), extra, name: '', json: '' };
      this.#drafts.push(draft);
    }
    draft.name += written?.name ?? '';
    draft.json += written?.arguments ?? '';
  }

  #stop(hasCalls: boolean): StopReason {
    if (this.#hasRefused || this.#finish === 'content_filter') return 'refusal';
    if (this.#finish === 'length') return 'length';
    return hasCalls ? 'tool_calls' : 'end';
  }
}

/** OpenAI counts what came from the cache among the tokens of the prompt. */
function usageOf(usage: CompletionUsage | undefined): ModelUsage {
  const cacheReadTokens = usage?.prompt_tokens_details?.cached_tokens ?? null;
  const cacheWriteTokens = usage?.prompt_tokens_details?.cache_write_tokens ?? null;
  return {
    inputTokens:
      usage === undefined
        ? null
        : Math.max(0, usage.prompt_tokens - (cacheReadTokens ?? 0) - (cacheWriteTokens ?? 0)),
    outputTokens: usage?.completion_tokens ?? null,
    cacheReadTokens,
    cacheWriteTokens,
  };
}
