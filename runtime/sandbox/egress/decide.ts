import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { messageOf } from '../../base/errors.ts';
import { type AddressKind, classifyAddress } from './addresses.ts';
import { findGrant, type Grant } from './grants.ts';
import { authority, canonicalAddress, isLocalhost } from './hosts.ts';

/** Answers the addresses of a name; rejects when there are none. */
export type Resolver = (host: string) => Promise<readonly string[]>;

/** May this destination be reached, and at exactly which addresses. */
export type Verdict =
  | { readonly allowed: true; readonly addresses: readonly string[]; readonly reason: string }
  | {
      readonly allowed: false;
      readonly code: 'EGRESS_DENIED';
      readonly reason: string;
      readonly todo: string;
    }
  | { readonly allowed: false; readonly code: 'EGRESS_UNREACHABLE'; readonly reason: string };

/** What a verdict depends on. */
export interface Rules {
  readonly grants: readonly Grant[];
  readonly resolver: Resolver;
  readonly isPublic: (address: string) => boolean;
  /** Ends the wait for a resolver. */
  readonly closing: AbortSignal;
}

/** A name that takes longer to resolve is not there; getaddrinfo itself gives up after 5 s per server. */
const RESOLVE_TIMEOUT_MS = 10_000;
/** More addresses than this are noise: Happy Eyeballs gives each of them a quarter of a second. */
const MAX_ADDRESSES = 16;

/** The resolver of the operating system, with all its answers. */
export async function systemResolver(host: string): Promise<readonly string[]> {
  const answers = await lookup(host, { all: true });
  return answers.map((answer) => answer.address);
}

/** Says whether an address is on the public Internet. */
export function isPublicAddress(address: string): boolean {
  return classifyAddress(address) === 'public';
}

/**
 * Decides about one connection to a canonical host. The addresses of the verdict are the only ones that may be
 * connected: asking the resolver a second time would let a name rebind between the check and the connection.
 */
export async function decide(rules: Rules, host: string, port: number): Promise<Verdict> {
  const grant = findGrant(rules.grants, host, port);
  if (grant === undefined) {
    const todo = `Add "${authority(host, port)}" to permissions.net in its manifest`;
    return { allowed: false, code: 'EGRESS_DENIED', reason: 'its manifest does not declare it', todo };
  }
  const reason = `granted by "${grant.covers === 'subdomains' ? '*.' : ''}${authority(grant.host, grant.port)}"`;
  if (isIP(host) !== 0) return { allowed: true, addresses: [host], reason };

  const found = await resolve(rules, host);
  if (typeof found === 'string') return { allowed: false, code: 'EGRESS_UNREACHABLE', reason: found };
  const refused = found.find(
    (address) => !rules.isPublic(address) && !isOwnName(grant, classifyAddress(address)),
  );
  if (refused === undefined) return { allowed: true, addresses: found, reason };
  return {
    allowed: false,
    code: 'EGRESS_DENIED',
    reason: `it resolves to ${refused}, a ${classifyAddress(refused)} address`,
    todo: `If that is meant, add "${authority(refused, port)}" to permissions.net in its manifest and connect to the address`,
  };
}

/**
 * Names that the public DNS cannot answer stand for a private address by their very nature: a grant of exactly such a
 * name is a grant of that address. Never for metadata or link-local ones (metadata.google.internal is one of them).
 */
function isOwnName(grant: Grant, kind: AddressKind): boolean {
  if (grant.covers !== 'name') return false;
  if (isLocalhost(grant.host)) return kind === 'loopback';
  // Dotless names (ICANN SAC053), RFC 6762, RFC 8375 and ICANN's .internal.
  return (
    kind === 'private' && (!grant.host.includes('.') || /\.(?:local|internal|home\.arpa)$/.test(grant.host))
  );
}

/** The canonical addresses of a name, or the problem in words. */
async function resolve(rules: Rules, host: string): Promise<readonly string[] | string> {
  if (isLocalhost(host)) return ['127.0.0.1', '::1'];
  const deadline = AbortSignal.any([rules.closing, AbortSignal.timeout(RESOLVE_TIMEOUT_MS)]);
  const expired = new Promise<never>((_resolve, reject) => {
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
  });
  try {
    const answers = await Promise.race([rules.resolver(host), expired]);
    const addresses = answers.map((answer) => canonicalAddress(answer));
    const valid = addresses.filter((address) => address !== undefined);
    if (valid.length === 0 || valid.length < addresses.length)
      return 'the name does not resolve to addresses';
    return valid.slice(0, MAX_ADDRESSES);
  } catch (error) {
    return `the name does not resolve (${messageOf(error)})`;
  }
}
