import type { Clock } from '../base/clock.ts';
import { messageOf, NexusError, type ErrorCode } from '../base/errors.ts';
import { redactKnown } from '../base/known-secrets.ts';
import type { BreakerView } from '../contract/health.ts';
import type { LifeEvent } from './life.ts';
import {
  closedBreaker,
  nextBreaker,
  notBefore,
  restartPolicy,
  viewBreaker,
  type Breaker,
  type BreakerEvent,
  type RestartPolicy,
} from './restart.ts';

/** What follows when one plugin ends unasked: what it is from then on, and when it may start again. */
export class Recovery {
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #policy: RestartPolicy;
  #breaker: Breaker = closedBreaker;
  #timer: NodeJS.Timeout | undefined;

  constructor(plugin: string, clock: Clock, policy: RestartPolicy = restartPolicy) {
    this.#policy = policy;
    this.#plugin = plugin;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#breaker.state === 'open';
  }

  get breaker(): BreakerView {
    return viewBreaker(this.#breaker, this.#clock.now(), this.#policy);
  }

  /** What to do while the breaker is open; undefined when it is not. */
  get advice(): string | undefined {
    if (this.#breaker.state !== 'open') return undefined;
    const leftMs = this.#breaker.untilMs - this.#clock.now();
    const when = leftMs > 0 ? `in ${Math.ceil(leftMs / 1_000)} s` : 'now';
    return `It is tried again by itself ${when}; or run "nexus plugin restart ${this.#plugin}"`;
  }

  /** Notes a crash; the answer is what has happened to the plugin by it. */
  crashed(error: unknown): LifeEvent {
    // It becomes a part of a sentence.
    const words = redactKnown(messageOf(error)).replace(/\.$/, '');
    this.#next({ type: 'crash', words });
    if (this.#breaker.state !== 'open') return failed(this.#plugin, error);
    return { type: 'quarantine', reason: this.#breaker.reason, nextStep: this.advice ?? '' };
  }

  /** It answered: a trial after a crash loop has succeeded. It runs for every call. */
  answered(): void {
    if (this.#breaker.state === 'half-open') this.#next({ type: 'answer' });
  }

  /** Settles when the plugin may be started. Rejects with PLUGIN_UNAVAILABLE while the breaker is open. */
  async turn(): Promise<void> {
    const waitMs = notBefore(this.#breaker, this.#policy) - this.#clock.now();
    if (waitMs > 0 && this.#breaker.state === 'open') {
      const { reason } = this.#breaker;
      const todo = this.advice ?? '';
      throw new NexusError('PLUGIN_UNAVAILABLE', {
        plugin: this.#plugin,
        state: 'quarantined',
        reason,
        todo,
      });
    }
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    this.#next({ type: 'start' });
  }

  /** Calls `start` when the plugin may be started, unless that is canceled; the last one asked for counts. */
  plan(start: () => Promise<unknown>): void {
    this.cancel();
    const waitMs = (): number => Math.max(0, notBefore(this.#breaker, this.#policy) - this.#clock.now());
    const begin = (): void => {
      // A timer may fire a hair early, when the start would be refused and nobody would ask again.
      if (waitMs() > 0) return this.plan(start);
      // A start that fails is a crash as well, after which the next one has been planned.
      start().catch(() => {});
    };
    this.#timer = setTimeout(begin, waitMs());
    this.#timer.unref();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  forget(): void {
    this.cancel();
    this.#breaker = closedBreaker;
  }

  #next(event: BreakerEvent): void {
    this.#breaker = nextBreaker(this.#breaker, event, this.#clock.now(), this.#policy);
  }
}

/** Why nothing could be started yet. What is there to do is in the message. */
const unprepared = new Set<ErrorCode>([
  'MANIFEST_INVALID',
  'PLUGIN_INVALID',
  'BUNDLE_INVALID',
  'COMMAND_MISSING',
  'COMMAND_UNSUPPORTED',
  'PACKAGE_INSTALL_FAILED',
]);

/** The event of a failure of which people are told: a plugin that lacks a setting is not in error, it waits. */
export function failed(plugin: string, error: unknown): Extract<LifeEvent, { type: 'failed' | 'lacking' }> {
  if (error instanceof NexusError && error.code === 'SETTING_MISSING') {
    return { type: 'lacking', reason: `needs ${error.data['settings']}`, nextStep: `${error.data['todo']}` };
  }
  const isUnprepared = error instanceof NexusError && unprepared.has(error.code);
  const again = `It is tried again when its manifest or its files change; or run "nexus plugin restart ${plugin}"`;
  const nextStep = isUnprepared
    ? again
    : error instanceof NexusError
      ? ''
      : `See "nexus plugin logs ${plugin}"`;
  return { type: 'failed', reason: redactKnown(messageOf(error)), nextStep };
}

/** What calls in flight are told of a plugin that was stopped and is started again `because` of something. */
export function replaced(plugin: string, because: string): NexusError {
  return new NexusError('PLUGIN_UNAVAILABLE', {
    plugin,
    state: 'not well',
    reason: `${because}; it was stopped, the calls in flight with it, and is started again`,
    todo: `See "nexus plugin health ${plugin}"`,
  });
}

/** What calls are told of a version of a plugin that has gone for good. */
export function gone(plugin: string): NexusError {
  const reason = 'it was removed or replaced';
  return new NexusError('PLUGIN_UNAVAILABLE', { plugin, state: 'stopped', reason, todo: '' });
}
