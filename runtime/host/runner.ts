import { unlessAborted } from '../base/abort.ts';
import { Gate, Ring } from '../base/bounded.ts';
import { messageOf, NexusError } from '../base/errors.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { CallOptions, JsonObject, PluginListing, PluginStatus } from '../contract/plugins.ts';
import { KeptListing } from './kept-listing.ts';
import type { RunnerDeps } from './runner-deps.ts';
import { newLife, nextLife, type Life, type LifeEvent } from './life.ts';
import { failed, Recovery } from './recovery.ts';
import type { Session } from './session.ts';
import { runningStatus } from './status.ts';
import { startMs, startPlugin, type StartPlan } from './start-plugin.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Calls that may wait for a free place of one plugin. */
const queueLimit = 4_096;
const stderrLines = 200;

/** One plugin under one version of its manifest: prepares, starts on demand, watches, restarts, stops when idle. */
export class PluginRunner {
  readonly manifest: Manifest;
  readonly #deps: RunnerDeps;
  readonly #gate: Gate;
  readonly #kept: KeptListing;
  readonly #stderr = new Ring<string>(stderrLines);
  readonly #retired = new AbortController();
  readonly #recovery: Recovery;
  readonly #subscriptions: Subscriptions;
  #life: Life;
  #source: PreparedSource | undefined;
  /** How far the preparation is, such as the installation of a package. */
  #progress = '';
  #preparing: Promise<PreparedSource> | undefined;
  #session: Session | undefined;
  #starting: Promise<Session> | undefined;
  #stopping: Promise<void> = Promise.resolve();
  #idleTimer: NodeJS.Timeout | undefined;
  #counts = { calls: 0, starts: 0 };

  /** `subscriptions` are those of all versions of the plugin's manifest. */
  constructor(manifest: Manifest, deps: RunnerDeps, subscriptions: Subscriptions) {
    this.manifest = manifest;
    this.#subscriptions = subscriptions;
    this.#recovery = new Recovery(manifest.name, deps.clock);
    this.#deps = deps;
    this.#gate = new Gate(manifest.limits.concurrency, queueLimit);
    this.#life = newLife(deps.clock.now());
    this.#kept = new KeptListing({
      plugin: manifest.name,
      cache: deps.cache,
      onChange: () => deps.onEvent({ kind: 'listing', plugin: manifest.name }),
      onProblem: (text) => this.#hear(text),
    });
  }

  get name(): string {
    return this.manifest.name;
  }

  get listing(): PluginListing | null {
    return this.#kept.listing;
  }

  stderr(): readonly string[] {
    return this.#stderr.items();
  }

  /** Prepares the source and makes the listing known, from the cache when this very artifact was listed before. Never rejects. */
  async settle(): Promise<void> {
    try {
      const source = await this.#prepare();
      const isKnown = this.#kept.recall(source.artifactHash);
      if (!isKnown || this.#mustRun) await this.#ensure(this.#retired.signal);
      this.#idle();
    } catch (error) {
      // The plugin's state says what happened; the others go on.
      this.#deps.onLog(this.manifest.name, messageOf(error));
    }
  }

  async call(method: string, params: JsonObject, options: CallOptions): Promise<JsonObject> {
    const { manifest } = this;
    const entry = this.#gate.enter(options.signal);
    if (entry === 'full') {
      const { concurrency } = manifest.limits;
      throw new NexusError('PLUGIN_BUSY', { plugin: manifest.name, limit: concurrency, queued: queueLimit });
    }
    if (entry !== undefined) await entry;
    clearTimeout(this.#idleTimer);
    this.#counts.calls++;
    try {
      const session = this.#session ?? (await this.#ensure(options.signal));
      const left = options.onLeave?.();
      if (left !== undefined) await left;
      return await session.connection.call(method, params, options, this.#gate);
    } finally {
      this.#gate.leave();
      if (this.#gate.running === 0) this.#idle();
    }
  }

  async subscribe(uri: string): Promise<() => Promise<void>> {
    await this.#ensure(this.#retired.signal);
    return await this.#subscriptions.hold(uri);
  }

  /** Stops the process, if any, and forgets crashes: the next call starts it afresh. */
  async restart(): Promise<void> {
    this.#recovery.forget();
    await this.#stop();
    if (this.#source !== undefined && (this.#life.state === 'quarantined' || this.#life.state === 'error')) {
      this.#become({ type: 'found' });
      this.#become({ type: 'prepared' });
    }
    await this.settle();
  }

  /** Lets calls in flight end until `deadline` aborts, then stops the process for good. */
  async retire(deadline: AbortSignal): Promise<void> {
    // Calls that do not end in time are rejected by the abort below.
    await unlessAborted(this.#gate.idle(), deadline).catch(() => {});
    const gone = {
      plugin: this.manifest.name,
      state: 'stopped',
      reason: 'it was removed or replaced',
      todo: '',
    };
    this.#retired.abort(new NexusError('PLUGIN_UNAVAILABLE', gone));
    this.#recovery.cancel();
    await this.#stop();
    await this.#starting?.catch(() => {});
  }

  status(): PluginStatus {
    return runningStatus(this.manifest, {
      life: this.#life,
      progress: this.#progress,
      process: this.#session?.process ?? null,
      isRunning: this.#session !== undefined,
      era: this.#kept.listing?.era ?? null,
      ...this.#counts,
      inFlight: this.#gate.running,
      warnings: this.#source?.warnings ?? [],
    });
  }

  #prepare(): Promise<PreparedSource> {
    this.#preparing ??= this.#prepareOnce();
    return this.#preparing;
  }

  async #prepareOnce(): Promise<PreparedSource> {
    try {
      this.#source = await this.#deps.prepare(this.manifest, this.#retired.signal, (text) => {
        this.#progress = text;
        this.#hear(text);
      });
      this.#become({ type: 'prepared' });
      return this.#source;
    } catch (error) {
      this.#preparing = undefined;
      this.#become(failed(this.manifest.name, error));
      throw error;
    }
  }

  /** The running session; starts it when there is none. `signal` only gives up the wait. */
  async #ensure(signal: AbortSignal): Promise<Session> {
    if (this.#session !== undefined) return this.#session;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return await unlessAborted(this.#starting, signal);
  }

  async #start(): Promise<Session> {
    const source = await this.#prepare();
    await this.#stopping;
    await this.#recovery.turn(this.#life);
    this.#become({ type: 'start' });
    this.#counts.starts++;
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
    const { manifest } = this;
    return {
      manifest,
      source,
      isFirstParty: this.#deps.isFirstParty(this.manifest),
      sandbox: this.#deps.sandbox,
      places: this.#deps.places(manifest.name),
      knownEra: this.#kept.knownEra(source.artifactHash),
      signal: this.#retired.signal,
      lastWords: () => this.#stderr.last() ?? '(it wrote nothing to stderr)',
      onOpen: ({ peer, hands }) => {
        this.#subscriptions.attach({ peer, hands, onEmpty: () => this.#idle() });
      },
      onChanged: (method, params) => this.#changed(method, params),
      onStderr: (line) => this.#hear(line),
      onClosed: (session, reason) => this.#closed(session, reason),
    };
  }

  #changed(method: string, params: JsonObject): void {
    const session = this.#session;
    if (method === 'notifications/resources/updated') {
      this.#deps.onEvent({ kind: 'resource-updated', plugin: this.manifest.name, params });
    } else if (session !== undefined && this.#source !== undefined) {
      const signal = AbortSignal.any([this.#retired.signal, AbortSignal.timeout(startMs)]);
      void this.#kept.refresh(this.#source.artifactHash, () => session.connection.list(signal));
    }
  }

  #closed(session: Session, reason: Error): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.#subscriptions.detach(session.connection.peer);
    if (session.isStopping) return;
    void session.kill();
    this.#crashed(reason);
  }

  #crashed(error: unknown): void {
    this.#become(this.#recovery.crashed(error));
    if (this.#mustRun) this.#recovery.plan(() => void this.#revive());
  }

  async #revive(): Promise<void> {
    try {
      await this.#ensure(this.#retired.signal);
    } catch {
      // A start that fails is a crash as well, after which the next one has been planned.
    }
  }

  /** Whether somebody counts on it without calling it. */
  get #mustRun(): boolean {
    return this.manifest.start === 'eager' || this.#subscriptions.size > 0;
  }

  #idle(): void {
    clearTimeout(this.#idleTimer);
    const { idleStopMs } = this.manifest;
    if (idleStopMs === 0 || this.#mustRun || this.#session === undefined) return;
    this.#idleTimer = setTimeout(() => {
      if (this.#gate.running === 0 && !this.#mustRun) void this.#stop();
    }, idleStopMs);
    this.#idleTimer.unref();
  }

  #stop(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const session = this.#session;
    if (session === undefined) return this.#stopping;
    this.#session = undefined;
    this.#subscriptions.detach(session.connection.peer);
    this.#become({ type: 'drain' });
    this.#stopping = session.stop().then(() => this.#become({ type: 'ended' }));
    return this.#stopping;
  }

  #become(event: LifeEvent): void {
    this.#life = nextLife(this.#life, event, this.#deps.clock.now());
    this.#deps.onEvent({ kind: 'status', plugin: this.manifest.name });
  }

  #hear(line: string): void {
    this.#stderr.push(line);
    this.#deps.onLog(this.manifest.name, line);
  }
}
