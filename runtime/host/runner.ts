import { unlessAborted } from '../base/abort.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type {
  CallOptions,
  JsonObject,
  PluginEvent,
  PluginListing,
  PluginStatus,
} from '../contract/plugins.ts';
import { CallGate } from './call-gate.ts';
import type { Connection } from './connection.ts';
import { IdleTimer } from './idle-timer.ts';
import { KeptListing } from './kept-listing.ts';
import type { RunnerDeps } from './runner-deps.ts';
import { LastWords } from './last-words.ts';
import { newLife, nextLife, type Life, type LifeEvent } from './life.ts';
import type { PluginMemory } from './plugin-memory.ts';
import { Preparation } from './preparation.ts';
import { failed, Recovery } from './recovery.ts';
import type { Session } from './session.ts';
import { runningStatus } from './status.ts';
import { startPlugin, type StartPlan } from './start-plugin.ts';

/** One plugin under one version of its manifest: prepares, starts on demand, watches, restarts, stops when idle. */
export class PluginRunner {
  readonly #deps: RunnerDeps;
  readonly #memory: PluginMemory;
  readonly #gate: CallGate;
  readonly #kept: KeptListing;
  readonly #retired = new AbortController();
  readonly #recovery: Recovery;
  readonly #preparation: Preparation;
  readonly #idleTimer = new IdleTimer(
    () => this.#session !== undefined && this.#gate.running === 0 && !this.#mustRun,
    () => void this.#stop(),
  );
  #manifest: Manifest;
  #isInForce = false;
  #life: Life;
  #session: Session | undefined;
  #starting: Promise<Session> | undefined;
  #stopping: Promise<void> = Promise.resolve();
  #starts = 0;
  readonly #lastWords = new LastWords();

  /** It is a candidate until `takeOver`. `memory` is that of all versions of the plugin. */
  constructor(manifest: Manifest, deps: RunnerDeps, memory: PluginMemory) {
    this.#manifest = manifest;
    this.#memory = memory;
    this.#recovery = new Recovery(manifest.name, deps.clock);
    this.#deps = deps;
    this.#gate = new CallGate(manifest);
    this.#life = newLife(deps.clock.now());
    this.#preparation = new Preparation(deps.prepare, this.#retired.signal, {
      onProgress: (text) => this.#hear(text),
      onDone: () => this.#become({ type: 'prepared' }),
      onFailed: (error) => this.#become(failed(manifest.name, error)),
    });
    this.#kept = new KeptListing({
      plugin: manifest.name,
      cache: deps.cache,
      onChange: () => this.#tell({ kind: 'listing', plugin: manifest.name }),
      onProblem: (text) => this.#hear(text),
    });
  }

  get name(): string {
    return this.#manifest.name;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Takes a manifest under which the same process may go on. */
  treatAs(manifest: Manifest): void {
    this.#manifest = manifest;
    this.#idle();
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
    return this.listing !== null && this.#life.state !== 'error' && this.#life.state !== 'quarantined';
  }

  /** From now on it is the version that is called; until then nobody hears of it. */
  takeOver(): void {
    this.#isInForce = true;
    if (this.#session !== undefined) this.#hearFrom(this.#session.connection);
    this.#idle();
  }

  /** Another version is called from now on: nobody hears of this one any more, its calls in flight go on. */
  stepDown(): void {
    this.#isInForce = false;
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
    const isKnown = this.#kept.recall(source.artifactHash);
    if (!isKnown || needsProcess || this.#mustRun) await this.#ensure(this.#retired.signal);
    this.#idle();
  }

  /** As `prove`, but never rejects: the plugin's state says what happened; the others go on. */
  settle(): Promise<void> {
    return this.prove(false).catch((error: unknown) => this.#deps.onLog(this.name, messageOf(error)));
  }

  async call(method: string, params: JsonObject, options: CallOptions): Promise<JsonObject> {
    const place = this.#gate.pass(options.signal);
    if (place !== undefined) await place;
    this.#idleTimer.cancel();
    this.#memory.calls++;
    try {
      const session = this.#session ?? (await this.#ensure(options.signal));
      const left = options.onLeave?.();
      if (left !== undefined) await left;
      return await session.connection.call(method, params, options, this.#gate);
    } finally {
      this.#gate.leave();
      this.#idle();
    }
  }

  async subscribe(uri: string): Promise<() => Promise<void>> {
    await this.#ensure(this.#retired.signal);
    return await this.#memory.subscriptions.hold(uri);
  }

  /** Stops the process, if any, and forgets crashes: the next call starts it afresh. */
  async restart(): Promise<void> {
    this.#recovery.forget();
    await this.#stop();
    if (this.source !== undefined && (this.#life.state === 'quarantined' || this.#life.state === 'error')) {
      this.#become({ type: 'found' });
      this.#become({ type: 'prepared' });
    }
    await this.settle();
  }

  /** Lets calls in flight end until `deadline` aborts, then stops the process for good. */
  async retire(deadline: AbortSignal): Promise<void> {
    // Calls that do not end in time are rejected by the abort below.
    await unlessAborted(this.#gate.idle(), deadline).catch(() => {});
    const gone = { plugin: this.name, state: 'stopped', reason: 'it was removed or replaced', todo: '' };
    this.#retired.abort(new NexusError('PLUGIN_UNAVAILABLE', gone));
    this.#recovery.cancel();
    await this.#stop();
    await this.#starting?.catch(() => {});
  }

  status(): PluginStatus {
    return runningStatus(this, {
      life: this.#life,
      session: this.#session,
      progress: this.#preparation.progress,
      memory: this.#memory,
      inFlight: this.#gate.running,
    });
  }

  /** The running session; starts it when there is none. `signal` only gives up the wait. */
  async #ensure(signal: AbortSignal): Promise<Session> {
    this.#retired.signal.throwIfAborted();
    if (this.#session !== undefined) return this.#session;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return await unlessAborted(this.#starting, signal);
  }

  async #start(): Promise<Session> {
    const source = await this.prepare();
    await this.#stopping;
    await this.#recovery.turn(this.#life);
    this.#become({ type: 'start' });
    if (this.#starts++ > 0) this.#memory.restarts++;
    try {
      const { session, listing } = await startPlugin(this.#plan(source));
      this.#session = session;
      this.#become({ type: 'started' });
      await this.#kept.keep(listing, source.artifactHash);
      return session;
    } catch (error) {
      if (!this.#retired.signal.aborted) this.#crashed(error);
      throw error;
    }
  }

  #plan(source: PreparedSource): StartPlan {
    const manifest = this.#manifest;
    return {
      manifest,
      source,
      isFirstParty: this.#deps.isFirstParty(manifest),
      sandbox: this.#deps.sandbox,
      places: this.#deps.places(manifest),
      knownEra: this.#kept.knownEra(source.artifactHash),
      signal: this.#retired.signal,
      lastWords: () => this.#lastWords.text,
      onOpen: (connection) => {
        if (this.#isInForce) this.#hearFrom(connection);
      },
      onChanged: (method, params) => this.#changed(method, params),
      onStderr: (line) => this.#hear(line),
      onClosed: (session, reason) => this.#closed(session, reason),
    };
  }

  #hearFrom({ peer, hands }: Connection): void {
    this.#memory.subscriptions.attach({ peer, hands, onEmpty: () => this.#idle() });
  }

  #changed(method: string, params: JsonObject): void {
    const session = this.#session;
    if (method === 'notifications/resources/updated') {
      this.#tell({ kind: 'resource-updated', plugin: this.name, params });
    } else if (session !== undefined && this.source !== undefined) {
      const signal = AbortSignal.any([
        this.#retired.signal,
        AbortSignal.timeout(this.#manifest.limits.startMs),
      ]);
      void this.#kept.refresh(this.source.artifactHash, () => session.connection.list(signal));
    }
  }

  #closed(session: Session, reason: Error): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.#memory.subscriptions.detach(session.connection.peer);
    if (session.isStopping) return;
    void session.kill();
    this.#crashed(reason);
  }

  #crashed(error: unknown): void {
    this.#become(this.#recovery.crashed(error));
    if (this.#mustRun) this.#recovery.plan(() => this.#ensure(this.#retired.signal));
  }

  /** Somebody counts on it without calling it. */
  get #mustRun(): boolean {
    return this.#manifest.start === 'eager' || this.#memory.subscriptions.size > 0;
  }

  #idle(): void {
    this.#idleTimer.begin(this.#manifest.idleStopMs);
  }

  #stop(): Promise<void> {
    this.#idleTimer.cancel();
    const session = this.#session;
    if (session === undefined) return this.#stopping;
    this.#session = undefined;
    this.#memory.subscriptions.detach(session.connection.peer);
    this.#become({ type: 'drain' });
    this.#stopping = session.stop().then(() => this.#become({ type: 'ended' }));
    return this.#stopping;
  }

  #become(event: LifeEvent): void {
    this.#life = nextLife(this.#life, event, this.#deps.clock.now());
    this.#tell({ kind: 'status', plugin: this.name });
  }

  #tell(event: PluginEvent): void {
    if (this.#isInForce) this.#deps.onEvent(event);
  }

  #hear(line: string): void {
    this.#lastWords.note(line);
    this.#memory.stderr.push(line);
    this.#deps.onLog(this.#manifest.name, line);
  }
}
