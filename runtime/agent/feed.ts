import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Scope } from '../contract/scope.ts';
import type { Execution, ExecutionStore, Message, ThreadStore } from '../contract/threads.ts';
import { contentOf } from '../contract/turn-content.ts';
import type { PartialAnswer, ThreadEvents, ToldEvent } from './events.ts';

/** Messages that are looked through for those under way. */
const latest = 20;
const mostReads = 20;

/** Where a thread is: what a client needs that knows nothing of what was told before. */
export interface ThreadSnapshot {
  readonly id: string;
  /** The last message, and those that are not over, as they are stored. */
  readonly messages: readonly Message[];
  /** What the answer under way has said since then. */
  readonly partial: Pick<PartialAnswer, 'message' | 'text' | 'thinking'> | null;
}

export interface FeedListener {
  readonly onSnapshot: (snapshot: ThreadSnapshot) => void;
  readonly onEvent: (event: ToldEvent) => void;
}

export interface FeedDeps {
  readonly events: ThreadEvents;
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
}

/** What happens in threads, without a gap and without anything twice, for clients that come and go. */
export class ThreadFeed {
  readonly #deps: FeedDeps;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** The id of the last event of a thread. */
  last(thread: string): string {
    return this.#deps.events.last(thread);
  }

  /** Goes on after an event, or begins with where the thread is when that event is not known any more. Returns the end of it. */
  async follow(
    scope: Scope,
    thread: string,
    after: string | undefined,
    { onSnapshot, onEvent }: FeedListener,
  ): Promise<() => void> {
    const { events } = this.#deps;
    const resumed = after === undefined ? null : events.listen(thread, after, onEvent);
    if (resumed !== null) return resumed;
    const snapshot = await this.#snapshot(scope, thread);
    onSnapshot(snapshot);
    const stop = events.listen(thread, snapshot.id, onEvent);
    if (stop === null) throw new TypeError('a snapshot is older than the events that are kept');
    return stop;
  }

  /** Read until nothing was told meanwhile, and nothing is on record that was not told yet. */
  async #snapshot(scope: Scope, thread: string): Promise<ThreadSnapshot> {
    const { events, threads, executions } = this.#deps;
    for (let read = 1; ; read++) {
      await nextTurn();
      const id = events.last(thread);
      const messages: Message[] = [];
      const turns: Execution[] = [];
      const found = await threads.messages(scope, thread, { limit: latest });
      for (const [index, message] of found.entries()) {
        const isLast = index === found.length - 1;
        const execution = isOpen(message) ? await executions.get(scope, message.execution ?? '') : null;
        if (execution !== null) turns.push(execution);
        if (execution !== null) messages.push({ ...message, content: contentOf(execution.steps) });
        else if (isLast) messages.push(message);
      }
      const partial = events.partial(thread);
      const turn = turns.find((one) => one.message === partial?.message);
      const told = partial?.steps ?? null;
      const isInStep = turn === undefined || told === null || turn.steps.length === told;
      if ((events.last(thread) !== id || !isInStep) && read < mostReads) continue;
      return { id, messages, partial: turn === undefined ? null : partial };
    }
  }
}

function isOpen({ role, status }: Message): boolean {
  return role === 'assistant' && (status === 'PENDING' || status === 'PROCESSING' || status === 'WAITING');
}
