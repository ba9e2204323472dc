import ipaddr from 'ipaddr.js';

/** Longest name DNS can carry (RFC 1035 section 2.3.4). */
const MAX_NAME_LENGTH = 253;

/**
 * The one spelling of a host, or undefined when it is no host: lower case, punycode, no trailing dot, no percent
 * escapes, dotted decimal IPv4 (from hex, octal, short and IPv4-mapped forms), compressed IPv6 without brackets.
 * The WHATWG parser (https://url.spec.whatwg.org/#host-parsing) does the work, as it does for every browser.
 */
export function canonicalHost(text: string): string | undefined {
  // A URL would cut the host off at any of these; here they mean that somebody tries to smuggle.
  if (!/^(?:\[[0-9a-f:.]+\]|[^\s/\\?#@:[\]]+)$/i.test(text)) return undefined;
  const hostname = URL.parse(`http://${text}/`)?.hostname;
  if (hostname === undefined) return undefined;
  if (hostname.startsWith('[')) return canonicalAddress(hostname.slice(1, -1));
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return name.length > MAX_NAME_LENGTH || name.split('.').includes('') ? undefined : name;
}

/** The one spelling of an address a resolver answered; undefined when it is none. Zones are cut off. */
export function canonicalAddress(text: string): string | undefined {
  const plain = text.replace(/%.*$/s, '');
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) return plain;
  return ipaddr.IPv6.isValid(plain) ? ipaddr.process(plain).toString() : undefined;
}

/** The text of `host:port` for messages and headers: IPv6 addresses get their brackets back. */
export function authority(host: string, port: number | '*'): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Splits `host:port`; undefined when it is not one. The host is not yet canonical. */
export function splitAuthority(text: string): { host: string; port: number } | undefined {
  const [, host, digits] = /^(.+):(\d{1,5})$/s.exec(text) ?? [];
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** RFC 6761 section 6.3: these names are loopback, whatever a resolver says. */
export function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}
