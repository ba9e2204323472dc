import type { IncomingMessage } from 'node:http';

/**
 * Of the session, and of the browser that signed in. The prefix keeps other hosts and plain text away from them;
 * Chromium and Firefox take Secure cookies from http://127.0.0.1, which cannot be listened to.
 */
export const sessionCookie = '__Host-nexus';
export const deviceCookie = '__Host-nexus-device';

/** How long a browser keeps them; when a session ends the kernel decides. The longest one lasts a year. */
const keptSeconds = 365 * 86_400;
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** The value of a cookie; null when there is none, or more than one: one of them is not ours. */
export function cookieOf({ headers }: IncomingMessage, name: string): string | null {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return values.length === 1 ? (values[0]?.slice(name.length + 1) ?? null) : null;
}

export function setCookie(name: string, value: string): string {
  return `${name}=${value}; ${attributes}; Max-Age=${keptSeconds}`;
}

export function clearCookie(name: string): string {
  return `${name}=; ${attributes}; Max-Age=0`;
}
