import type { Manifest } from '../contract/manifest.ts';
import type { Era, PluginStatus } from '../contract/plugins.ts';
import type { PluginProcess } from '../contract/sandbox.ts';
import type { Discovered } from './discover/manifest-folder.ts';
import type { Life } from './life.ts';

interface Running {
  readonly life: Life;
  readonly progress: string;
  /** Null for a remote server, and while nothing runs. */
  readonly process: PluginProcess | null;
  readonly isRunning: boolean;
  readonly era: Era | null;
  readonly calls: number;
  readonly starts: number;
  readonly inFlight: number;
  readonly warnings: readonly string[];
}

/** What people are shown of an enabled plugin. */
export function runningStatus(manifest: Manifest, running: Running): PluginStatus {
  const { life, progress, process, isRunning, era, calls, starts, inFlight, warnings } = running;
  return {
    name: manifest.name,
    state: life.state,
    reason: life.state === 'available' ? progress : life.reason,
    nextStep: life.nextStep,
    enabled: manifest.enabled,
    tier: process?.tier ?? null,
    mechanism: process?.mechanism ?? null,
    enforcement: process?.enforcement ?? null,
    pid: process?.pid ?? null,
    era,
    restarts: Math.max(0, starts - 1),
    calls,
    inFlight,
    startedAt: isRunning ? life.since : null,
    source: describeSource(manifest),
    warnings,
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
  };
}

function describeSource({ source }: Manifest): string {
  if ('url' in source) return source.url;
  return 'plugin' in source ? source.plugin : [source.command, ...source.args].join(' ');
}
