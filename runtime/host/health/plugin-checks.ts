import type { Clock } from '../../base/clock.ts';
import { messageOf, NexusError } from '../../base/errors.ts';
import { redactedHead } from '../../base/redact.ts';
import type { CheckResult } from '../../contract/health.ts';
import type { PluginView } from '../../contract/plugins.ts';
import { afterCheck, afterRestart, freshStreak, isOver, type CheckStreak } from './check-streak.ts';
import { questionFor, type QuestionDeps } from './question.ts';

const wordsLimit = 500;

export interface CheckDeps extends QuestionDeps {
  readonly clock: Clock;
  readonly onProblem: (plugin: string, text: string) => void;
}

/** The checks of one plugin: a timer while it runs, one check at a time, what the last one came to. */
export class PluginChecks implements Disposable {
  readonly #plugin: string;
  readonly #deps: CheckDeps;
  #streak: CheckStreak = freshStreak;
  /** When the process was started whose checks are counted. */
  #judged: number | null = null;
  #last: CheckResult | null = null;
  #checking: Promise<CheckResult> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The interval the timer has; 0 while there is none. */
  #intervalMs = 0;

  constructor(plugin: string, deps: CheckDeps) {
    this.#plugin = plugin;
    this.#deps = deps;
  }

  get last(): CheckResult | null {
    return this.#last;
  }

  /** Failed checks in a row. */
  get failed(): number {
    return this.#streak.failed;
  }

  /** Sees to it that a plugin that runs is checked as often as its manifest says, and others not at all. */
  follow(): void {
    const isRunning = this.#startedAt !== null;
    const intervalMs = isRunning ? (this.#view?.manifest.health.intervalMs ?? 0) : 0;
    if (intervalMs === this.#intervalMs) return;
    clearInterval(this.#timer);
    this.#intervalMs = intervalMs;
    if (intervalMs > 0) this.#timer = setInterval(() => void this.tick(), intervalMs).unref();
  }

  /** One periodic check: too many that fail end the plugin, and it starts anew. Never rejects. */
  async tick(): Promise<void> {
    try {
      if (this.#checking !== undefined || this.#startedAt === null) return;
      await this.check();
      await this.#judge();
    } catch (error) {
      this.#deps.onProblem(this.#plugin, `its health check failed: ${messageOf(error)}`);
    }
  }

  /** Asks the plugin, starting it when it does not run. Rejects when it is disabled; a failed check is an answer. */
  check(): Promise<CheckResult> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  get #view(): PluginView | undefined {
    return this.#deps.host.view(this.#plugin);
  }

  get #startedAt(): number | null {
    return this.#deps.host.status(this.#plugin)?.startedAt ?? null;
  }

  async #check(): Promise<CheckResult> {
    const view = this.#view;
    if (view === undefined) throw this.#absence();
    const result = await this.#ask(view);
    this.#last = result;
    this.#note(result);
    return result;
  }

  /** A process is judged by its own checks: not by those of the one before, nor when it was stopped meanwhile. */
  #note(result: CheckResult): void {
    const startedAt = this.#startedAt;
    if (startedAt === null || startedAt > result.at) return;
    if (startedAt !== this.#judged) this.#streak = { ...freshStreak, limit: this.#streak.limit };
    this.#judged = startedAt;
    this.#streak = afterCheck(this.#streak, result.isOk, result.at);
  }

  #absence(): NexusError {
    const {
      state = 'unknown',
      reason = '',
      nextStep: todo = '',
    } = this.#deps.host.status(this.#plugin) ?? {};
    return new NexusError('PLUGIN_UNAVAILABLE', { plugin: this.#plugin, state, reason, todo });
  }

  async #ask(view: PluginView): Promise<CheckResult> {
    const { host, clock } = this.#deps;
    const at = clock.now();
    let asked = 'start';
    let note = '';
    let beganMs = performance.now();
    const result = (isOk: boolean, words: string): CheckResult => {
      const latencyMs = Math.round((performance.now() - beganMs) * 100) / 100;
      return { at, isOk, asked, latencyMs, words: redactedHead(words, wordsLimit) };
    };
    try {
      // A start has its own time, and may be the first that tells which tools there are.
      if (this.#startedAt === null) await host.probe(this.#plugin, new AbortController().signal);
      const question = questionFor(view, this.#deps);
      ({ asked, note } = question);
      beganMs = performance.now();
      await within(this.#plugin, view.manifest.health.timeoutMs, (signal) => question.ask(signal));
      return result(true, note);
    } catch (error) {
      return result(false, [messageOf(error), note].filter(Boolean).join('; '));
    }
  }

  async #judge(): Promise<void> {
    const { host, clock } = this.#deps;
    const view = this.#view;
    const inFlight = host.status(this.#plugin)?.inFlight ?? 0;
    if (view === undefined || this.#startedAt === null) return;
    if (!isOver(this.#streak, inFlight, view.manifest.limits.timeoutMs, clock.now())) return;
    const { failed } = this.#streak;
    this.#streak = afterRestart(this.#streak);
    await host.replace(
      this.#plugin,
      `${failed} health checks in a row failed, last: ${this.#last?.words ?? ''}`,
    );
  }
}

/** Gives up after `timeoutMs`. */
async function within(
  plugin: string,
  timeoutMs: number,
  ask: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new NexusError('CHECK_TIMED_OUT', { plugin, timeoutMs })),
    timeoutMs,
  );
  try {
    await ask(late.signal);
  } finally {
    clearTimeout(timer);
  }
}
