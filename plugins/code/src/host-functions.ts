import { createHash, randomUUID } from 'node:crypto';

/** What a script may call outside its isolate: pure functions of their arguments, which are copies. */
export const hostFunctions: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> = {
  sha256: (data) => createHash('sha256').update(bytesOf(data)).digest('hex'),
  randomUUID: () => randomUUID(),
  encode: (text) => new Uint8Array(Buffer.from(String(text), 'utf8')),
  decode: (data) => new TextDecoder().decode(bytesOf(data)),
  atob: (text) => atob(String(text)),
  btoa: (text) => btoa(String(text)),
  // Arguments were cloned on their way in, and are on their way out.
  clone: (value) => value,
  parseQuery: (text) => [...new URLSearchParams(String(text))],
  parseUrl: (text, base) => {
    const url = URL.parse(String(text), typeof base === 'string' ? base : undefined);
    if (url === null) return null;
    const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
    return { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash };
  },
};

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from(String(data), 'utf8');
}
