import { authority } from './hosts.ts';
import type { Grant } from './grants.ts';

/** Where a plugin sees its egress socket when the launcher can mount it there. */
export const SANDBOX_SOCKET_PATH = '/run/egress.sock';
/** Address of the in-sandbox forwarder (`forwarder.pl`); in a network namespace of its own nothing else is there. */
export const FORWARDER_ADDRESS = '127.0.0.1:3128';

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '::1'];

/**
 * The environment of a plugin that was granted some network: `HTTP_PROXY` and its relatives for programs of any
 * language, `NEXUS_EGRESS_*` for the Node preload. Loopback inside the sandbox stays direct, but for what is granted.
 */
export function sandboxEnv(
  grants: readonly Grant[],
  socketPath: string = SANDBOX_SOCKET_PATH,
): Readonly<Record<string, string>> {
  const proxy = `http://${FORWARDER_ADDRESS}`;
  const granted = grants.filter((grant) => LOOPBACK_HOSTS.includes(grant.host));
  const direct = LOOPBACK_HOSTS.filter((host) => granted.every((grant) => grant.host !== host)).join(',');
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
