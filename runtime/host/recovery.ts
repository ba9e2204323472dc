import type { Clock } from '../base/clock.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { Life, LifeEvent } from './life.ts';
import { CrashRecord } from './restart.ts';

/** What follows when one plugin ends unasked: what it is from then on, and when it may start again. */
export class Recovery {
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #crashes = new CrashRecord();
  #timer: NodeJS.Timeout | undefined;

  constructor(plugin: string, clock: Clock) {
    this.#plugin = plugin;
    this.#clock = clock;
  }

  /** Notes a crash; the answer is what has happened to the plugin by it. */
  crashed(error: unknown): LifeEvent {
    const now = this.#clock.now();
    const verdict = this.#crashes.note(now);
    if (verdict.kind === 'wait') return failed(this.#plugin, error);
    const reason = `it ended ${verdict.crashes} times within a minute; last: ${messageOf(error)}`;
    const nextStep = `It is tried again after ${Math.ceil((verdict.untilMs - now) / 1_000)} s; or run "nexus plugin restart ${this.#plugin}"`;
    return { type: 'quarantine', reason, nextStep };
  }

  /** Settles when the plugin may be started. Rejects with PLUGIN_UNAVAILABLE while the breaker is open. */
  async turn(life: Life): Promise<void> {
    const waitMs = this.#crashes.notBefore - this.#clock.now();
    if (waitMs <= 0) return;
    if (life.state === 'quarantined') {
      const { state, reason, nextStep: todo } = life;
      throw new NexusError('PLUGIN_UNAVAILABLE', { plugin: this.#plugin, state, reason, todo });
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  /** Calls `start` when the plugin may be started, unless that is canceled; the last one asked for counts. */
  plan(start: () => Promise<unknown>): void {
    this.cancel();
    const begin = (): void => {
      // A start that fails is a crash as well, after which the next one has been planned.
      start().catch(() => {});
    };
    this.#timer = setTimeout(begin, Math.max(0, this.#crashes.notBefore - this.#clock.now()));
    this.#timer.unref();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  forget(): void {
    this.cancel();
    this.#crashes.forget();
  }
}

/** The event of a failure of which people are told: a plugin that lacks a setting is not in error, it waits. */
export function failed(plugin: string, error: unknown): Extract<LifeEvent, { type: 'failed' | 'lacking' }> {
  if (error instanceof NexusError && error.code === 'SETTING_MISSING') {
    return { type: 'lacking', reason: `needs ${error.data['settings']}`, nextStep: `${error.data['todo']}` };
  }
  const nextStep = error instanceof NexusError ? '' : `See "nexus plugin logs ${plugin}"`;
  return { type: 'failed', reason: messageOf(error), nextStep };
}
