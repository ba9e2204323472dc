import { isIP } from 'node:net';
import { classifyAddress } from './addresses.ts';
import type { Grant } from './grants.ts';
import { authority, isLocalhost } from './hosts.ts';

/** Where a plugin sees its egress socket when the launcher can mount it there. */
export const SANDBOX_SOCKET_PATH = '/run/egress.sock';
/** Port of the in-sandbox forwarder on 127.0.0.1; `preload.cjs` knows it too. */
export const FORWARDER_PORT = 3128;

/**
 * The environment of a plugin that was granted some network: `HTTP_PROXY` and its relatives for programs of any
 * language, `NEXUS_EGRESS_*` for the Node preload. Loopback inside the sandbox stays direct, but for what is granted.
 */
export function sandboxEnv(
  grants: readonly Grant[],
  socketPath: string = SANDBOX_SOCKET_PATH,
): Readonly<Record<string, string>> {
  const proxy = `http://127.0.0.1:${FORWARDER_PORT}`;
  const granted = grants.filter((grant) => grant.covers === 'name' && isLoopback(grant.host));
  const direct = ['localhost', '127.0.0.1', '::1']
    .filter((host) => granted.every((grant) => grant.host !== host))
    .join(',');
  return {
    NEXUS_EGRESS_SOCKET: socketPath,
    NEXUS_EGRESS_LOOPBACK: granted.map((grant) => authority(grant.host, grant.port)).join(','),
    ...Object.fromEntries(
      ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [
        [name, proxy],
        [name.toLowerCase(), proxy],
      ]),
    ),
    NO_PROXY: direct,
    no_proxy: direct,
  };
}

function isLoopback(host: string): boolean {
  return isIP(host) === 0 ? isLocalhost(host) : classifyAddress(host) === 'loopback';
}
