import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NexusError } from '../../base/errors.ts';

/** Names under which a loopback kernel is reached; any other in Host or Origin means a page of somebody else is asking. */
const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Refuses (403) what a browser was tricked into sending: DNS rebinding and cross-site requests. */
export function checkOrigin({ headers }: IncomingMessage): void {
  const { host, origin } = headers;
  if (host === undefined || !loopbackNames.has(hostnameOf(`http://${host}`))) {
    throw new NexusError('ORIGIN_REFUSED', { header: 'Host', value: host ?? '' });
  }
  if (origin !== undefined && !loopbackNames.has(hostnameOf(origin))) {
    throw new NexusError('ORIGIN_REFUSED', { header: 'Origin', value: origin });
  }
}

/** Checks the bearer token of each request, in constant time. */
export class TokenCheck {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digest(`Bearer ${token}`);
  }

  check({ headers }: IncomingMessage): void {
    if (!timingSafeEqual(digest(headers.authorization ?? ''), this.#digest))
      throw new NexusError('UNAUTHORIZED');
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}
