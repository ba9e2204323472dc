import { unlessAborted } from '../base/abort.ts';
import { messageOf } from '../base/errors.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { CallOptions, JsonObject, PluginListing, PluginStatus } from '../contract/plugins.ts';
import { CallDesk } from './call-desk.ts';
import type { Connection } from './connection.ts';
import { IdleTimer } from './idle-timer.ts';
import { KeptListing } from './kept-listing.ts';
import type { RunnerDeps } from './runner-deps.ts';
import type { PluginMemory } from './plugin-memory.ts';
import { Preparation } from './preparation.ts';
import { failed, gone, Recovery, replaced } from './recovery.ts';
import type { Session } from './session.ts';
import { runningStatus } from './status.ts';
import { launchOf, startPlugin, type StartPlan } from './start-plugin.ts';
import { VersionConsent } from './version-consent.ts';
import { VersionLife } from './version-life.ts';
import { Voice } from './voice.ts';

/** One plugin under one version of its manifest: prepares, starts on demand, watches, restarts, stops when idle. */
export class PluginRunner {
  readonly #deps: RunnerDeps;
  readonly #memory: PluginMemory;
  readonly #voice: Voice;
  readonly #desk: CallDesk;
  readonly #kept: KeptListing;
  readonly #retired = new AbortController();
  readonly name: string;
  readonly recovery: Recovery;
  readonly consent: VersionConsent;
  readonly #life: VersionLife;
  readonly #preparation: Preparation;
  readonly #idleTimer = new IdleTimer(
    () => this.#manifest.idleStopMs,
    () => this.#session !== undefined && this.#desk.inFlight === 0 && !this.#mustRun,
    () => void this.#stop(),
  );
  #manifest: Manifest;
  #session: Session | undefined;
  #starting: Promise<Session> | undefined;
  #stopping: Promise<void> = Promise.resolve();
  #starts = 0;

  /** It is a candidate until `takeOver`. `memory` is that of all versions of the plugin. */
  constructor(manifest: Manifest, deps: RunnerDeps, memory: PluginMemory) {
    this.name = manifest.name;
    this.#manifest = manifest;
    this.#memory = memory;
    this.#voice = new Voice(manifest.name, deps, memory);
    this.recovery = new Recovery(manifest.name, deps.clock, deps.restarts);
    this.#deps = deps;
    this.#desk = new CallDesk(manifest, memory, {
      session: (signal) => this.#session ?? this.#ensure(signal),
      permit: (method, params) => this.consent.permit(this.name, method, params),
      began: () => this.#idleTimer.cancel(),
      answered: () => this.recovery.answered(),
      ended: () => this.#idleTimer.resume(),
    });
    this.#life = new VersionLife(deps.clock, this.#voice);
    this.consent = new VersionConsent(deps.consent, this.#life);
    this.#preparation = new Preparation(deps, this.#retired.signal, {
      onProgress: (text) => this.#voice.hear(text),
      onDone: () => this.#life.become({ type: 'prepared' }),
      onFailed: (error) => this.#life.become(failed(manifest.name, error)),
    });
    this.#kept = new KeptListing({
      plugin: manifest.name,
      cache: deps.cache,
      onChange: () => this.consent.relisted(this),
      onProblem: (text) => this.#voice.hear(text),
    });
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Takes a manifest under which the same process may go on. */
  treatAs(manifest: Manifest): void {
    this.#manifest = manifest;
    this.#idleTimer.begin();
  }

  get listing(): PluginListing | null {
    return this.#kept.listing;
  }

  /** What it runs or would run; undefined until it is prepared. */
  get source(): PreparedSource | undefined {
    return this.#preparation.source;
  }

  /** Whether it has a process, or a connection, or is about to have one. */
  get isRunning(): boolean {
    return this.#session !== undefined || this.#starting !== undefined;
  }

  /** Whether calls can be expected to be answered. */
  get isServing(): boolean {
    return this.listing !== null && !this.#life.isOut;
  }

  /** From now on it is the version that is called; until then nobody hears of it. */
  takeOver(): void {
    this.#voice.isInForce = true;
    if (this.#session !== undefined) this.#hearFrom(this.#session.connection);
    this.#idleTimer.begin();
  }

  /** Another version is called from now on: nobody hears of this one any more, its calls in flight go on. */
  stepDown(): void {
    this.#voice.isInForce = false;
  }

  prepare(): Promise<PreparedSource> {
    return this.#preparation.done(this.#manifest);
  }

  /**
   * Makes the listing known, from the cache when this very artifact was listed before and no process is needed.
   * Rejects when the plugin cannot be prepared or started.
   */
  async prove(needsProcess: boolean): Promise<void> {
    const source = await this.prepare();
    this.#retired.signal.throwIfAborted();
    this.consent.check(this);
    const mustStart = !this.#kept.recall(source.listingKey) || needsProcess || this.#mustRun;
    if (mustStart) await this.#ensure(this.#retired.signal);
    this.#idleTimer.begin();
  }

  /** As `prove`, but never rejects: the plugin's state says what happened; the others go on. */
  settle(): Promise<void> {
    return this.prove(false).catch((error: unknown) => this.#deps.onLog(this.name, messageOf(error)));
  }

  call(method: string, params: JsonObject, options: CallOptions): Promise<JsonObject> {
    return this.#desk.call(method, params, options);
  }

  async probe(signal: AbortSignal): Promise<void> {
    try {
      const session = await this.#ensure(signal);
      await session.connection.ping(signal);
      this.recovery.answered();
    } finally {
      this.#idleTimer.resume();
    }
  }

  /** See `PluginHost.replace`. */
  async replace(because: string): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    const error = replaced(this.name, because);
    this.#release(session);
    this.#voice.hear(`[nexus] ${error.message}`);
    this.#stopping = session.stop(error);
    this.#crashed(error, true);
    await this.#stopping;
  }

  async subscribe(uri: string): Promise<() => Promise<void>> {
    await this.#ensure(this.#retired.signal);
    return await this.#memory.subscriptions.hold(uri);
  }

  /** Stops the process, if any, and forgets crashes: the next call starts it afresh. */
  async restart(): Promise<void> {
    this.recovery.forget();
    await this.#stop();
    if (this.source !== undefined) this.#life.revive();
    await this.settle();
  }

  /** Lets calls in flight end until `deadline` aborts, then stops the process for good. */
  async retire(deadline: AbortSignal): Promise<void> {
    // Calls that do not end in time are rejected by the abort below.
    await unlessAborted(this.#desk.idle(), deadline).catch(() => {});
    this.#retired.abort(gone(this.name));
    this.recovery.cancel();
    await this.#stop();
    await this.#starting?.catch(() => {});
  }

  get session(): Session | undefined {
    return this.#session;
  }

  status(): PluginStatus {
    return runningStatus(this, {
      life: this.#life.now,
      advice: this.recovery.advice,
      session: this.#session,
      progress: this.#preparation.progress,
      memory: this.#memory,
      inFlight: this.#desk.inFlight,
    });
  }

  /** The running session; starts it when there is none. `signal` only gives up the wait. */
  async #ensure(signal: AbortSignal): Promise<Session> {
    this.#retired.signal.throwIfAborted();
    if (this.#session !== undefined) return this.#session;
    this.#starting ??= this.#start().finally(() => void (this.#starting = undefined));
    return await unlessAborted(this.#starting, signal);
  }

  async #start(): Promise<Session> {
    await this.#stopping;
    // What has to wait is looked at when the wait is over.
    await this.recovery.turn();
    const source = await this.#checked();
    this.#life.become({ type: 'start' });
    if (this.#starts++ > 0) this.#memory.restarts++;
    try {
      const { session, listing } = await startPlugin(this.#plan(source));
      this.#session = session;
      this.#life.become({ type: 'started' });
      await this.#kept.keep(listing, source.listingKey);
      return session;
    } catch (error) {
      if (!this.#retired.signal.aborted && this.consent.hold === null) this.#crashed(error);
      throw error;
    }
  }

  /** What is to be started, as it is now; rejects when not all of that was agreed to. */
  async #checked(): Promise<PreparedSource> {
    const source = await this.#preparation.fresh(this.#manifest);
    this.consent.check(this);
    return source;
  }

  #plan(source: PreparedSource): StartPlan {
    return {
      ...launchOf(this.#manifest, this.#deps),
      source,
      lookAgain: () => this.#checked(),
      knownEra: this.#kept.knownEra(source.listingKey),
      signal: this.#retired.signal,
      lastWords: () => this.#voice.lastWords,
      onOpen: (connection) => this.#hearFrom(connection),
      onChanged: (method, params) => this.#changed(method, params),
      onStderr: (line) => this.#voice.hear(line),
      onClosed: (session, reason) => this.#closed(session, reason),
    };
  }

  #hearFrom({ peer, hands }: Connection): void {
    if (!this.#voice.isInForce) return;
    this.#memory.subscriptions.attach({ peer, hands, onEmpty: () => this.#idleTimer.begin() });
  }

  #changed(method: string, params: JsonObject): void {
    const session = this.#session;
    if (method === 'notifications/resources/updated') {
      this.#voice.say({ kind: 'resource-updated', plugin: this.name, params });
    } else if (session !== undefined && this.source !== undefined) {
      const { startMs } = this.#manifest.limits;
      const signal = AbortSignal.any([this.#retired.signal, AbortSignal.timeout(startMs)]);
      void this.#kept.refresh(this.source.listingKey, () => session.connection.list(signal));
    }
  }

  #closed(session: Session, reason: Error): void {
    if (session !== this.#session) return;
    this.#release(session);
    if (session.isStopping) return;
    void session.kill();
    this.#crashed(reason);
  }

  #release(session: Session): void {
    this.#session = undefined;
    this.#memory.subscriptions.detach(session.connection.peer);
  }

  /** Tried again by itself: what must run, and after a crash loop, called or not, or nobody would learn that it is well again. */
  #crashed(error: unknown, mustRun = this.#mustRun): void {
    this.#life.become(this.recovery.crashed(error));
    if (this.#desk.inFlight === 0) this.#memory.record.remark('(process)', error);
    if (mustRun || this.recovery.isOpen) this.recovery.plan(() => this.probe(this.#retired.signal));
  }

  get #mustRun(): boolean {
    return this.#manifest.start === 'eager' || this.#memory.subscriptions.size > 0;
  }

  #stop(): Promise<void> {
    this.#idleTimer.cancel();
    const session = this.#session;
    if (session === undefined) return this.#stopping;
    this.#release(session);
    this.#life.become({ type: 'drain' });
    this.#stopping = session.stop().then(() => this.#life.become({ type: 'ended' }));
    return this.#stopping;
  }
}
