import type { Clock } from '../base/clock.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import type { Logger } from '../base/logger.ts';
import type {
  Directive,
  DirectiveEnd,
  DirectiveKind,
  Directives,
  DirectiveStore,
  NewDirective,
  RunListener,
} from '../contract/directives.ts';
import type { JsonObject } from '../contract/plugins.ts';
import { operatorScope, type Scope } from '../contract/scope.ts';
import { delayMs, isFinal, next } from './directive-life.ts';

/** Directives of the queue that run at the same time; those of turns are bounded by the turns. */
const mostRunning = 8;
/** One that ends the kernel each time it is tried is not tried for ever. */
const mostAttempts = 20;

export interface DirectiveRunnerDeps {
  readonly store: DirectiveStore;
  readonly kinds: ReadonlyMap<string, DirectiveKind>;
  readonly clock: Clock;
  readonly newId: NewId;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Logger;
}

interface Running {
  readonly stop: AbortController;
  readonly isQueued: boolean;
  readonly ended: Promise<DirectiveEnd>;
}

interface Asked extends RunListener {
  readonly approved?: string | undefined;
}

/** Carries out directives, each as often as its kind says is safe, and never one that has ended. */
export class DirectiveRunner implements Directives, AsyncDisposable {
  readonly #deps: DirectiveRunnerDeps;
  readonly #running = new Map<string, Running>();
  #ticking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(deps: DirectiveRunnerDeps) {
    this.#deps = deps;
  }

  async request(scope: Scope, wanted: NewDirective): Promise<Directive> {
    const directive = await this.#deps.store.add(scope, wanted);
    this.#nudge();
    return directive;
  }

  async perform(
    scope: Scope,
    { approved, ...wanted }: Parameters<Directives['perform']>[1],
    listener: RunListener,
    signal: AbortSignal,
  ): Promise<DirectiveEnd> {
    let directive = await this.#deps.store.add(scope, wanted);
    const here = this.#running.get(directive.id);
    if (here !== undefined) return await here.ended;
    if (directive.state === 'running') directive = await this.#recoverOne(directive);
    if (directive.state !== 'requested') return this.#endOf(scope, directive);
    return await this.#begin(directive, { ...listener, signal, isQueued: false, approved });
  }

  async unsettled(scope: Scope, kind: string, payload: JsonObject): Promise<string | null> {
    return (await this.#deps.store.unknownLike(scope, kind, payload))?.run ?? null;
  }

  async cancel(scope: Scope, id: string): Promise<Directive> {
    const directive = await this.#get(scope, id);
    const running = this.#running.get(id);
    if (running !== undefined) {
      running.stop.abort(new NexusError('DIRECTIVE_CANCELED'));
      await running.ended;
      return await this.#get(scope, id);
    }
    if (directive.state !== 'requested') throw refused(directive, 'canceled');
    const reason = `canceled by ${scope.user} (${scope.actor})`;
    return await this.#move(directive, { state: next(directive.state, 'cancel'), reason }, 'canceled');
  }

  async rerun(scope: Scope, id: string): Promise<Directive> {
    const directive = await this.#get(scope, id);
    if (!isFinal(directive.state)) throw refused(directive, 'done again');
    const { kind, payload, maxAttempts } = directive;
    return await this.request(scope, { kind, payload, maxAttempts, key: `rerun:${id}`, rerunOf: id });
  }

  async snooze(scope: Scope, id: string, until: number): Promise<Directive> {
    const directive = await this.#get(scope, id);
    if (directive.state !== 'requested') throw refused(directive, 'put off');
    return await this.#move(directive, { state: 'requested', runAt: until, reason: 'put off' }, 'put off');
  }

  async undo(scope: Scope, id: string): Promise<Directive> {
    const { state, undo, payload } = await this.#get(scope, id);
    if (state !== 'succeeded' || undo === null)
      throw new NexusError('UNDO_UNKNOWN', {
        id,
        tool: typeof payload['tool'] === 'string' ? payload['tool'] : 'TOOL',
      });
    return await this.request(scope, { kind: 'tool.run', payload: { ...undo }, key: `undo:${id}` });
  }

  /** Says of those that the last kernel left running what became of them. To be called before anything else. */
  async recover(): Promise<void> {
    for (const directive of await this.#deps.store.running()) await this.#recoverOne(directive);
  }

  /** Begins what is due as far as there is room; settles when it has begun. */
  tick(): Promise<void> {
    this.#ticking = this.#ticking.then(() => this.#tickOnce());
    return this.#ticking;
  }

  /** Settles when nothing runs. */
  async idle(): Promise<void> {
    await this.#ticking;
    while (this.#running.size > 0)
      await Promise.allSettled([...this.#running.values()].map(({ ended }) => ended));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const { stop } of this.#running.values()) stop.abort(new NexusError('KERNEL_STOPPING'));
    await this.idle();
  }

  async #tickOnce(): Promise<void> {
    if (this.#isClosed) return;
    const { store, clock, log } = this.#deps;
    try {
      await this.#dropAbandoned();
      const queued = [...this.#running.values()].filter(({ isQueued }) => isQueued).length;
      for (const directive of await store.due(clock.now(), mostRunning - queued)) {
        // Begun by the tick before, and not on record yet.
        if (this.#running.has(directive.id)) continue;
        const signal = new AbortController().signal;
        this.#begin(directive, { onStart: async () => {}, signal, isQueued: true }).catch((error: unknown) =>
          log.error({ err: error, directive: directive.id }, 'what became of a directive is not on record'),
        );
      }
    } catch (error) {
      log.error({ err: error }, 'directives that are due were not begun');
    }
  }

  /** Those of turns that ended, by cancellation or at a limit, before they came to them again after a crash. */
  async #dropAbandoned(): Promise<void> {
    for (const directive of await this.#deps.store.abandoned()) {
      if (this.#running.has(directive.id)) continue;
      const known = directive.state === 'running' ? await this.#recoverOne(directive) : directive;
      if (known.state !== 'requested') continue;
      const reason = 'its turn ended before it was done';
      await this.#deps.store.move(known, { state: next(known.state, 'cancel'), reason });
    }
  }

  #begin(
    directive: Directive,
    given: Asked & { readonly signal: AbortSignal; readonly isQueued: boolean },
  ): Promise<DirectiveEnd> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, given.signal]);
    const ended = this.#carryOut(directive, given, signal).finally(() => {
      this.#running.delete(directive.id);
      this.#nudge();
    });
    this.#running.set(directive.id, { stop, isQueued: given.isQueued, ended });
    return ended;
  }

  /** One attempt. What goes wrong is its end; rejects when that cannot be recorded. */
  async #carryOut(
    directive: Directive,
    { onStart, ...asked }: Asked,
    signal: AbortSignal,
  ): Promise<DirectiveEnd> {
    const { store, kinds, newId, log } = this.#deps;
    const scope = scopeOf(directive);
    const run = newId();
    const kind = kinds.get(directive.kind);
    const isWornOut = directive.attempts >= mostAttempts;
    if (kind === undefined || isWornOut) {
      const reason = isWornOut
        ? `it was cut off ${directive.attempts} times`
        : `nothing does "${directive.kind}"`;
      await store.move(directive, { state: next(directive.state, 'fail'), reason });
      return { state: 'failed', reason, mayRepeat: false };
    }
    const attempts = directive.attempts + 1;
    const started = await store.move(directive, { state: next(directive.state, 'start'), attempts, run });
    if (started === null)
      return { state: 'failed', reason: 'somebody else was faster with it', mayRepeat: false };
    let end: DirectiveEnd;
    try {
      await onStart(run);
      end = signal.aborted
        ? { state: 'canceled', reason: messageOf(signal.reason) }
        : await kind.run(scope, started, run, signal, asked);
    } catch (error) {
      log.error({ err: error, directive: directive.id }, 'a directive ended badly');
      end = { state: 'failed', reason: messageOf(error), mayRepeat: false };
    }
    // What a stop of the kernel cut off before it did anything is for the next one.
    if (end.state !== 'canceled' || !isStopping(signal)) await this.#settle(started, end);
    return end;
  }

  async #settle(directive: Directive, end: DirectiveEnd): Promise<Directive> {
    const { store, clock, random } = this.#deps;
    const { state, attempts, maxAttempts } = directive;
    if (end.state === 'failed' && end.mayRepeat && attempts < maxAttempts) {
      const runAt = clock.now() + delayMs(attempts, random);
      const { reason } = end;
      return (await store.move(directive, { state: next(state, 'repeat'), reason, runAt })) ?? directive;
    }
    const change =
      end.state === 'succeeded'
        ? { state: next(state, 'succeed'), undo: end.undo ?? null, result: end.result ?? null }
        : { state: next(state, eventOf[end.state]), reason: end.reason };
    return (await store.move(directive, change)) ?? directive;
  }

  /** Of one that runs on record and not here. */
  async #recoverOne(directive: Directive): Promise<Directive> {
    const end = await this.#deps.kinds.get(directive.kind)?.recover(scopeOf(directive), directive);
    if (end === undefined || end === null) {
      const reason = 'the kernel stopped in its middle; it is safe to do it again';
      const change = { state: next(directive.state, 'repeat'), reason };
      return (await this.#deps.store.move(directive, change)) ?? directive;
    }
    return await this.#settle(directive, end);
  }

  /** What became of one that has ended: it is not done again. */
  async #endOf(scope: Scope, directive: Directive): Promise<DirectiveEnd> {
    const { state } = directive;
    const reason = directive.reason ?? `it is ${state}`;
    if (state === 'unknown' || state === 'canceled') return { state, reason };
    const kept = await this.#deps.kinds.get(directive.kind)?.recover(scope, directive);
    if (kept?.state === state) return kept;
    return state === 'succeeded' ? { state } : { state: 'failed', reason, mayRepeat: false };
  }

  async #move(
    directive: Directive,
    change: Parameters<DirectiveStore['move']>[1],
    wanted: string,
  ): Promise<Directive> {
    const moved = await this.#deps.store.move(directive, change);
    if (moved !== null) {
      this.#nudge();
      return moved;
    }
    throw refused((await this.#deps.store.get(scopeOf(directive), directive.id)) ?? directive, wanted);
  }

  async #get(scope: Scope, id: string): Promise<Directive> {
    const directive = await this.#deps.store.get(scope, id);
    if (directive === null) throw new NexusError('TASK_UNKNOWN', { id });
    return directive;
  }

  #nudge(): void {
    void this.tick();
  }
}

const eventOf = { failed: 'fail', canceled: 'cancel', unknown: 'lose' } as const;

/** On whose behalf a directive of the record is carried out. */
function scopeOf({ user, group, actor }: Directive): Scope {
  return { ...operatorScope(actor), user, group };
}

function isStopping({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof NexusError && reason.code === 'KERNEL_STOPPING';
}

function refused({ id, state, run }: Directive, wanted: string): NexusError {
  const todo =
    state === 'unknown' ? `Say first what became of it: "nexus reconcile ${run ?? ''}"` : 'Read it again';
  return new NexusError('DIRECTIVE_STATE', { id, state, wanted, todo });
}
