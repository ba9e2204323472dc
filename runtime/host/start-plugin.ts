import { messageOf, NexusError } from '../base/errors.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { Era, JsonObject, PluginListing } from '../contract/plugins.ts';
import type { Sandbox } from '../contract/sandbox.ts';
import type { Connection } from './connection.ts';
import type { PathPlaces } from './discover/placeholders.ts';
import type { RunnerDeps } from './runner-deps.ts';
import { Session } from './session.ts';

/** A plugin whose lists change whenever they are asked for is taken as it is after this many times. */
const listRounds = 3;

export interface StartPlan {
  readonly manifest: Manifest;
  /** It was checked just now. */
  readonly source: PreparedSource;
  /** As it is later, checked anew. */
  readonly lookAgain: () => Promise<PreparedSource>;
  readonly isFirstParty: boolean;
  readonly sandbox: () => Promise<Sandbox>;
  readonly places: PathPlaces;
  /** The protocol era this artifact spoke last time. */
  readonly knownEra: string | null;
  readonly signal: AbortSignal;
  readonly lastWords: () => string;
  /** The conversation is open; what the plugin tells on its own is heard from here on. */
  readonly onOpen: (connection: Connection) => void;
  readonly onChanged: (method: string, params: JsonObject) => void;
  readonly onStderr: (line: string) => void;
  readonly onClosed: (session: Session, reason: Error) => void;
}

/** What a start is made of that only the manifest and the kernel decide. */
export function launchOf(
  manifest: Manifest,
  deps: RunnerDeps,
): Pick<StartPlan, 'manifest' | 'isFirstParty' | 'sandbox' | 'places'> {
  const { sandbox } = deps;
  return { manifest, isFirstParty: deps.isFirstParty(manifest), sandbox, places: deps.places(manifest) };
}

export interface StartedPlugin {
  readonly session: Session;
  readonly listing: PluginListing;
}

/** Launches a plugin, shakes hands and asks what it offers. Rejects with a NexusError and leaves nothing running when any of it fails. */
export async function startPlugin(plan: StartPlan): Promise<StartedPlugin> {
  const { knownEra, manifest } = plan;
  const { startMs } = manifest.limits;
  const signal = AbortSignal.any([plan.signal, AbortSignal.timeout(startMs)]);
  const era = knownEra === 'modern' || knownEra === 'legacy' ? knownEra : null;
  try {
    return await attempt(plan, era, signal).catch(async (error: unknown) => {
      // Some old servers end themselves at a request before `initialize`: the second try does not probe.
      if (era === 'legacy' || !(error instanceof NexusError) || error.code !== 'PLUGIN_CRASHED') throw error;
      return await attempt({ ...plan, source: await plan.lookAgain() }, 'legacy', signal);
    });
  } catch (error) {
    if (error instanceof NexusError) throw error;
    const problem =
      signal.aborted && !plan.signal.aborted ? `no answer within ${startMs} ms` : messageOf(error);
    const todo = `See "nexus plugin logs ${manifest.name}"`;
    throw new NexusError('PLUGIN_START_FAILED', { plugin: manifest.name, problem, todo }, error);
  }
}

async function attempt(plan: StartPlan, era: Era | null, signal: AbortSignal): Promise<StartedPlugin> {
  const { manifest, source, isFirstParty, places, lastWords, onOpen, onChanged, onStderr, onClosed } = plan;
  let session: Session | undefined;
  let isStale = false;
  const listener = {
    changed: (method: string, params: JsonObject) => {
      isStale = true;
      onChanged(method, params);
    },
    stderr: onStderr,
    closed: (reason: Error) => {
      if (session !== undefined) onClosed(session, reason);
    },
  };
  session = await Session.start(
    { manifest, source, isFirstParty, places, lastWords, listener, sandbox: await plan.sandbox() },
    era,
    signal,
  );
  try {
    onOpen(session.connection);
    for (let round = 1; ; round++) {
      isStale = false;
      const listing = await session.connection.list(signal);
      // Nobody else hears yet of what changed while the plugin was being listed.
      if (!isStale || round === listRounds) return { session, listing };
    }
  } catch (error) {
    await session.kill();
    throw error;
  }
}
