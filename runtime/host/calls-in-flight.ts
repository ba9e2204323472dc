import type { Gate } from '../base/bounded.ts';
import type { Clock } from '../base/clock.ts';
import { RpcError, rpcCodes } from '../base/rpc-error.ts';
import type { CallChannel } from '../contract/plugins.ts';
import type { Deadline } from './deadline.ts';

/** A canceled call may still ask for at least this long, in milliseconds, when its plugin does not say that it has ended. */
const lateMs = 60_000;
/** Canceled calls that are told apart; one more, and until the oldest is over every question is in doubt. */
const canceledLimit = 1_000;

/** A call whose answer is awaited. */
export interface CallInFlight {
  /** Of the tool, or else the method. */
  readonly name: string;
  readonly channel: CallChannel;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Paused while its client is being asked for input. */
  readonly deadline: Deadline;
  /** Those that wait for the place of this call. */
  readonly gate: Gate | undefined;
  /** Gives it up with `reason`; harmless once it is answered. */
  cancel(reason: Error): void;
}

/**
 * The calls a plugin may be working on. stdio carries no hint which of them a pushed request belongs to, and a plugin
 * need not heed a cancellation, or answer after one (2025-11-25, "Cancellation"): so those that were canceled count too,
 * until they are answered or have had the time that a call may take.
 */
export class CallsInFlight {
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #awaited = new Set<CallInFlight>();
  /** By the id of their request, oldest first. */
  readonly #canceled = new Map<number, { readonly caller: string; readonly until: number }>();
  #inDoubtUntil = 0;

  constructor(plugin: string, clock: Clock) {
    this.#plugin = plugin;
    this.#clock = clock;
  }

  add(call: CallInFlight): void {
    this.#awaited.add(call);
  }

  delete(call: CallInFlight): void {
    this.#awaited.delete(call);
  }

  /** Nobody awaits `call`, sent as request `id`, any more, but the plugin may be at work on it. */
  canceled(id: number, { channel, timeoutMs }: CallInFlight): void {
    const until = this.#clock.now() + Math.max(timeoutMs, lateMs);
    this.#canceled.set(id, { caller: channel.caller, until });
    const [oldest] = this.#canceled;
    if (this.#canceled.size <= canceledLimit || oldest === undefined) return;
    this.#canceled.delete(oldest[0]);
    this.#inDoubtUntil = Math.max(this.#inDoubtUntil, oldest[1].until);
  }

  /** The plugin answered the canceled request `id` after all. */
  answered(id: unknown): void {
    if (typeof id === 'number') this.#canceled.delete(id);
  }

  /**
   * The call a pushed request belongs to, undefined when there is none: one that is not itself waiting for an answer, if
   * there is any. When it may be one of several clients, canceled calls included, it is refused, never guessed.
   */
  ofPush(): CallInFlight | undefined {
    const calls = [...this.#awaited];
    const running = calls.filter((call) => !call.deadline.isPaused);
    const candidates = running.length > 0 ? running : calls;
    const last = candidates.at(-1);
    if (last === undefined) return undefined;
    const { caller } = last.channel;
    if (candidates.some(({ channel }) => channel.caller !== caller)) {
      throw new RpcError(
        rpcCodes.internal,
        `several clients have calls in flight and the request does not say which it belongs to; set limits.concurrency to 1 in the manifest of "${this.#plugin}"`,
      );
    }
    if (this.#mayBeOfCanceled(caller)) {
      throw new RpcError(
        rpcCodes.internal,
        'the request does not say whether it belongs to a canceled call of another client, which has not been answered; answer canceled calls, or ask again later',
      );
    }
    return last;
  }

  /** The call that what the plugin logs is about; undefined when it may be that of another client. */
  ofLog(): CallInFlight | undefined {
    const calls = [...this.#awaited];
    const last = calls.at(-1);
    if (last === undefined || calls.some(({ channel }) => channel.caller !== last.channel.caller))
      return undefined;
    return this.#mayBeOfCanceled(last.channel.caller) ? undefined : last;
  }

  /** Whether what the plugin says may be about a canceled call of somebody else than `caller`. */
  #mayBeOfCanceled(caller: string): boolean {
    const now = this.#clock.now();
    for (const [id, { until }] of this.#canceled) if (until <= now) this.#canceled.delete(id);
    if (now < this.#inDoubtUntil) return true;
    return [...this.#canceled.values()].some((call) => call.caller !== caller);
  }
}
