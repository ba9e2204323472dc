import { isIP, isIPv4 } from 'node:net';
import { NexusError } from '../../base/errors.ts';
import { authority, canonicalHost } from './hosts.ts';

/** One entry of `permissions.net`, in canonical spelling. */
export interface Grant {
  /** `name`: this very name or address. `subdomains`: every name that ends in `.host`. */
  readonly covers: 'name' | 'subdomains';
  readonly host: string;
  readonly port: number | '*';
}

/** Reads `permissions.net`. Throws PERMISSION_REFUSED for an entry that could never mean what it seems to say. */
export function parseGrants(plugin: string, net: readonly string[]): Grant[] {
  return net.map((entry) => {
    const refuse = (problem: string, todo: string): NexusError =>
      new NexusError('PERMISSION_REFUSED', { plugin, permission: `net "${entry}"`, problem, todo });

    const colon = entry.lastIndexOf(':');
    const covers = entry.startsWith('*.') ? 'subdomains' : 'name';
    const spelled = entry.slice(covers === 'subdomains' ? 2 : 0, colon);
    const host = canonicalHost(spelled);
    const port = entry.slice(colon + 1) === '*' ? '*' : Number(entry.slice(colon + 1));
    if (colon < 0 || host === undefined) {
      throw refuse('it names no host', 'Write it like "api.github.com:443"');
    }
    if (port !== '*' && !(port >= 1 && port <= 65_535)) {
      throw refuse('the port is not one of 1 to 65535', `Write it like "${authority(host, 443)}"`);
    }
    // A person who consents must see the address that is meant: 0x7f.1 does not look like 127.0.0.1.
    if (isIP(host) !== 0 && (covers === 'subdomains' || (isIPv4(host) && spelled !== host))) {
      throw refuse(`it means the address ${host}`, `Write "${authority(host, port)}"`);
    }
    if (isUnreachable(host)) throw refuse('no single host has that address', 'Name the host itself');
    return { covers, host, port };
  });
}

/** How a destination is granted: an exact entry wins over one that covers subdomains; undefined when it is not. */
export function findGrant(grants: readonly Grant[], host: string, port: number): Grant | undefined {
  const fitting = grants.filter(
    (grant) =>
      (grant.port === '*' || grant.port === port) &&
      (grant.covers === 'name' ? grant.host === host : isIP(host) === 0 && host.endsWith(`.${grant.host}`)),
  );
  return fitting.find((grant) => grant.covers === 'name') ?? fitting[0];
}

/** Unspecified (which Linux takes for loopback), multicast and broadcast addresses. */
function isUnreachable(host: string): boolean {
  return host === '::' || /^(?:0|22[4-9]|23\d|255)\./.test(host) || /^ff[0-9a-f]{2}:/.test(host);
}
