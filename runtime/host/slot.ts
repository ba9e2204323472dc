import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../base/errors.ts';
import type { ConsentSubject } from '../contract/consent.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PendingChange, PluginStatus, PluginVitals } from '../contract/plugins.ts';
import { CodeWatch } from './discover/code-watch.ts';
import type { Discovered } from './discover/manifest-folder.ts';
import { LeavingVersions } from './leaving-versions.ts';
import { isOfferedOtherwise, isSameLaunch, takesRightsAway, withPolicyOf } from './manifest-changes.ts';
import { PluginMemory } from './plugin-memory.ts';
import { failed } from './recovery.ts';
import { PluginRunner } from './runner.ts';
import type { RunnerDeps } from './runner-deps.ts';
import { closedBreaker, viewBreaker } from './restart.ts';
import { idleStatus } from './status.ts';
import { isSameCode, quarantined, subjectOf } from './version-consent.ts';
import { Burst } from '../base/burst.ts';

/** A swap begins after this quiet time, so that ten saves in a row are one swap; at the latest after the second figure. In milliseconds. */
const quietMs = 80;
const longestWaitMs = 1_000;

const beingTried = { kind: 'starting', reason: 'a change is being tried', nextStep: '' } as const;

export interface SlotDeps extends RunnerDeps {
  /** Nothing is prepared or started before it settles. */
  readonly begun: Promise<void>;
  /** Aborts when the host ends: versions that leave are not waited for. */
  readonly closing: AbortSignal;
  /** Told when a version that another one took the place of has ended its last call. */
  readonly onReplaced: (source: unknown) => void;
}

/** One plugin: the version in force, the one that would take its place, and those that end their last calls. */
export class PluginSlot implements AsyncDisposable {
  readonly #deps: SlotDeps;
  readonly #memory: PluginMemory;
  readonly #watch: CodeWatch;
  readonly #changes: Burst;
  readonly #leaving: LeavingVersions;
  #entry: Discovered;
  #runner: PluginRunner | undefined;
  #candidate: PluginRunner | undefined;
  /** The last candidate, when it is only held for want of an agreement. */
  #held: PluginRunner | undefined;
  #pending: PendingChange | null = null;
  /** Whether the next swap takes place even when manifest and code are what they were: a setting has changed. */
  #isForced = false;
  #settling: Promise<void> = Promise.resolve();

  /** Empty until the first `put`. */
  constructor(entry: Discovered, deps: SlotDeps) {
    const onLog = (text: string): void => deps.onLog(entry.name, text);
    this.#deps = deps;
    this.#memory = new PluginMemory(deps.clock, onLog);
    this.#leaving = new LeavingVersions({ closing: deps.closing, onLog });
    this.#changes = new Burst({ quietMs, longestWaitMs }, () => this.#swap());
    this.#watch = new CodeWatch(
      () => this.#changes.note(),
      (error) => onLog(`watching its code failed, changes of it are not noticed: ${messageOf(error)}`),
    );
    this.#entry = entry;
  }

  get name(): string {
    return this.#entry.name;
  }

  /** What the manifests folder says. */
  get entry(): Discovered {
    return this.#entry;
  }

  /** The version in force; undefined when the plugin is disabled or was never valid. */
  get runner(): PluginRunner | undefined {
    return this.#runner;
  }

  /** The sources of all versions that may run, those that end their last calls included. */
  sources(): readonly unknown[] {
    const versions = [this.#runner, this.#candidate, ...this.#leaving.versions()];
    return versions.flatMap((version) => version?.manifest.source ?? []);
  }

  stderr(): readonly string[] {
    return this.#memory.stderr.items();
  }

  vitals(): PluginVitals {
    const { record } = this.#memory;
    return {
      figures: record.figures(),
      errors: record.errors(),
      breaker: this.#runner?.recovery.breaker ?? viewBreaker(closedBreaker, 0),
    };
  }

  status(): PluginStatus {
    const status = this.#runner?.status() ?? idleStatus(this.#entry);
    return { ...status, pending: this.#pending };
  }

  /** Settles when no change is about to come in force. */
  async settled(): Promise<void> {
    await this.#settling;
    await this.#changes.over();
  }

  /** Takes what the manifests folder says now. */
  put(entry: Discovered): void {
    this.#entry = entry;
    const runner = this.#runner;
    if (!entry.ok && runner?.isServing === true) {
      return this.#keepServing(entry.error.message, `Correct ${entry.file}`);
    }
    if (!entry.ok || !entry.manifest.enabled) {
      this.#vacate();
      this.#tell('listing');
    } else if (runner === undefined) {
      this.#begin(entry.manifest);
    } else {
      this.#follow(runner, entry.manifest);
    }
    this.#tell('status');
  }

  /** Swaps even when neither manifest nor code has changed. */
  reload(): void {
    if (this.#runner === undefined) return;
    this.#isForced = true;
    this.#changes.note();
  }

  /** What is held of it, else what is in force; undefined while neither is prepared. */
  subject(): ConsentSubject | undefined {
    const version = this.#held ?? this.#runner;
    return version && subjectOf(version, this.#runner?.session?.process?.tier ?? null);
  }

  /** Something else is agreed to by now. */
  reconsider(): void {
    const next = this.#held ?? this.#candidate;
    if (this.#held !== undefined) this.#changes.note();
    // What is agreed to takes the place of the version in force, which was agreed to before and serves on until then.
    if (next?.consent.mayRun(next) !== true) this.#settling = this.#askAgain(this.#settling);
  }

  /** Ends every version; calls in flight have the usual time to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#vacate();
    this.#changes.cancel();
    await this.#watch[Symbol.asyncDispose]();
    await Promise.allSettled([this.#leaving.over(), this.#settling]);
    await this.#changes.over();
  }

  #begin(manifest: Manifest): void {
    const runner = new PluginRunner(manifest, this.#deps, this.#memory);
    this.#runner = runner;
    runner.takeOver();
    this.#settling = this.#settle(runner);
  }

  async #settle(runner: PluginRunner): Promise<void> {
    await this.#deps.begun;
    await runner.settle();
    this.#watchCode(runner);
  }

  async #askAgain(before: Promise<void>): Promise<void> {
    await before;
    const runner = this.#runner;
    const answer = runner?.consent.askAgain(runner);
    if (answer === 'tools') this.#tell('listing');
    else if (answer === 'start') await runner?.restart();
  }

  /** What needs no other process is in force at once; for the rest a candidate has to prove itself. */
  #follow(runner: PluginRunner, manifest: Manifest): void {
    const { manifest: before, source, listing } = runner;
    const treated = withPolicyOf(before, manifest);
    // What would be treated with less care than was agreed to waits like any other change that is held.
    const isAgreed = runner.consent.mayRun({ manifest: treated, source, listing });
    if (isAgreed) runner.treatAs(treated);
    if (isAgreed && isOfferedOtherwise(before, manifest)) this.#tell('listing');
    if (this.#pending === null && runner.isServing && isAgreed && isSameLaunch(before, manifest)) return;
    this.#changes.note();
  }

  async #swap(): Promise<void> {
    this.#dismissCandidate();
    this.#held = undefined;
    const entry = this.#entry;
    const old = this.#runner;
    if (old === undefined || !entry.ok) return;
    const { manifest } = entry;
    const candidate = new PluginRunner(manifest, this.#deps, this.#memory);
    this.#candidate = candidate;
    // Most events of a folder change no code: nothing is said of those.
    if (!isSameLaunch(old.manifest, manifest)) this.#say(beingTried);
    try {
      await this.#leaving.room();
      await candidate.prepare().finally(() => this.#watchCode(candidate));
      if (candidate !== this.#candidate) return;
      if (this.#isAlready(old, candidate)) {
        this.#dismissCandidate();
        return this.#say(null);
      }
      this.#say(beingTried);
      await candidate.prove(old.isRunning);
    } catch (error) {
      if (candidate === this.#candidate) this.#failed(old, candidate, error);
      return;
    }
    if (candidate === this.#candidate) this.#takeOver(candidate);
  }

  /** Whether the version in force is what the candidate would be; to replace one by its like would forget its crashes. */
  #isAlready(old: PluginRunner, candidate: PluginRunner): boolean {
    if (this.#isForced || old.listing === null) return false;
    return isSameCode(old.source, candidate.source) && isDeepStrictEqual(old.manifest, candidate.manifest);
  }

  #failed(old: PluginRunner, candidate: PluginRunner, error: unknown): void {
    const [name, { hold }] = [this.name, candidate.consent];
    // Who must not do any longer what the old version may do is not served by it.
    if (!old.isServing || takesRightsAway(old.manifest, candidate.manifest)) return this.#takeOver(candidate);
    this.#isForced = false;
    const { reason, nextStep } = hold === null ? failed(name, error) : quarantined(name, hold);
    this.#deps.onLog(name, `a change is not in force, what was before serves on: ${reason}`);
    this.#keepServing(reason, nextStep, hold === null ? 'failed' : 'held');
    if (hold !== null) this.#held = candidate;
  }

  #keepServing(reason: string, nextStep: string, kind: PendingChange['kind'] = 'failed'): void {
    this.#dismissCandidate();
    this.#say({ kind, reason, nextStep });
  }

  #takeOver(candidate: PluginRunner): void {
    const old = this.#runner;
    this.#candidate = undefined;
    this.#isForced = false;
    this.#runner = candidate;
    if (old !== undefined)
      void this.#leaving.retire(old).then(() => this.#deps.onReplaced(old.manifest.source));
    candidate.takeOver();
    const isSame =
      old?.listing !== undefined &&
      isDeepStrictEqual([old.listing, old.manifest.source], [candidate.listing, candidate.manifest.source]) &&
      !isOfferedOtherwise(old.manifest, candidate.manifest);
    if (!isSame) this.#tell('listing');
    this.#say(null);
  }

  /** Nothing of the plugin is in force any more. */
  #vacate(): void {
    this.#dismissCandidate();
    this.#held = undefined;
    this.#changes.cancel();
    this.#watch.follow([]);
    const runner = this.#runner;
    this.#runner = undefined;
    this.#pending = null;
    if (runner !== undefined) void this.#leaving.retire(runner);
  }

  #dismissCandidate(): void {
    const candidate = this.#candidate;
    this.#candidate = undefined;
    if (candidate !== undefined) this.#leaving.dismiss(candidate);
  }

  #watchCode(version: PluginRunner): void {
    if (version !== this.#candidate && version !== this.#runner) return;
    this.#watch.follow(version.source?.code ?? this.#deps.codeOf(version.manifest));
  }

  #say(pending: Omit<PendingChange, 'since'> | null): void {
    if (this.#pending === null && pending === null) return;
    this.#pending = pending === null ? null : { ...pending, since: this.#deps.clock.now() };
    this.#tell('status');
  }

  #tell(kind: 'listing' | 'status'): void {
    this.#deps.onEvent({ kind, plugin: this.name });
  }
}
