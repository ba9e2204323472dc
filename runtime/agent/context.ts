import type { ContextAssembly, Past, TurnContext } from '../contract/agent.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution, Thread, ThreadStore } from '../contract/threads.ts';
import { lastSaid, withData, type Briefings } from './briefing.ts';
import { conversationOf } from './conversation.ts';
import { framed } from './framed-results.ts';

/** Messages since the last summary that are read at most; a turn shortens what is half as long. */
const mostMessages = 1_000;
/** Pinned messages of the time before it; the latest. */
const mostPinned = 50;
const maxOutputTokens = 8_192;

export interface ContextDeps {
  readonly threads: ThreadStore;
  readonly briefings: Briefings;
  /** Settles when the tools of all plugins are known, or after a while. */
  readonly listed: () => Promise<void>;
}

/** What a model is told: who it is, what it may use, what was said. What changes least comes first, so that it can be cached. */
export class Context implements ContextAssembly {
  readonly #deps: ContextDeps;

  constructor(deps: ContextDeps) {
    this.#deps = deps;
  }

  async open(scope: Scope, thread: Thread, execution: Execution): Promise<TurnContext> {
    const { briefings, listed } = this.#deps;
    await listed();
    const past = await this.#past(scope, thread, execution);
    const { assistant, parts, system, data, tools } = await briefings.ofTurn(
      scope,
      thread,
      execution,
      lastSaid(past.messages),
    );
    const told = { ...past, messages: withData(past.messages, data) };
    return {
      past,
      assistant,
      untrusted: parts
        .filter(({ trust }) => trust === 'untrusted')
        .map(({ kind, title }) => ({ kind, title })),
      prompt: (steps) => ({
        system,
        messages: framed(conversationOf(told, steps)),
        tools,
        maxOutputTokens,
      }),
    };
  }

  async #past(scope: Scope, { id }: Thread, execution: Execution): Promise<Past> {
    const { threads } = this.#deps;
    const found = await threads.summary(scope, id);
    const after = found === null ? {} : { after: found.through };
    // Not the answer of the turn itself, and not what comes after it.
    const before = execution.message;
    const messages = await threads.messages(scope, id, { ...after, before, limit: mostMessages });
    if (found === null) return { messages, summary: null, pinned: [] };
    const pinned = await threads.messages(scope, id, { before, pinned: true, limit: mostPinned });
    const told = new Set(messages.map((message) => message.id));
    return { messages, summary: found.summary, pinned: pinned.filter((message) => !told.has(message.id)) };
  }
}
