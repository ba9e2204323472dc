import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Scope } from '../contract/scope.ts';
import type { NewSignal, Signal, SignalStore } from '../contract/signals.ts';
import { delayMs } from './directive-life.ts';

/** Hears of every signal after the one where it first subscribed: in order, at least once, over every end of the kernel. */
export interface Subscriber {
  /** Names its cursor; never to be changed. */
  readonly name: string;
  /** Settles when the signal is dealt with. When it rejects it is told again, later; those behind wait. */
  readonly onSignal: (signal: Signal, stop: AbortSignal) => Promise<void>;
}

export interface SignalFanoutDeps {
  readonly store: SignalStore;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Logger;
}

/** Signals that one subscriber is told in a row before others get their turn. */
const batch = 100;

/** Tells subscribers of signals, each at its own pace. */
export class SignalFanout implements AsyncDisposable {
  readonly #deps: SignalFanoutDeps;
  readonly #subscribers = new Map<string, Subscriber>();
  /** What is being told, by subscriber. */
  readonly #telling = new Map<string, Promise<boolean>>();
  readonly #stop = new AbortController();

  constructor(deps: SignalFanoutDeps) {
    this.#deps = deps;
  }

  async emit(scope: Scope, signal: NewSignal): Promise<Signal> {
    return await this.#deps.store.add(scope, signal);
  }

  /** Newest first. */
  async list(scope: Scope, query: Parameters<SignalStore['list']>[1]): Promise<readonly Signal[]> {
    return await this.#deps.store.list(scope, query);
  }

  /** Settles when the place where it begins is on record. */
  async subscribe(subscriber: Subscriber): Promise<void> {
    await this.#deps.store.cursor(subscriber.name);
    this.#subscribers.set(subscriber.name, subscriber);
  }

  /** Tells every subscriber that is free what it has not heard; settles when there is nothing more to tell for now. */
  async tick(): Promise<void> {
    const rounds = [...this.#subscribers.values()].map(async (subscriber) => {
      while (!this.#stop.signal.aborted && (await this.#once(subscriber)));
    });
    await Promise.all(rounds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#telling.values());
  }

  /** One batch, unless one is under way; whether there may be more. */
  async #once(subscriber: Subscriber): Promise<boolean> {
    const { name } = subscriber;
    if (this.#telling.has(name)) return false;
    const telling = this.#tell(subscriber);
    this.#telling.set(name, telling);
    try {
      return await telling;
    } catch (error) {
      this.#deps.log.error({ err: error, subscriber: name }, 'signals were not read');
      return false;
    } finally {
      this.#telling.delete(name);
    }
  }

  async #tell({ name, onSignal }: Subscriber): Promise<boolean> {
    const { store, clock, random, log } = this.#deps;
    const cursor = await store.cursor(name);
    if (cursor.retryAt > clock.now()) return false;
    const signals = await store.after(cursor.seq, batch);
    let at = cursor.seq;
    let { attempts } = cursor;
    for (const signal of signals) {
      if (this.#stop.signal.aborted) return false;
      try {
        await onSignal(signal, this.#stop.signal);
      } catch (error) {
        attempts += 1;
        const retryAt = clock.now() + delayMs(attempts, random);
        log.warn(
          { err: error, subscriber: name, signal: signal.id, attempts },
          'a signal was not dealt with',
        );
        await store.advance(name, at, { seq: at, attempts, retryAt });
        return false;
      }
      attempts = 0;
      const isMoved = await store.advance(name, at, { seq: signal.seq, attempts, retryAt: 0 });
      if (!isMoved) return false;
      at = signal.seq;
    }
    return signals.length === batch;
  }
}
