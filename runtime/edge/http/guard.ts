import type { IncomingMessage } from 'node:http';
import { NexusError } from '../../base/errors.ts';
import { isSameText } from '../../base/same-text.ts';
import type { Access, Caller, Right } from '../../contract/access.ts';
import { cookieOf } from './cookies.ts';

/** Names under which a loopback kernel is reached; any other in Host or Origin means a page of somebody else is asking. */
const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const csrfHeader = 'x-nexus-csrf';

/** Refuses (403) what a browser was tricked into sending: DNS rebinding and cross-site requests. */
export function checkOrigin({ headers }: IncomingMessage): void {
  const { host, origin } = headers;
  if (host === undefined || !isLoopbackHost(host)) {
    throw new NexusError('ORIGIN_REFUSED', { header: 'Host', value: host ?? '' });
  }
  if (origin !== undefined && !loopbackNames.has(hostnameOf(origin))) {
    throw new NexusError('ORIGIN_REFUSED', { header: 'Origin', value: origin });
  }
}

/**
 * Refuses what a page of another origin sent, one on another port of this machine included: to browsers those are the
 * same site, so cookies go with their requests. Programs that are no browsers name no origin.
 */
export function checkSameOrigin({ headers }: IncomingMessage): void {
  const { host = '', origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new NexusError('ORIGIN_REFUSED', { header: 'Origin', value: origin });
  }
  const site = headers['sec-fetch-site'];
  // "none": typed by a person into the address bar.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new NexusError('ORIGIN_REFUSED', { header: 'Sec-Fetch-Site', value: site });
  }
}

/**
 * Whose request it is; null when it shows nothing that lets it in. Without `isUse` it keeps no session open. Throws
 * CSRF_REFUSED and ORIGIN_REFUSED.
 */
export async function callerOf(req: IncomingMessage, access: Access, isUse = true): Promise<Caller | null> {
  const { authorization } = req.headers;
  if (authorization !== undefined) {
    // The case of a scheme does not matter (RFC 9110, 11.1).
    return /^bearer /i.test(authorization) ? await access.ofToken(authorization.slice(7)) : null;
  }
  const secret = cookieOf(req, 'session');
  if (secret === null) return null;
  checkSameOrigin(req);
  const isChange = !safeMethods.has(req.method ?? '');
  const found = await access.ofSession(secret, isUse);
  if (found !== null && isChange) checkCsrf(req, found.caller);
  return found?.caller ?? null;
}

/** Throws UNAUTHORIZED, or SCOPE_MISSING when the caller has none of the rights. */
export function checkRights(caller: Caller | null, needed: readonly Right[]): asserts caller is Caller {
  if (caller === null) throw new NexusError('UNAUTHORIZED');
  if (caller.rights.includes('admin') || needed.some((right) => caller.rights.includes(right))) return;
  throw new NexusError('SCOPE_MISSING', { token: caller.name, scope: needed.join(' or ') });
}

/** A page that may not read the token cannot send it, and a browser that sends a cookie names the page's origin. */
function checkCsrf({ headers }: IncomingMessage, { csrf }: Caller): void {
  if (headers.origin === undefined) throw new NexusError('CSRF_REFUSED', { problem: 'names no origin' });
  if (csrf !== null && isSameText(String(headers[csrfHeader] ?? ''), csrf)) return;
  throw new NexusError('CSRF_REFUSED', { problem: `${csrfHeader} is missing or is not that of the session` });
}

/** `name` or `name:port`. Parsed as a URL only when it is not plainly one of ours: this is on the path of every call. */
function isLoopbackHost(host: string): boolean {
  const name = host.slice(0, host.lastIndexOf(':'));
  return loopbackNames.has(name) || loopbackNames.has(hostnameOf(`http://${host}`));
}

function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}
