import type { IncomingMessage } from 'node:http';

/** Before the port of the kernel. */
export const sessionCookiePrefix = '__Host-nexus-';

/** Of the session, and of the browser that signed in. */
type CookieKind = 'session' | 'device';

/**
 * The prefix keeps other hosts and plain text away from them; Chromium and Firefox take Secure cookies from
 * http://127.0.0.1, which cannot be listened to. The port keeps the kernels of one machine apart: cookies know no ports.
 */
function nameOf(kind: CookieKind, { socket }: IncomingMessage): string {
  return `${sessionCookiePrefix}${socket.localPort}${kind === 'session' ? '' : `-${kind}`}`;
}

/** How long a browser keeps them; when a session ends the kernel decides. The longest one lasts a year. */
const keptSeconds = 365 * 86_400;
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** The value of a cookie; null when there is none, or more than one: one of them is not ours. */
export function cookieOf(req: IncomingMessage, kind: CookieKind): string | null {
  const name = nameOf(kind, req);
  const values = (req.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return values.length === 1 ? (values[0]?.slice(name.length + 1) ?? null) : null;
}

export function setCookie(req: IncomingMessage, kind: CookieKind, value: string): string {
  return `${nameOf(kind, req)}=${value}; ${attributes}; Max-Age=${keptSeconds}`;
}

export function clearCookie(req: IncomingMessage, kind: CookieKind): string {
  return `${nameOf(kind, req)}=; ${attributes}; Max-Age=0`;
}
