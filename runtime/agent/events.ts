import type { ExecutionState, Step } from '../contract/threads.ts';

/** What is told of a turn while it goes on. */
export type TurnEvent =
  | { readonly type: 'text' | 'thinking'; readonly delta: string }
  | { readonly type: 'step'; readonly position: number; readonly step: Step }
  | { readonly type: 'state'; readonly state: ExecutionState; readonly reason: string | null };

export interface ToldEvent {
  /** Grows by one in each thread while the kernel runs. */
  readonly id: number;
  readonly thread: string;
  readonly message: string;
  readonly event: TurnEvent;
}

/** Events kept of each thread, for those who come back; a turn of 4,096 pieces is rare. */
const kept = 8_192;
/** Threads whose events are kept; the one that was silent longest goes first. */
const mostThreads = 256;

interface Channel {
  last: number;
  events: ToldEvent[];
  readonly listeners: Set<(event: ToldEvent) => void>;
}

/** Tells the events of threads to whoever listens, also to those who were away for a while. */
export class ThreadEvents {
  readonly #channels = new Map<string, Channel>();

  tell(thread: string, message: string, event: TurnEvent): void {
    const channel = this.#channel(thread);
    const told = { id: ++channel.last, thread, message, event };
    channel.events.push(told);
    if (channel.events.length > 2 * kept) channel.events = channel.events.slice(-kept);
    for (const listener of channel.listeners) listener(told);
  }

  /**
   * Hears of everything after the event `after`. Null when some of that is not kept any more, so that the caller must
   * read the thread anew.
   */
  listen(thread: string, after: number, listener: (event: ToldEvent) => void): (() => void) | null {
    const channel = this.#channel(thread);
    const first = channel.events[0]?.id ?? channel.last + 1;
    if (after > channel.last || after < first - 1) return null;
    for (const event of channel.events) if (event.id > after) listener(event);
    channel.listeners.add(listener);
    return () => channel.listeners.delete(listener);
  }

  /** The id of the last event of a thread. */
  last(thread: string): number {
    return this.#channel(thread).last;
  }

  #channel(thread: string): Channel {
    const channel = this.#channels.get(thread) ?? { last: 0, events: [], listeners: new Set() };
    this.#channels.delete(thread);
    this.#channels.set(thread, channel);
    if (this.#channels.size > mostThreads) {
      for (const [name, { listeners }] of this.#channels) {
        if (listeners.size > 0 || name === thread) continue;
        this.#channels.delete(name);
        break;
      }
    }
    return channel;
  }
}
