import { isIP } from 'node:net';
import { canonicalHost } from './hosts.ts';

/** `more`: keep the bytes and go on. `pass`: nothing to object to. Otherwise the reason of a refusal. */
export type HelloVerdict = 'more' | 'pass' | { readonly refused: string };

/** A ClientHello is 0.2 to 2 KiB; 16 KiB is the largest TLS record. */
const MAX_HELLO_BYTES = 16_384;
/** Clients use one or two. The bound keeps the work for a handshake that comes byte by byte small. */
const MAX_RECORDS = 32;
const RECORD_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;

/**
 * Looks at the first bytes of a tunnel: when they are a TLS ClientHello, the name it asks for (SNI) must be the host
 * that was granted, or be absent for an address. Otherwise a tunnel to an allowed host of a content delivery network
 * would reach every other site there. Encrypted ClientHello and a different Host header inside TLS are not seen.
 * Layout: RFC 8446 sections 5.1 and 4.1.2, RFC 6066 section 3.
 */
export class ClientHelloCheck {
  readonly #host: string;
  #held: Buffer = Buffer.alloc(0);

  constructor(host: string) {
    this.#host = host;
  }

  /** All bytes pushed so far, for whoever forwards them after `pass`. */
  get bytes(): Buffer {
    return this.#held;
  }

  push(chunk: Buffer): HelloVerdict {
    this.#held = Buffer.concat([this.#held, chunk]);
    if (this.#held.length >= 1 && this.#held[0] !== RECORD_HANDSHAKE) return 'pass';
    if (this.#held.length >= 2 && this.#held[1] !== 3) return 'pass';
    try {
      const hello = handshake(this.#held);
      return hello === undefined ? 'more' : this.#judge(serverNames(hello));
    } catch (error) {
      if (error instanceof RangeError) return { refused: 'its TLS ClientHello is malformed' };
      throw error;
    }
  }

  #judge(names: readonly string[]): HelloVerdict {
    const [name] = names;
    if (name === undefined) {
      return isIP(this.#host) === 0 ? { refused: 'its TLS ClientHello names no server' } : 'pass';
    }
    if (names.length === 1 && canonicalHost(name) === this.#host) return 'pass';
    return { refused: `its TLS ClientHello asks for ${JSON.stringify(names.join(' ').slice(0, 100))}` };
  }
}

/** The body of the ClientHello, put together from as many records as it was cut into; undefined when incomplete. */
function handshake(bytes: Buffer): Buffer | undefined {
  let message: Buffer = Buffer.alloc(0);
  let records = 0;
  for (let at = 0; bytes.length >= at + 5;) {
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== RECORD_HANDSHAKE || bytes[at + 1] !== 3 || length === 0)
      throw new RangeError('not a handshake');
    if (++records > MAX_RECORDS) throw new RangeError('too many records');
    message = Buffer.concat([message, bytes.subarray(at + 5, at + 5 + length)]);
    at += 5 + length;
    if (message.length >= 4) {
      const end = 4 + message.readUIntBE(1, 3);
      if (message[0] !== CLIENT_HELLO || end > MAX_HELLO_BYTES) throw new RangeError('not a ClientHello');
      if (message.length >= end) return message.subarray(4, end);
    }
  }
  return undefined;
}

/** Every server name of a ClientHello. Throws RangeError when a length points outside. */
function serverNames(hello: Buffer): string[] {
  const reader = new Reader(hello);
  reader.take(2 + 32); // version, random
  reader.vector(1); // session id
  reader.vector(2); // cipher suites
  reader.vector(1); // compression methods
  if (reader.isAtEnd) return [];
  const names: string[] = [];
  for (const extensions = new Reader(reader.vector(2)); !extensions.isAtEnd;) {
    const type = extensions.take(2).readUInt16BE();
    const body = new Reader(extensions.vector(2));
    if (type !== EXTENSION_SERVER_NAME) continue;
    for (const list = new Reader(body.vector(2)); !list.isAtEnd;) {
      list.take(1); // name type: host_name is the only one there is
      names.push(list.vector(2).toString('latin1'));
    }
  }
  return names;
}

/** Reads a buffer front to back and throws RangeError at its end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('too short');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A vector with a length prefix of `width` bytes. */
  vector(width: 1 | 2): Buffer {
    return this.take(this.take(width).readUIntBE(0, width));
  }
}
