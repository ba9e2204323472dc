import { abortReason } from '../base/abort.ts';
import { NexusError } from '../base/errors.ts';
import { RpcError } from '../base/rpc-error.ts';
import { kernelInfo, metaKeys, modernVersion } from '../contract/mcp.ts';
import { isJsonObject, type Era, type JsonObject } from '../contract/plugins.ts';
import type { Peer } from './peer.ts';

const legacyVersion = '2025-11-25';
/** A legacy server may never answer a request it does not know before `initialize`. */
const probeMs = 3_000;

export interface Handshake {
  readonly era: Era;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions: string | null;
}

/** The envelope of a request of the kernel's own, with `capabilities` in the caller's name. */
export function envelope(capabilities: JsonObject): JsonObject {
  return {
    [metaKeys.version]: modernVersion,
    [metaKeys.client]: kernelInfo,
    [metaKeys.capabilities]: capabilities,
  };
}

/**
 * Finds out which protocol era a plugin speaks and opens the conversation: `server/discover` first
 * (2026-07-28, "Backward compatibility"), `initialize` when that is refused or not answered.
 * With `known`, asks first what it spoke last time: a server that is not ours may have been replaced since.
 * Rejects when the plugin refuses both or `signal` aborts.
 */
export async function shakeHands(peer: Peer, known: Era | null, signal: AbortSignal): Promise<Handshake> {
  if (known !== 'legacy') return (await discover(peer, signal)) ?? (await initialize(peer, signal));
  try {
    return await initialize(peer, signal);
  } catch (error) {
    const modern = isRefusal(error) ? await discover(peer, signal) : null;
    if (modern === null) throw error;
    return modern;
  }
}

async function discover(peer: Peer, signal: AbortSignal): Promise<Handshake | null> {
  const probe = peer.request('server/discover', { _meta: envelope({}) });
  const timer = setTimeout(() => probe.cancel(new RpcError(0, 'no answer to the era probe')), probeMs);
  try {
    const result = await abortable(probe, signal);
    const versions = result['supportedVersions'];
    if (!Array.isArray(versions) || !versions.includes(modernVersion)) return null;
    const meta = isJsonObject(result['_meta']) ? result['_meta'] : {};
    const info = meta[metaKeys.server];
    return handshake('modern', { ...result, serverInfo: info });
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Over HTTP a server may refuse what it does not know with a status alone. */
function isRefusal(error: unknown): boolean {
  return error instanceof RpcError || (error instanceof NexusError && error.code === 'REMOTE_REFUSED');
}

async function initialize(peer: Peer, signal: AbortSignal): Promise<Handshake> {
  const result = await abortable(
    peer.request('initialize', {
      protocolVersion: legacyVersion,
      capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
      clientInfo: kernelInfo,
    }),
    signal,
  );
  peer.notify('notifications/initialized', {});
  return handshake('legacy', result);
}

function handshake(era: Era, result: JsonObject): Handshake {
  const { serverInfo, capabilities, instructions } = result;
  return {
    era,
    serverInfo: isJsonObject(serverInfo) ? serverInfo : {},
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    instructions: typeof instructions === 'string' ? instructions : null,
  };
}

/** The answer of `pending`, given up when `signal` aborts. */
export async function abortable(
  pending: { promise: Promise<JsonObject>; cancel(reason: Error): void },
  signal: AbortSignal,
): Promise<JsonObject> {
  const onAbort = (): void => pending.cancel(abortReason(signal));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await pending.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
