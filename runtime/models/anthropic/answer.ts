import type {
  RawMessageStreamEvent,
  StopReason as WireStop,
} from '@anthropic-ai/sdk/resources/messages/messages';
import type { ContentBlock, ModelEvent, ModelUsage, StopReason } from '../../contract/models.ts';
import { toolCallOf } from '../tool-arguments.ts';
import type { WireNames } from '../wire-names.ts';

type Draft =
  | { readonly type: 'text'; text: string }
  | { readonly type: 'thinking'; text: string; signature: string }
  | { readonly type: 'redacted'; readonly data: string }
  | { readonly type: 'tool_call'; readonly id: string; readonly name: string; json: string };
type Delta = Extract<RawMessageStreamEvent, { type: 'content_block_delta' }>['delta'];
type Start = Extract<RawMessageStreamEvent, { type: 'content_block_start' }>['content_block'];

/** Reads the stream of the Messages API. */
export class MessagesAnswer {
  readonly #names: WireNames;
  readonly #drafts = new Map<number, Draft>();
  readonly #content: ContentBlock[] = [];
  #stop: StopReason = 'end';
  #usage: ModelUsage = {
    inputTokens: null,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
  };

  constructor(names: WireNames) {
    this.#names = names;
  }

  read(event: RawMessageStreamEvent): ModelEvent | undefined {
    switch (event.type) {
      case 'message_start':
        this.#count(event.message.usage);
        return undefined;
      case 'content_block_start':
        return this.#begin(event.index, event.content_block);
      case 'content_block_delta':
        return this.#extend(event.index, event.delta);
      case 'content_block_stop':
        return this.#finish(event.index);
      case 'message_delta':
        this.#stop = stopOf(event.delta.stop_reason);
        this.#count(event.usage);
        return undefined;
      default:
        return {
          type: 'end',
          message: { role: 'assistant', content: this.#content },
          stop: this.#stop,
          usage: this.#usage,
        };
    }
  }

  #begin(index: number, block: Start): ModelEvent | undefined {
    switch (block.type) {
      case 'text':
        this.#drafts.set(index, { type: 'text', text: block.text });
        return block.text === '' ? undefined : { type: 'text', delta: block.text };
      case 'thinking':
        this.#drafts.set(index, { type: 'thinking', text: block.thinking, signature: block.signature ?? '' });
        return undefined;
      case 'redacted_thinking':
        this.#drafts.set(index, { type: 'redacted', data: block.data });
        return undefined;
      case 'tool_use':
        this.#drafts.set(index, {
          type: 'tool_call',
          id: block.id,
          name: this.#names.fromWire(block.name),
          json: '',
        });
        return undefined;
      default:
        // Blocks of tools that run at the provider: none is ever asked for.
        return undefined;
    }
  }

  #extend(index: number, delta: Delta): ModelEvent | undefined {
    const draft = this.#drafts.get(index);
    if (delta.type === 'text_delta' && draft?.type === 'text') {
      draft.text += delta.text;
      return { type: 'text', delta: delta.text };
    }
    if (delta.type === 'thinking_delta' && draft?.type === 'thinking') {
      draft.text += delta.thinking;
      return { type: 'thinking', delta: delta.thinking };
    }
    if (delta.type === 'signature_delta' && draft?.type === 'thinking') draft.signature += delta.signature;
    if (delta.type === 'input_json_delta' && draft?.type === 'tool_call') draft.json += delta.partial_json;
    return undefined;
  }

  #finish(index: number): ModelEvent | undefined {
    const draft = this.#drafts.get(index);
    this.#drafts.delete(index);
    if (draft === undefined) return undefined;
    switch (draft.type) {
      case 'text':
        this.#content.push({ type: 'text', text: draft.text });
        return undefined;
      case 'thinking': {
        const opaque = { type: 'thinking', thinking: draft.text, signature: draft.signature };
        this.#content.push({ type: 'thinking', text: draft.text, provider: 'anthropic', opaque });
        return undefined;
      }
      case 'redacted': {
        const opaque = { type: 'redacted_thinking', data: draft.data };
        this.#content.push({ type: 'thinking', text: '', provider: 'anthropic', opaque });
        return undefined;
      }
      default: {
        const call = toolCallOf(draft.id, draft.name, draft.json);
        this.#content.push(call);
        return { type: 'tool_call', call };
      }
    }
  }

  /** The figures of the last event that gave them: they are totals. */
  #count(usage: {
    readonly input_tokens?: number | null;
    readonly output_tokens?: number | null;
    readonly cache_read_input_tokens?: number | null;
    readonly cache_creation_input_tokens?: number | null;
  }): void {
    this.#usage = {
      inputTokens: usage.input_tokens ?? this.#usage.inputTokens,
      outputTokens: usage.output_tokens ?? this.#usage.outputTokens,
      cacheReadTokens: usage.cache_read_input_tokens ?? this.#usage.cacheReadTokens,
      cacheWriteTokens: usage.cache_creation_input_tokens ?? this.#usage.cacheWriteTokens,
    };
  }
}

function stopOf(reason: WireStop | null): StopReason {
  switch (reason) {
    case 'tool_use':
      return 'tool_calls';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'refusal';
    default:
      return 'end';
  }
}
