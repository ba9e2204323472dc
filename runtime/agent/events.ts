import type { TurnEvent } from '../contract/thread-events.ts';

export interface ToldEvent {
  /** Names one event of one kernel; sent back as Last-Event-ID. */
  readonly id: string;
  readonly thread: string;
  readonly message: string;
  readonly event: TurnEvent;
}

/** What an answer under way has said since its last step. */
export interface PartialAnswer {
  readonly message: string;
  /** Steps that were told; null before the first, of a turn that another kernel began. */
  readonly steps: number | null;
  readonly text: string;
  readonly thinking: string;
}

/** Events kept of each thread, for those who come back; a turn of 4,096 pieces is rare. */
const kept = 8_192;
/** Threads whose events are kept; the one that was silent longest goes first. */
const mostThreads = 256;

interface Numbered extends ToldEvent {
  readonly number: number;
}

interface Channel {
  /** All events after this number are kept. */
  floor: number;
  last: number;
  events: Numbered[];
  partial: PartialAnswer | null;
  readonly listeners: Set<(event: ToldEvent) => void>;
}

/** Tells the events of threads to whoever listens, also to those who were away for a while. */
export class ThreadEvents {
  readonly #channels = new Map<string, Channel>();
  readonly #epoch: string;
  /** Grows over all threads, so that no event of a thread that was forgotten has the number of a later one. */
  #number = 0;

  /** `epoch` names this kernel among all that ran before. */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  tell(thread: string, message: string, event: TurnEvent): void {
    const channel = this.#channel(thread);
    const number = ++this.#number;
    const told = { number, id: this.#idOf(number), thread, message, event };
    channel.last = number;
    channel.partial = followed(channel.partial, message, event);
    channel.events.push(told);
    if (channel.events.length > 2 * kept) {
      channel.floor = channel.events[kept - 1]?.number ?? number;
      channel.events = channel.events.slice(kept);
    }
    for (const listener of channel.listeners) listener(told);
  }

  /**
   * Hears of everything after the event `after`. Null when some of that is not kept any more, or was told by another
   * kernel, so that the caller must read the thread anew.
   */
  listen(thread: string, after: string, listener: (event: ToldEvent) => void): (() => void) | null {
    const channel = this.#channel(thread);
    const number = after.startsWith(`${this.#epoch}.`) ? Number(after.slice(this.#epoch.length + 1)) : NaN;
    if (!(number >= channel.floor && number <= this.#number)) return null;
    for (const event of channel.events) if (event.number > number) listener(event);
    channel.listeners.add(listener);
    return () => channel.listeners.delete(listener);
  }

  /** The id of the last event of a thread. */
  last(thread: string): string {
    return this.#idOf(this.#channel(thread).last);
  }

  /** What the latest turn of a thread has said since its last step; null when this kernel told nothing of it. */
  partial(thread: string): PartialAnswer | null {
    return this.#channel(thread).partial;
  }

  #idOf(number: number): string {
    return `${this.#epoch}.${number}`;
  }

  #channel(thread: string): Channel {
    const channel = this.#channels.get(thread) ?? {
      floor: this.#number,
      last: this.#number,
      events: [],
      partial: null,
      listeners: new Set(),
    };
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

function followed(partial: PartialAnswer | null, message: string, event: TurnEvent): PartialAnswer | null {
  const now = partial?.message === message ? partial : null;
  if (event.type === 'step') {
    const isAnswer = event.step.kind === 'model_call' || event.step.kind === 'interrupted';
    const said = isAnswer || now === null ? { text: '', thinking: '' } : now;
    return { ...said, message, steps: event.position + 1 };
  }
  if (event.type !== 'text' && event.type !== 'thinking') return now;
  const said = now ?? { message, steps: null, text: '', thinking: '' };
  return { ...said, [event.type]: said[event.type] + event.delta };
}
