import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { NexusError } from '../../base/errors.ts';
import type {
  Approval,
  ApprovalLog,
  ApprovalRequest,
  Consent,
  ConsentState,
  ConsentSubject,
  HeldChange,
  Hold,
} from '../../contract/consent.ts';
import type { Manifest } from '../../contract/manifest.ts';
import type { PreparedSource } from '../../contract/plugin-package.ts';
import type { PluginListing } from '../../contract/plugins.ts';
import { operatorScope, type Scope } from '../../contract/scope.ts';
import type { PathPlaces } from '../discover/placeholders.ts';
import {
  agree,
  agreeToStart,
  definitionsByHash,
  hashesOf,
  seenOf,
  wholeOf,
  type Held,
  type Stamp,
} from './agreement.ts';
import { definitionsOf, firstRun, inheritance, lockChange, startChanges, toolChanges } from './compare.ts';
import { describeSubject } from './describe-subject.ts';
import { hasWaitingKin, waitingEntry } from './kin.ts';
import type { LockEntry } from './lock-entry.ts';
import { LockFile } from './lock-file.ts';
import { takenPrefix } from './prefix.ts';
import { isOwnCode } from './pinned-source.ts';

/** How many approvals of a plugin are shown. */
const shownApprovals = 50;
/** What the operator wrote himself is agreed to in his name. */
const author = operatorScope('manifest');

export interface ConsentDeps {
  readonly manifestsDir: string;
  readonly log: ApprovalLog;
  readonly clock: Clock;
  readonly places: (manifest: Manifest) => PathPlaces;
  /** What is held of a plugin, else what is in force; undefined when there is neither. */
  readonly subject: (plugin: string) => ConsentSubject | undefined;
  /** That of a plugin which is not prepared; undefined when it is not enabled. */
  readonly manifest: (plugin: string) => Manifest | undefined;
  /** A lock file that cannot be read or written, and records that failed. */
  readonly onProblem: (text: string) => void;
}

type Concerned = readonly string[] | 'all';
type Entries = ReadonlyMap<string, LockEntry>;

/** Consent that is pinned in the lock file beside the manifests. */
export class LockedConsent implements Consent {
  readonly #deps: ConsentDeps;
  readonly #lock: LockFile;
  readonly #listeners = new Set<(plugins: Concerned) => void>();
  /** What listeners were told last. */
  readonly #told = new Map<string, LockEntry>();
  #lastGood: Entries | null = null;
  #isBroken = false;
  /** Approvals are written one after the other. */
  #approving: Promise<unknown> = Promise.resolve();

  constructor(deps: ConsentDeps) {
    this.#deps = deps;
    this.#lock = new LockFile(deps.manifestsDir, () => deps.log.knowsLock(this.#lock.path));
  }

  beforeStart(manifest: Manifest, source: PreparedSource): Hold | null {
    const entries = this.#read();
    if (entries instanceof NexusError) return { changes: [lockChange(entries)] };
    const subject = { manifest, source, listing: null, tier: null };
    const entry = entries.get(manifest.name) ?? this.#pinFirst(entries, subject);
    if (entry instanceof NexusError) return { changes: [lockChange(entry)] };
    const changes = this.#startChanges(entries, entry, subject);
    return changes.length === 0 ? null : { changes };
  }

  isFollowed(manifest: Manifest, source: PreparedSource): boolean {
    const entries = this.#read();
    if (entries instanceof NexusError) return false;
    const entry = entries.get(manifest.name);
    if (entry !== undefined) return entry.state === 'approved' && entry.changes === 'follow';
    return isOwnCode(manifest, source) && !this.#hasWaitingKin(entries, { manifest, source });
  }

  beforeUse(
    manifest: Manifest,
    source: PreparedSource,
    listing: PluginListing,
  ): ReadonlyMap<string, HeldChange> {
    const entries = this.#read();
    // What runs goes on while the file is broken, as it was agreed to before.
    const known = entries instanceof NexusError ? this.#lastGood : entries;
    const entry = known?.get(manifest.name);
    if (entry === undefined || entry.state === 'waiting') {
      const reason =
        entries instanceof NexusError
          ? lockChange(entries)
          : firstRun({ manifest, source }, this.#deps.places(manifest));
      return allHeld(listing, reason);
    }
    if (entry.changes === 'follow') return new Map();
    if (entry.tools !== null) return toolChanges(entry.tools, listing, this.#deps.log);
    const problem = entries instanceof NexusError ? entries : this.#pinTools(manifest.name, entry, listing);
    return problem === null ? new Map() : allHeld(listing, lockChange(problem));
  }

  requireApproval(plugin: string, source: unknown, inherits?: readonly string[]): void {
    this.#lock.put(plugin, waitingEntry(source, this.#deps.manifestsDir, inherits), true);
    this.look();
  }

  async approve(scope: Scope, plugin: string, request: ApprovalRequest): Promise<void> {
    const approving = this.#approving.then(() => this.#approve(scope, plugin, request));
    this.#approving = approving.catch(() => {});
    await approving;
  }

  state(plugin: string): ConsentState {
    const entries = this.#read();
    const subject = this.#deps.subject(plugin);
    const isBroken = entries instanceof NexusError;
    const entry = isBroken ? undefined : entries.get(plugin);
    const held = isBroken ? { start: [lockChange(entries)], tools: noTools } : this.#held(entries, subject);
    const agreed = entry?.state === 'approved' ? entry : null;
    return {
      plugin,
      state: isBroken ? 'unknown' : (entry?.state ?? 'new'),
      changes: agreed?.changes ?? null,
      held: [...held.start, ...held.tools.values()],
      ...describeSubject(subject, this.#deps.manifest(plugin), agreed, this.#deps.places),
      seen: seenOf(held, subject),
      approvedAt: agreed?.approvedAt ?? null,
      approvedBy: agreed?.approvedBy ?? null,
    };
  }

  approvals(scope: Scope, plugin: string): readonly Approval[] {
    return this.#deps.log.list(scope, plugin, shownApprovals);
  }

  knows(plugin: string): boolean {
    return this.#lock.entries().has(plugin);
  }

  forget(plugin: string): void {
    if (this.knows(plugin)) this.#lock.put(plugin, null, true);
    this.look();
  }

  look(): void {
    const wasBroken = this.#isBroken;
    const now = this.#read();
    // What runs goes on; the next start is refused.
    if (now instanceof NexusError) return;
    this.#isBroken = false;
    const names = [...new Set([...this.#told.keys(), ...now.keys()])];
    const changed = names.filter((name) => !isDeepStrictEqual(this.#told.get(name), now.get(name)));
    this.#told.clear();
    for (const [name, entry] of now) this.#told.set(name, entry);
    if (wasBroken) this.#tell('all');
    else if (changed.length > 0) this.#tell(changed);
  }

  onChange(listener: (plugins: Concerned) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #approve(scope: Scope, plugin: string, request: ApprovalRequest): Promise<void> {
    const entries = this.#lock.entries();
    const entry = entries.get(plugin);
    const subject = this.#deps.subject(plugin);
    if (entry === undefined || subject === undefined) throw new NexusError('PLUGIN_NOT_HELD', { plugin });
    const held = this.#held(entries, subject);
    if (request.seen !== undefined && request.seen !== seenOf(held, subject)) {
      throw new NexusError('CONSENT_STALE', { plugin });
    }
    const whole = await wholeOf(subject, request);
    const { entry: agreed, what, definitions } = agree(entry, whole, held, request, this.#stampOf(scope));
    // On record before it counts: an approval that nobody can look up must not be in force.
    await this.#deps.log.record(scope, { plugin, what, definitions, lockFile: this.#lock.path });
    this.#lock.put(plugin, agreed, true);
    this.look();
  }

  #held(entries: Entries, subject: ConsentSubject | undefined): Held {
    const entry = entries.get(subject?.manifest.name ?? '');
    if (entry === undefined || subject === undefined) return { start: [], tools: noTools };
    const start = this.#startChanges(entries, entry, subject);
    const { listing } = subject;
    const isPinned = entry.state === 'approved' && entry.changes === 'ask' && entry.tools !== null;
    if (start.length > 0 || listing === null || !isPinned) return { start, tools: noTools };
    return { start, tools: toolChanges(entry.tools ?? {}, listing, this.#deps.log) };
  }

  #startChanges(entries: Entries, entry: LockEntry, subject: ConsentSubject): readonly HeldChange[] {
    const taken = takenPrefix(entries, subject.manifest);
    const places = this.#deps.places(subject.manifest);
    const changes =
      entry.state === 'waiting'
        ? [firstRun(subject, places), ...inheritance(subject.manifest.name, entry.inherits, places)]
        : startChanges(entry, subject, places);
    return taken === null ? changes : [...changes, taken];
  }

  /** The operator wrote the manifest: that is the agreement. */
  #pinFirst(entries: Entries, subject: ConsentSubject): LockEntry | NexusError {
    const { manifest, source } = subject;
    if (this.#hasWaitingKin(entries, subject) || takenPrefix(entries, manifest) !== null) {
      const waiting = waitingEntry(manifest.source, this.#deps.manifestsDir);
      return this.#put(manifest.name, waiting) ?? waiting;
    }
    const changes = isOwnCode(manifest, source) ? 'follow' : 'ask';
    const entry = agreeToStart(subject, changes, this.#stampOf(author));
    const what = 'Its manifest, as it was when it was seen first';
    return this.#pin(manifest.name, entry, [what], null) ?? entry;
  }

  #pinTools(
    plugin: string,
    entry: LockEntry & { state: 'approved' },
    listing: PluginListing,
  ): NexusError | null {
    const { tools, prompts } = listing;
    const all = prompts.length === 0 ? '' : ` and ${prompts.length} prompts`;
    const what = `Its ${tools.length} tools${all}, as they were when it was listed first`;
    return this.#pin(plugin, { ...entry, tools: hashesOf(listing) }, [what], listing);
  }

  /** Writes down what nobody had to be asked for; the answer is why it could not be written. */
  #pin(
    plugin: string,
    entry: LockEntry,
    what: readonly string[],
    listing: PluginListing | null,
  ): NexusError | null {
    const problem = this.#put(plugin, entry);
    if (problem !== null) return problem;
    const definitions = definitionsByHash(listing);
    this.#deps.log
      .record(author, { plugin, what, definitions, lockFile: this.#lock.path })
      .catch((error: unknown) => this.#deps.onProblem(String(error)));
    return null;
  }

  #put(plugin: string, entry: LockEntry): NexusError | null {
    try {
      this.#lock.put(plugin, entry, false);
    } catch (error) {
      if (!(error instanceof NexusError)) throw error;
      this.#deps.onProblem(error.message);
      return error;
    }
    this.#told.set(plugin, entry);
    this.#read();
    return null;
  }

  #hasWaitingKin(entries: Entries, subject: Pick<ConsentSubject, 'manifest' | 'source'>): boolean {
    return hasWaitingKin(entries, subject, this.#deps.places(subject.manifest));
  }

  #tell(plugins: Concerned): void {
    for (const listener of this.#listeners) listener(plugins);
  }

  #read(): Entries | NexusError {
    try {
      this.#lastGood = this.#lock.entries();
      return this.#lastGood;
    } catch (error) {
      if (!(error instanceof NexusError)) throw error;
      if (!this.#isBroken) this.#deps.onProblem(error.message);
      this.#isBroken = true;
      return error;
    }
  }

  #stampOf({ user }: Scope): Stamp {
    return { approvedAt: new Date(this.#deps.clock.now()).toISOString(), approvedBy: user };
  }
}

const noTools: ReadonlyMap<string, HeldChange> = new Map();

function allHeld(listing: PluginListing, reason: HeldChange): ReadonlyMap<string, HeldChange> {
  return new Map([...definitionsOf(listing).keys()].map((name) => [name, reason]));
}
