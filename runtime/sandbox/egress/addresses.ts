import ipaddr from 'ipaddr.js';

/** What an address is, as far as a plugin's right to reach it goes. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'metadata' | 'special';

/**
 * Cloud metadata services: they hand out the machine's credentials to whoever asks. AWS, GCP, Azure and others on the
 * link-local one; AWS, GCP on IPv6; Alibaba; Azure's wire server, which is a public address.
 */
const METADATA = new Set([
  '169.254.169.254',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
]);

/** The well-known NAT64 prefix (RFC 6052): the last 32 bits are the IPv4 address really reached. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** The only block of IPv6 that is handed out for the public Internet (RFC 4291, IANA registry). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Classifies a valid address; anything not known to be public is not. */
export function classifyAddress(address: string): AddressKind {
  const parsed = ipaddr.process(address); // IPv4-mapped addresses become IPv4
  if (METADATA.has(parsed.toString())) return 'metadata';
  if (parsed instanceof ipaddr.IPv6) {
    if (parsed.match(NAT64)) return classifyAddress(embeddedIpv4(parsed));
    // `range()` calls all it has no name for "unicast", the deprecated ::127.0.0.1 among them.
    if (parsed.range() === 'unicast' && !parsed.match(GLOBAL_UNICAST)) return 'special';
  }
  switch (parsed.range()) {
    case 'unicast':
      return 'public';
    case 'private':
    case 'uniqueLocal':
      return 'private';
    case 'loopback':
      return 'loopback';
    default:
      return 'special';
  }
}

function embeddedIpv4(address: ipaddr.IPv6): string {
  return address.toByteArray().slice(12).join('.');
}
