import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NexusError } from '../../base/errors.ts';

/** Names under which a loopback kernel is reached; any other in Host or Origin means a page of somebody else is asking. */
const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

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

/** Checks the bearer token of each request. The time it takes tells nothing but the length of the right one. */
export class TokenCheck {
  readonly #expected: Buffer;

  constructor(token: string) {
    this.#expected = Buffer.from(`Bearer ${token}`);
  }

  check({ headers }: IncomingMessage): void {
    const given = Buffer.from(headers.authorization ?? '');
    if (given.length !== this.#expected.length || !timingSafeEqual(given, this.#expected)) {
      throw new NexusError('UNAUTHORIZED');
    }
  }
}

/** `name` or `name:port`. Parsed as a URL only when it is not plainly one of ours: this is on the path of every call. */
function isLoopbackHost(host: string): boolean {
  const name = host.slice(0, host.lastIndexOf(':'));
  return loopbackNames.has(name) || loopbackNames.has(hostnameOf(`http://${host}`));
}

function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}
