import { isDeepStrictEqual } from 'node:util';
import { NexusError } from '../base/errors.ts';
import type { Consent, ConsentSubject, Hold } from '../contract/consent.ts';
import { promptKey } from '../contract/definition.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { JsonObject, PluginListing } from '../contract/plugins.ts';
import type { Tier } from '../contract/sandbox.ts';
import type { LifeEvent } from './life.ts';
import type { VersionLife } from './version-life.ts';

interface Version {
  readonly manifest: Manifest;
  /** Undefined until it is prepared. */
  readonly source: PreparedSource | undefined;
  readonly listing: PluginListing | null;
}

/** What of one version of a plugin nobody has agreed to, as it was when that was last asked. */
export class VersionConsent {
  readonly #consent: Pick<Consent, 'beforeStart' | 'beforeUse'>;
  readonly #life: Pick<VersionLife, 'become' | 'relisted'>;
  #hold: Hold | null = null;
  #held: ReadonlyMap<string, string> = new Map();

  constructor(
    consent: Pick<Consent, 'beforeStart' | 'beforeUse'>,
    life: Pick<VersionLife, 'become' | 'relisted'>,
  ) {
    this.#consent = consent;
    this.#life = life;
  }

  /** Why it may not run; null when it may, or when that was not asked yet. */
  get hold(): Hold | null {
    return this.#hold;
  }

  /** Tools and prompts that may not be used, and why. */
  get held(): ReadonlyMap<string, string> {
    return this.#held;
  }

  /** Throws PLUGIN_UNAVAILABLE when it may not run. */
  check({ manifest, source }: Version): void {
    this.#hold = source === undefined ? null : this.#consent.beforeStart(manifest, source);
    if (this.#hold === null) return;
    const event = quarantined(manifest.name, this.#hold);
    this.#life.become(event);
    const { reason, nextStep: todo } = event;
    throw new NexusError('PLUGIN_UNAVAILABLE', { plugin: manifest.name, state: 'quarantined', reason, todo });
  }

  /** Whether it may run by now. */
  mayRun({ manifest, source }: Version): boolean {
    return source !== undefined && this.#consent.beforeStart(manifest, source) === null;
  }

  /** Throws TOOL_HELD for a call of a tool, or a prompt, that is held. */
  permit(plugin: string, method: string, { name }: JsonObject): void {
    if (typeof name !== 'string' || (method !== 'tools/call' && method !== 'prompts/get')) return;
    const tool = method === 'tools/call' ? name : promptKey(name);
    const reason = this.#held.get(tool);
    if (reason !== undefined) throw new NexusError('TOOL_HELD', { plugin, tool, reason });
  }

  /** It was listed: finds out which tools are held before anybody hears of them. */
  relisted(version: Version): void {
    this.review(version);
    this.#life.relisted();
  }

  /** Finds out which tools are held; true when they are other ones than before. */
  review({ manifest, source, listing }: Version): boolean {
    if (source === undefined || listing === null) return false;
    const before = this.#held;
    const changes = this.#consent.beforeUse(manifest, source, listing);
    this.#held = new Map([...changes].map(([tool, { text }]) => [tool, text]));
    return !isDeepStrictEqual(before, this.#held);
  }

  /** Asks everything again: whether it has to be started anew, offers other tools, or stays as it is. */
  askAgain(version: Version): 'start' | 'tools' | 'same' {
    const { manifest, source } = version;
    if (source === undefined) return 'same';
    const wasHeld = this.#hold !== null;
    if ((this.#consent.beforeStart(manifest, source) !== null) !== wasHeld) return 'start';
    return !wasHeld && this.review(version) ? 'tools' : 'same';
  }
}

/** A version as the one who is asked sees it; undefined until it is prepared. */
export function subjectOf(version: Version, tier: Tier | null): ConsentSubject | undefined {
  const { manifest, source, listing } = version;
  return source === undefined ? undefined : { manifest, source, listing, tier };
}

/** The event of a plugin that nobody has agreed to (any more). */
export function quarantined(plugin: string, { changes }: Hold): Extract<LifeEvent, { type: 'quarantine' }> {
  const [first, ...more] = changes;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  const nextStep =
    first?.kind === 'lock' ? '' : `See what it is and agree to it with "nexus plugin approve ${plugin}"`;
  return { type: 'quarantine', reason: `${first?.text ?? ''}${rest}`, nextStep };
}

/** Whether two versions run the same code, and whoever agrees to one agrees to the other. */
export function isSameCode(one: PreparedSource | undefined, other: PreparedSource | undefined): boolean {
  return one?.artifactHash === other?.artifactHash && one?.contentHash === other?.contentHash;
}
