import type { PluginState } from '../contract/plugins.ts';

/** What can happen to a plugin. */
export type LifeEvent =
  | { readonly type: 'disable' }
  | { readonly type: 'found' }
  | { readonly type: 'prepared' }
  | { readonly type: 'lacking'; readonly reason: string; readonly nextStep: string }
  | { readonly type: 'start' }
  | { readonly type: 'started' }
  | { readonly type: 'drain' }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly reason: string; readonly nextStep: string }
  | { readonly type: 'quarantine'; readonly reason: string; readonly nextStep: string };

export interface Life {
  readonly state: PluginState;
  readonly reason: string;
  readonly nextStep: string;
  /** Milliseconds since 1970 of the last change. */
  readonly since: number;
}

/** State reached from each state by each event; a pair that is not here is a bug and throws. */
const table: Readonly<Record<PluginState, Partial<Record<LifeEvent['type'], PluginState>>>> = {
  disabled: { found: 'available', disable: 'disabled' },
  available: {
    prepared: 'configured',
    lacking: 'available',
    failed: 'error',
    disable: 'disabled',
    found: 'available',
  },
  configured: {
    start: 'starting',
    failed: 'error',
    disable: 'disabled',
    found: 'available',
    quarantine: 'quarantined',
  },
  starting: {
    started: 'active',
    lacking: 'available',
    failed: 'error',
    ended: 'stopped',
    quarantine: 'quarantined',
    disable: 'disabled',
  },
  active: {
    drain: 'draining',
    ended: 'stopped',
    failed: 'error',
    quarantine: 'quarantined',
    disable: 'disabled',
  },
  draining: { ended: 'stopped', failed: 'error', quarantine: 'quarantined', disable: 'disabled' },
  stopped: {
    start: 'starting',
    failed: 'error',
    disable: 'disabled',
    found: 'available',
    quarantine: 'quarantined',
  },
  error: {
    // What could not be prepared, a package that did not download say, may be at the next try.
    prepared: 'configured',
    lacking: 'available',
    start: 'starting',
    failed: 'error',
    disable: 'disabled',
    found: 'available',
    quarantine: 'quarantined',
  },
  quarantined: {
    start: 'starting',
    failed: 'error',
    disable: 'disabled',
    found: 'available',
    quarantine: 'quarantined',
  },
};

/** The next life of a plugin. Pure; throws on an event its state does not know. */
export function nextLife(life: Life, event: LifeEvent, now: number): Life {
  const state = table[life.state][event.type];
  if (state === undefined)
    throw new Error(`a plugin that is ${life.state} cannot take the event "${event.type}"`);
  const said =
    'reason' in event ? { reason: event.reason, nextStep: event.nextStep } : { reason: '', nextStep: '' };
  return { state, ...said, since: now };
}

/** The life of a plugin whose manifest was just found. */
export function newLife(now: number): Life {
  return { state: 'available', reason: '', nextStep: '', since: now };
}
