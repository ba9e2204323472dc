import { defaultAssistant } from '../contract/assistants.ts';
import type { ContextPreview, ContextQuery } from '../contract/context.ts';
import { NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import type { Thread } from '../contract/threads.ts';
import type { Assistants } from '../contract/assistants.ts';
import type { ThreadStore } from '../contract/threads.ts';
import type { Clock } from '../base/clock.ts';
import { lastSaid, type Briefings } from './briefing.ts';
import { conversationOf } from './conversation.ts';
import { estimateMessages, estimateText } from '../contract/token-estimate.ts';

const mostMessages = 200;

export interface PreviewDeps {
  readonly threads: ThreadStore;
  readonly assistants: Assistants;
  readonly briefings: Briefings;
  readonly clock: Clock;
}

/** What would be told to a model if something were said now. Throws THREAD_UNKNOWN or ASSISTANT_UNKNOWN. */
export async function previewContext(
  deps: PreviewDeps,
  scope: Scope,
  query: ContextQuery,
): Promise<ContextPreview> {
  const { assistants, briefings, clock } = deps;
  const thread = query.thread === undefined ? null : await threadOf(deps, scope, query.thread);
  const name = { assistant: thread?.assistant ?? query.assistant ?? defaultAssistant };
  const assistant = await assistants.forTurn(scope, name, null);
  const messages =
    thread === null ? [] : await deps.threads.messages(scope, thread.id, { limit: mostMessages });
  const said = query.message === '' ? lastSaid(messages) : query.message;
  const briefing = await briefings.of(scope, assistant, {
    thread,
    said,
    at: clock.now(),
    drafted: query.persona,
  });
  const told = conversationOf({ messages, summary: null, pinned: [] }, []);
  const parts = briefing.parts.map((part) => ({ ...part, tokens: estimateText(part.text) }));
  const tools = briefing.tools.map((tool) => ({
    name: tool.name,
    tokens: estimateText(JSON.stringify(tool)),
  }));
  const history = { messages: messages.length, tokens: estimateMessages(told) };
  const sum = [...briefing.system, briefing.data ?? ''].map(estimateText);
  const all = [...sum, ...tools.map(({ tokens }) => tokens), history.tokens];
  return {
    assistant: assistant.name,
    version: assistant.version,
    model: thread?.model ?? assistant.model,
    parts,
    history,
    tools,
    system: [...briefing.system],
    data: briefing.data,
    tokens: all.reduce((total, tokens) => total + tokens, 0),
  };
}

async function threadOf({ threads }: PreviewDeps, scope: Scope, id: string): Promise<Thread> {
  const thread = await threads.get(scope, id);
  if (thread === null) throw new NexusError('THREAD_UNKNOWN', { thread: id });
  return thread;
}
