import type { Manifest } from '../contract/manifest.ts';
import { describeSource } from '../contract/plain-words.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { PluginListing, PluginStatus, PluginView } from '../contract/plugins.ts';
import type { Discovered } from './discover/manifest-folder.ts';
import type { Life } from './life.ts';
import type { PluginMemory } from './plugin-memory.ts';
import type { Session } from './session.ts';
import type { VersionConsent } from './version-consent.ts';

/** What a version of a plugin is. */
interface Version {
  readonly manifest: Manifest;
  readonly listing: PluginListing | null;
  readonly source: PreparedSource | undefined;
}

/** How it is at the moment. */
interface Running {
  readonly life: Life;
  /** What to do while it is kept from being started. */
  readonly advice: string | undefined;
  /** How far its preparation is, in words. */
  readonly progress: string;
  /** Undefined while nothing runs; that of a remote server has no process. */
  readonly session: Session | undefined;
  readonly memory: Pick<PluginMemory, 'calls' | 'restarts'>;
  readonly inFlight: number;
}

/** A version as the catalogue sees it. */
export function viewOf(version: Version & { readonly consent: Pick<VersionConsent, 'held'> }): PluginView {
  const { manifest, listing, consent } = version;
  return { name: manifest.name, manifest, listing, held: consent.held };
}

/** What people are shown of an enabled plugin. */
export function runningStatus({ manifest, listing, source }: Version, running: Running): PluginStatus {
  const { life, advice, progress, session, memory, inFlight } = running;
  const process = session?.process ?? null;
  return {
    name: manifest.name,
    state: life.state,
    reason: life.state === 'available' && life.reason === '' ? progress : life.reason,
    nextStep: advice ?? life.nextStep,
    enabled: manifest.enabled,
    tier: process?.tier ?? null,
    mechanism: process?.mechanism ?? null,
    enforcement: process?.enforcement ?? null,
    pid: process?.pid ?? null,
    era: listing?.era ?? null,
    restarts: memory.restarts,
    calls: memory.calls,
    inFlight,
    startedAt: session === undefined ? null : life.since,
    source: describeSource(manifest),
    warnings: source?.warnings ?? [],
    pending: null,
  };
}

/** What people are shown of a plugin that is disabled or whose manifest is in error. */
export function idleStatus(entry: Discovered): PluginStatus {
  const error = entry.ok ? undefined : entry.error;
  return {
    name: entry.name,
    state: error === undefined ? 'disabled' : 'error',
    reason: error?.message ?? '',
    nextStep: error === undefined ? `Run "nexus plugin enable ${entry.name}"` : `Correct ${entry.file}`,
    enabled: false,
    tier: null,
    mechanism: null,
    enforcement: null,
    pid: null,
    era: null,
    restarts: 0,
    calls: 0,
    inFlight: 0,
    startedAt: null,
    source: entry.file,
    warnings: [],
    pending: null,
  };
}
